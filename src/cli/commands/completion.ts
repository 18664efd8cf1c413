/**
 * `codex completion <shell>` prints what the shell must be told; from then on it asks `codex complete -- <words>` at each
 * press of the key. Commands, options and their choices come from the command line itself, addresses from the graph.
 */
import { script, default as tab } from "@bomb.sh/tab";
import type { Command } from "commander";
import { layOut } from "../../exec/engine.ts";
import { FaultError } from "../../fault.ts";
import { EXIT } from "../exit.ts";
import { openWorkspace } from "../open.ts";
import type { Terminal } from "../terminal.ts";

/** What the script takes from the package bash-completion, for those who do not have it. */
const FOR_BARE_BASH = `if ! declare -F _get_comp_words_by_ref > /dev/null; then
    _get_comp_words_by_ref() {
        words=("\${COMP_WORDS[@]}")
        cword=$COMP_CWORD
        cur=\${COMP_WORDS[COMP_CWORD]}
        prev=\${COMP_WORDS[COMP_CWORD - 1]}
    }
fi`;

export function completionCommand(terminal: Terminal, shell: string): number {
  if (shell === "bash") terminal.out(FOR_BARE_BASH);
  script(shell, "codex", "codex");
  return EXIT.done;
}

/** Addresses are offered up to so many. */
const OFFERED = 200;

/** Answers a shell. @param words what was typed after `codex`; the last one is being typed. */
export async function completeCommand(codex: Command, words: readonly string[]): Promise<number> {
  const takesAddresses = (command: Command): boolean =>
    command.registeredArguments.some((argument) => argument.name() === "address");
  const wanted = codex.commands.find((command) => command.name() === words[0]);
  const typed = words.at(-1) ?? "";
  const addresses = wanted !== undefined && takesAddresses(wanted) ? await offered(typed) : [];
  for (const command of codex.createHelp().visibleCommands(codex)) describe(command, command.name(), addresses);
  tab.parse([...words]);
  return EXIT.done;
}

function describe(command: Command, path: string, addresses: readonly string[]): void {
  const known = tab.command(path, command.description());
  for (const option of command.options) {
    const choices = option.argChoices ?? [];
    const short = option.short?.slice(1);
    const long = option.long?.slice(2) ?? "";
    if (option.required || option.optional)
      known.option(
        long,
        option.description,
        (complete) => {
          for (const choice of choices) complete(choice, "");
        },
        short,
      );
    else known.option(long, option.description, short);
  }
  for (const argument of command.registeredArguments) {
    const values = argument.name() === "address" ? addresses : (argument.argChoices ?? []);
    known.argument(
      argument.name(),
      (complete) => {
        for (const value of values) complete(value, "");
      },
      argument.variadic,
    );
  }
  for (const inner of command.commands) describe(inner, `${path} ${inner.name()}`, addresses);
}

/** Addresses that go on from what was typed, one segment further; members first (`book/<slug>`), as they stand for all their targets. */
async function offered(typed: string): Promise<readonly string[]> {
  let targets: Iterable<{ readonly id: string; readonly groups: readonly string[] }>;
  try {
    const { engine } = await openWorkspace();
    targets = layOut(engine.expand).graph.targets.values();
  } catch (error) {
    // A shell that asks for names is no place to be told of a faulty configuration.
    if (error instanceof FaultError) return [];
    throw error;
  }
  return nextSegments(typed, targets);
}

/** @param typed the beginning of an address. */
export function nextSegments(
  typed: string,
  targets: Iterable<{ readonly id: string; readonly groups: readonly string[] }>,
): readonly string[] {
  const depth = Math.max(2, typed.split("/").length);
  const names = new Set<string>(["all"]);
  for (const { id, groups } of targets) {
    names.add(id.split("/").slice(0, depth).join("/"));
    for (const group of groups) names.add(group);
  }
  return [...names]
    .filter((name) => name.startsWith(typed))
    .sort()
    .slice(0, OFFERED);
}
