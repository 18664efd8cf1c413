/**
 * Made-up campaigns for the model test: random rules whose targets compute texts from what they see. A text says who
 * made it (`T3v1:2`), and who amended it since (`+T5:1`), so that whose work a file holds can be read off it; a small
 * modulus lets outputs come out the same when inputs change.
 */
import fc from "fast-check";
import type { Question } from "../../src/artifact/question.ts";
import type { Address } from "../../src/graph/address.ts";
import { NOTHING_HIDDEN } from "../../src/graph/facts.ts";
import { buildGraph, type Graph } from "../../src/graph/graph.ts";
import type { Target } from "../../src/graph/target.ts";
import { address, type Spec, target, type World } from "./world.ts";

export interface Member {
  readonly id: Address;
  readonly spec: Spec;
  /** What a run asks of the workspace. */
  readonly reads: readonly Question[];
  /** Its results are told apart by so many values. */
  readonly modulus: number;
}

export interface Campaign {
  readonly members: ReadonlyMap<Address, Member>;
  readonly sources: readonly string[];
  /** Whether what every run reads was written by those it comes after: then nothing runs twice in a build. */
  readonly isOrdered: boolean;
}

/** What people may change of a rule. */
export interface Settings {
  readonly versions: Map<Address, number>;
  readonly prompts: Map<Address, number>;
}

const nat = fc.nat(99);

/** A value in one case of so many. */
export const sometimes = <T>(value: fc.Arbitrary<T>, oneIn: number): fc.Arbitrary<T | undefined> =>
  fc.tuple(fc.nat(oneIn - 1), value).map(([n, each]) => (n === oneIn - 1 ? each : undefined));

const row = fc.record({
  out: fc.constantFrom("file", "file", "file", "fragment", "product", "both", "scope"),
  inputs: fc.array(
    fc.record({ kind: fc.constantFrom("hard", "hard", "hard", "orderOnly", "soft"), pick: nat, glob: fc.nat(9) }),
    { maxLength: 3 },
  ),
  amends: sometimes(nat, 2),
  mayAmend: sometimes(nat, 2),
  gate: fc.nat(7),
  decidedBy: sometimes(nat, 2),
  reads: fc.array(nat, { maxLength: 2 }),
  modulus: fc.integer({ min: 1, max: 3 }),
});
type Row = typeof row extends fc.Arbitrary<infer T> ? T : never;

const features = fc.record({ loose: fc.nat(2), decides: fc.nat(3), gates: fc.nat(1), ordered: fc.nat(1) });

export const campaigns: fc.Arbitrary<Campaign> = fc
  .record({ rows: fc.array(row, { minLength: 2, maxLength: 8 }), sources: fc.integer({ min: 1, max: 3 }), features })
  .map(({ rows, sources, features: { loose, decides, gates, ordered } }) =>
    assemble(rows, sources, { loose: loose === 0, decides: decides === 0, gates: gates === 0, ordered: ordered === 0 }),
  );

type Features = Readonly<Record<"loose" | "decides" | "gates" | "ordered", boolean>>;

