/**
 * Addresses name targets the way a person types them: `book/<slug>/<pass>[/<unit>]`, groups such as `tier/alpha`,
 * a unique prefix of any segment, or a glob. An ambiguous or unknown one is a fault that lists what was near.
 */
import { type Fault, usageFault } from "../fault.ts";
import { err, ok, type Result } from "../result.ts";

export type Address = string & { readonly __brand: "Address" };

/** What address matching needs to know of a target. */
export interface Addressable {
  readonly id: Address;
  /** Further names that stand for it and others, e.g. `tier/alpha`, `unit/03.09.11`. */
  readonly groups: readonly string[];
  /** Its gate, which a prefix of its own name does not mean. */
  readonly gate?: Address | undefined;
}

/** What an address belongs to: `book/x` of `book/x/P2_gap` and of all else of that book. */
export const memberOf = (address: string): string => address.split("/", 2).join("/");

const segmentsOf = (text: string): string[] => text.split("/").filter((segment) => segment !== "");

const globSegment = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".")}$`,
  );

/** Every name that a target answers to: its own, each leading part of it (`book/x` of `book/x/P1`), its groups. */
function namesOf(target: Addressable): string[] {
  const segments = segmentsOf(target.id);
  const names = segments.slice(1).map((_, index) => segments.slice(0, index + 2).join("/"));
  return names.length === 0 ? [target.id, ...target.groups] : [...names, ...target.groups];
}

/** Levenshtein distance; names are short, so the quadratic form will do. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}

/** How far what was typed is from the beginning of a longer name: slugs are long, and cut short when they are typed. */
function beginningDistance(typed: string, name: string): number {
  // Spelt right at least half way: to compare all names in full would take too long.
  const none = Number.POSITIVE_INFINITY;
  if (name.length <= typed.length || !name.startsWith(typed.slice(0, Math.ceil(typed.length / 2)))) return none;
  if (segmentsOf(typed).length !== segmentsOf(name).length) return none;
  const far = editDistance(typed, name.slice(0, typed.length));
  return far <= typed.length / 4 ? far + 1 : none;
}

/** Up to `most` names nearest to what was typed: those that contain it first, then by edit distance. */
export function nearest(typed: string, names: Iterable<string>, most = 3): string[] {
  const needle = typed.toLowerCase();
  const limit = (name: string): number => Math.max(4, name.length / 2);
  return [...new Set(names)]
    .filter((name) => name.length > needle.length || needle.length - name.length <= limit(name))
    .map((name) => {
      const lower = name.toLowerCase();
      if (lower.includes(needle)) return { name, far: -1 };
      return { name, far: Math.min(editDistance(needle, lower), beginningDistance(needle, lower)) };
    })
    .filter(({ far, name }) => far <= limit(name))
    .sort((a, b) => a.far - b.far || (a.name < b.name ? -1 : 1))
    .slice(0, most)
    .map(({ name }) => name);
}

/** The names whose every segment begins with what was typed; a segment that is spelled out is no prefix of others. */
function begunWith(wanted: readonly string[], names: readonly string[][]): readonly string[][] {
  let left = names;
  for (const [i, segment] of wanted.entries()) {
    const same = left.filter((name) => name[i] === segment);
    left = same.length > 0 ? same : left.filter((name) => name[i]!.startsWith(segment));
  }
  return left;
}

/**
 * The targets that an address means, in the order given.
 * @returns a usage fault for an address that names nothing or, by prefix, more than one thing.
 */
export function resolveAddress<T extends Addressable>(
  typed: string,
  targets: readonly T[],
): Result<readonly T[], Fault> {
  const wanted = segmentsOf(typed);
  if (wanted.length === 1 && wanted[0] === "all") return ok(targets);
  const text = wanted.join("/");

  const named = new Map<string, T[]>();
  for (const target of targets) {
    for (const name of namesOf(target)) {
      const members = named.get(name);
      if (members === undefined) named.set(name, [target]);
      else members.push(target);
    }
  }
  const exact = named.get(text);
  if (exact !== undefined) return ok(exact);

  const names = [...named.keys()].map(segmentsOf).filter((name) => name.length === wanted.length);
  if (text.includes("*") || text.includes("?")) {
    const patterns = wanted.map(globSegment);
    const matching = names.filter((name) => name.every((segment, i) => patterns[i]!.test(segment)));
    const hits = new Set(matching.flatMap((name) => named.get(name.join("/"))!));
    if (hits.size > 0) return ok(targets.filter((target) => hits.has(target)));
    return err(
      usageFault(`no target matches the pattern ${typed}`, typed, "run `codex graph all` to list the targets"),
    );
  }

  const gates = new Set<string>(targets.flatMap(({ gate }) => gate ?? []));
  const begun = begunWith(wanted, names).map((name) => name.join("/"));
  const ungated = begun.filter((name) => !gates.has(name));
  const candidates = ungated.length > 0 ? ungated : begun;
  if (candidates.length === 1) return ok(named.get(candidates[0]!)!);
  if (candidates.length > 1) {
    const shown = candidates.slice(0, 8).join(", ");
    const more = candidates.length > 8 ? ` and ${candidates.length - 8} more` : "";
    return err(usageFault(`${typed} is ambiguous: it could be ${shown}${more}`, typed, "type more of the name"));
  }
  const near = nearest(text, named.keys());
  return err(
    usageFault(
      `there is no target ${typed}`,
      typed,
      near.length > 0 ? `did you mean ${near.join(" or ")}?` : "run `codex status` to list the books",
    ),
  );
}
