/**
 * What could stand where a word is being typed. Pure: the command line as commander knows it, the words, and the names
 * of the graph; what the shell makes of it is the business of its script.
 */
import type { Command, Option } from "commander";

export interface Candidate {
  /** The whole word; one that ends with a slash goes on. */
  readonly value: string;
  readonly says: string;
}

export interface Offer {
  readonly candidates: readonly Candidate[];
  /** Whether names of files may stand there too: the shell knows those. */
  readonly files: boolean;
}

/** What is known of a target: its address, and the groups that it belongs to. */
export interface Named {
  readonly id: string;
  readonly groups: readonly string[];
}

/** Addresses are offered up to so many. */
const OFFERED = 200;

/**
 * @param words what was typed after `codex`; the last one is being typed, and may be empty.
 * @param targets asked only where an address may stand: it costs the loading of the configuration.
 */
export async function complete(
  codex: Command,
  words: readonly string[],
  targets: () => Promise<Iterable<Named>>,
): Promise<Offer> {
  const typed = words.at(-1) ?? "";
  const { command, position, option, verbatim } = placeOf(codex, words.slice(0, -1));
  const begun = (values: readonly Candidate[], before = ""): Offer => ({
    candidates: values
      .map(({ value, says }) => ({ value: before + value, says }))
      .filter(({ value }) => value.startsWith(typed)),
    files: false,
  });

  const valuesFor = async (wanted: Option, before: string): Promise<Offer> => {
    if (wanted.argChoices !== undefined) return begun(plain(wanted.argChoices), before);
    if (/<release>/.test(wanted.flags)) {
      const names = nextSegments(typed.slice(before.length) || "release/", await targets());
      return begun(plain(names.filter((name) => name.startsWith("release/"))), before);
    }
    return { candidates: [], files: /\b(file|path)\b/.test(wanted.flags) };
  };
  if (option !== undefined && !(option.variadic && typed.startsWith("-"))) return valuesFor(option, "");
  const assigned = /^(--[^=]+)=/.exec(typed);
  if (!verbatim && assigned !== null) {
    const wanted = command.options.find(({ long }) => long === assigned[1]);
    return wanted === undefined ? NOTHING : valuesFor(wanted, assigned[0]);
  }
  const options = command.createHelp().visibleOptions(command);
  const longs = options.map(({ long, short, description }) => ({ value: long ?? short ?? "", says: description }));
  if (!verbatim && typed.startsWith("-")) return begun(longs);

  const all = command.registeredArguments;
  const argument = all[position] ?? (all.at(-1)?.variadic === true ? all.at(-1) : undefined);
  const helped = argument?.name() === "command" ? codex : command;
  const inner = position === 0 ? helped.createHelp().visibleCommands(helped) : [];
  const commands = inner.map((each) => ({ value: each.name(), says: each.description() }));
  const values = argument?.argChoices ?? [];
  const names =
    argument !== undefined && ["address", "book"].includes(argument.name()) ? nextSegments(typed, await targets()) : [];
  const offer = begun([...commands, ...plain(values), ...plain(names)]);
  if (argument?.name() === "path") return { ...offer, files: true };
  // Where nothing else can stand, an empty word may become an option.
  return argument === undefined && inner.length === 0 ? begun(longs) : offer;
}

const NOTHING: Offer = { candidates: [], files: false };

const plain = (values: readonly string[]): Candidate[] => values.map((value) => ({ value, says: "" }));

interface Place {
  readonly command: Command;
  /** How many arguments of the command stand before. */
  readonly position: number;
  /** The option whose value is being typed. */
  readonly option: Option | undefined;
  /** After `--`: no word is an option any more. */
  readonly verbatim: boolean;
}

function placeOf(codex: Command, before: readonly string[]): Place {
  let command = codex;
  let position = 0;
  let option: Option | undefined;
  let verbatim = false;
  for (const word of before) {
    if (option !== undefined && !(option.variadic && word.startsWith("-"))) {
      if (!option.variadic) option = undefined;
      continue;
    }
    option = undefined;
    if (verbatim) position++;
    else if (word === "--") verbatim = true;
    else if (word.startsWith("-")) {
      const known = command.options.find(({ long, short }) => word === long || word === short);
      if (known?.required || known?.optional) option = known;
    } else {
      const inner = position === 0 ? command.createHelp().visibleCommands(command) : [];
      const named = inner.find((each) => each.name() === word);
      if (named === undefined) position++;
      else command = named;
    }
  }
  return { command, position, option, verbatim };
}

/**
 * Names that go on from what was typed, one segment further; one that goes on further still ends with a slash. Segments
 * before the last may be cut short, as in any address.
 * @param typed the beginning of an address.
 */
export function nextSegments(typed: string, targets: Iterable<Named>): readonly string[] {
  const wanted = typed.split("/");
  const last = wanted.pop()!;
  const names = new Set<string>(["all"]);
  for (const { id, groups } of targets) {
    names.add(id);
    for (const group of groups) names.add(group);
  }
  let left = [...names].filter(isPlain).map((name) => name.split("/"));
  for (const [i, segment] of wanted.entries()) {
    const same = left.filter((name) => name[i] === segment);
    left = same.length > 0 ? same : left.filter((name) => name[i]?.startsWith(segment));
    if (new Set(left.map((name) => name[i])).size > 1) return [];
  }
  const depth = Math.max(2, wanted.length + 1);
  const next = new Set<string>();
  for (const name of left) {
    if (!name[wanted.length]?.startsWith(last)) continue;
    const value = [...wanted, ...name.slice(wanted.length, depth)].join("/");
    next.add(name.length > depth ? `${value}/` : value);
  }
  // A name that goes on means all that is below it, and so does its slash.
  return [...next]
    .filter((name) => !next.has(`${name}/`))
    .sort()
    .slice(0, OFFERED);
}

/** Shells would take other characters for their own. */
const isPlain = (name: string): boolean => /^[\p{L}\p{N}._/-]+$/u.test(name);