function assemble(rows: readonly Row[], sourceCount: number, has: Features): Campaign {
  const sources = Array.from({ length: sourceCount }, (_, i) => `s${i}`);
  const artifacts = [...sources];
  const files = [...sources];
  const amenders = new Map<string, string[]>();
  const drafts: { id: string; spec: Spec & { after: string[] }; row: Row }[] = [];
  for (const [i, each] of rows.entries()) {
    const id = `T${i}`;
    const inputs: Record<"hard" | "orderOnly" | "soft", Record<string, string>> = { hard: {}, orderOnly: {}, soft: {} };
    for (const [n, { kind, pick, glob }] of each.inputs.entries()) {
      const text = glob === 0 && i > 0 ? `glob:f[0-${i - 1}]` : artifacts[pick % artifacts.length]!;
      inputs[kind as "hard"][`i${n}`] = text;
    }
    const after: string[] = [];
    const amends: string[] = [];
    if (each.amends !== undefined) {
      const file = files[each.amends % files.length]!;
      amends.push(file);
      after.push(...(amenders.get(file) ?? []));
      amenders.set(file, [...(amenders.get(file) ?? []), id]);
    }
    const mayAmend: string[] = [];
    if (has.loose && each.mayAmend !== undefined) {
      const file = files[each.mayAmend % files.length]!;
      mayAmend.push(file);
      const concerned = drafts.filter(
        ({ spec }) => JSON.stringify(spec).includes(`"${file}"`) || JSON.stringify(spec).includes("glob"),
      );
      after.push(...concerned.map((other) => other.id));
    }
    const out =
      each.out === "file" || each.out === "both" ? [`f${i}`] : each.out === "fragment" ? [`shared.json#/f${i}`] : [];
    const products = each.out === "product" || each.out === "both" ? ["p"] : [];
    const decidable = artifacts.filter((name) => name.startsWith("f") || name.startsWith("shared"));
    // One that is decided away takes the knowledge of what it amended with it: its work looks like a person's.
    const mayVanish = has.decides && amends.length + mayAmend.length === 0;
    const decidedBy =
      mayVanish && each.decidedBy !== undefined && decidable.length > 0
        ? decidable[each.decidedBy % decidable.length]
        : undefined;
    const gate = has.gates && each.gate === 0 && out.length > 0 ? `${id}.gate` : undefined;
    drafts.push({
      id,
      row: each,
      spec: {
        ...inputs,
        out,
        products,
        scopes: each.out === "scope" ? ["scopes.json"] : [],
        amends,
        mayAmend,
        after,
        ...(gate === undefined ? {} : { gate }),
        ...(decidedBy === undefined ? {} : { decidedBy }),
      },
    });
    if (out.length > 0) artifacts.push(out[0]!);
    if (products.length > 0) artifacts.push(`product:${id}:p`);
    if (out[0] === `f${i}`) files.push(out[0]);
  }
  return settleReads(drafts, sources, has);
}

/**
 * Gives each target those recorded reads, and those files that it may amend, under which builds come to an end: what
 * is read was written by targets that come before the reader, or by its descendants, whose work it does not see.
 */
function settleReads(
  drafts: readonly { id: string; spec: Spec & { after: string[] }; row: Row }[],
  sources: readonly string[],
  has: Features,
): Campaign {
  const strict = drafts.map(({ id, spec }) => target(id, { ...spec, mayAmend: [] }));
  const graph = must(buildGraph([...strict, ...drafts.flatMap(({ id, spec }) => gateOf(id, spec))]));
  const place = new Map(graph.order.map((id, index) => [id as string, index]));
  const isBefore = (a: string, b: string): boolean => place.get(a)! < place.get(b)!;
  const comesAfter = (a: string, b: string): boolean => graph.descendants(address(b)).includes(address(a));
  const writers = (file: string): string[] =>
    drafts
      .filter(({ spec }) =>
        [...(spec.out ?? []), ...(spec.amends ?? []), ...(spec.scopes ?? [])].some((out) => out.split("#")[0] === file),
      )
      .map(({ id }) => id);

  const everything = drafts.flatMap(({ id, spec, row }): { id: string; spec: Spec; reads: Question[]; row: Row }[] => {
    const questions = row.reads.map((pick): Question => {
      const own = Number(id.slice(1));
      const all: Question[] = [
        ...sources.map((ref) => ({ kind: "read", ref }) as const),
        ...drafts.map((each) => ({ kind: "read", ref: `f${each.id.slice(1)}` }) as const),
        ...drafts.map((each) => ({ kind: "read", ref: `shared.json#/f${each.id.slice(1)}` }) as const),
        ...drafts.map((each) => ({ kind: "read", ref: `scopes.json#/${each.id}x1` }) as const),
        { kind: "list", glob: "f*" },
        { kind: "search", pattern: ":1", glob: "f*" },
        { kind: "list", glob: `f[0-${own}]` },
      ];
      return all[pick % all.length]!;
    });
    const reads = questions.filter((question) => {
      const paths =
        question.kind === "read" ? [question.ref.split("#")[0]!] : drafts.map((each) => `f${each.id.slice(1)}`);
      const concerned = (each: string): boolean =>
        question.kind !== "read" || !question.ref.includes("#") || question.ref.includes(`${each.slice(1)}`);
      return paths
        .flatMap(writers)
        .filter(concerned)
        .every((writer) => {
          const decided = drafts.find((each) => each.id === writer)!.spec.decidedBy !== undefined;
          if (writer === id || comesAfter(writer, id)) return !has.decides;
          return has.ordered ? comesAfter(id, writer) : isBefore(writer, id) && !(has.decides && decided);
        });
    });
    return [{ id, spec, reads, row }];
  });

  const readersOf = (file: string): string[] =>
    everything
      .filter(({ spec, reads }) => {
        const named = [spec.hard, spec.soft, spec.orderOnly].flatMap((inputs) => Object.values(inputs ?? {}));
        const isRead = reads.some((each) => (each.kind === "read" ? each.ref === file : file.startsWith("f")));
        return (
          named.includes(file) ||
          (file.startsWith("f") && named.some((name) => name.startsWith("glob"))) ||
          isRead ||
          spec.decidedBy === file
        );
      })
      .map(({ id }) => id);
  const members = everything.map(({ id, spec, reads, row }): Member => {
    const mayAmend = (spec.mayAmend ?? []).filter(
      (file) =>
        !spec.out?.includes(file) &&
        readersOf(file).every((other) => other === id || comesAfter(id, other) || isBefore(id, other)) &&
        // What amends in order begins again below those who came later: they should not be what it waits for.
        writers(file).every((other) => comesAfter(id, other) || (isBefore(id, other) && !comesAfter(other, id))),
    );
    return { id: address(id), spec: { ...spec, mayAmend }, reads, modulus: row.modulus };
  });
  const isOrdered = has.ordered && !has.decides && members.every(({ spec }) => spec.mayAmend!.length === 0);
  return { members: new Map(members.map((member) => [member.id, member])), sources, isOrdered };
}

export const must = <T>(result: { ok: true; value: T } | { ok: false; error: { what: string } }): T => {
  if (!result.ok) throw new Error(result.error.what);
  return result.value;
};

function gateOf(id: string, spec: Spec): Target[] {
  if (spec.gate === undefined) return [];
  const shown = Object.fromEntries((spec.out ?? []).map((out) => [out, out]));
  return [target(spec.gate, { hard: shown, after: [id], byPerson: true })];
}

/** Texts as small numbers. */
const code = (text: string | undefined): number =>
  text === undefined ? 7 : [...text].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) % 9973, 5);

/** The targets that there are, as the workspace stands: what is decided by a text is there for two texts of three. */
export function expand({ members }: Campaign, world: World, { versions, prompts }: Settings): Graph {
  const targets = [...members.values()].flatMap(({ id, spec }): Target[] => {
    if (spec.decidedBy !== undefined) {
      const text = world.text(spec.decidedBy, NOTHING_HIDDEN);
      if (text === undefined || code(text) % 3 === 0) return [];
    }
    const version = String(versions.get(id) ?? 1);
    return [target(id, { ...spec, version, prompt: String(prompts.get(id) ?? 0) }), ...gateOf(id, spec)];
  });
  return must(buildGraph(targets));
}

/** What a run makes of what it sees; nothing else goes into it. */
export function compute(
  { id, spec, modulus }: Member,
  version: number,
  hard: readonly (string | undefined)[],
  answers: readonly string[],
  texts: Readonly<Record<string, string | undefined>>,
): { outputs: Record<string, string>; amended: Record<string, string>; fragments: Record<string, string> } {
  const seen = [...hard, ...answers, ...(spec.amends ?? []).map((file) => texts[file])];
  const result = seen.reduce((sum, text) => sum + code(text), version) % modulus;
  const text = `${id}v${version}:${result}`;
  const outputs = Object.fromEntries([...(spec.out ?? []), ...(spec.products ?? [])].map((name) => [name, text]));
  const amended: Record<string, string> = {};
  for (const file of new Set([...(spec.amends ?? []), ...(spec.mayAmend ?? [])])) {
    const before = texts[file];
    if (before !== undefined && (modulus === 1 || result > 0)) amended[file] = `${before}+${id}:${result}`;
  }
  const fragments = (spec.scopes ?? []).length > 0 ? { [`scopes.json#/${id}x${result}`]: text } : {};
  return { outputs, amended, fragments };
}
