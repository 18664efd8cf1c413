/** Random campaigns against a model: after each build everything is what it would be from scratch, and nothing was done twice. */
import * as fs from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { digestOf } from "../../src/artifact/digest.ts";
import { call } from "../../src/exec/action.ts";
import { FaultError, usageFault } from "../../src/fault.ts";
import { type Rule, rule } from "../../src/rules/rule.ts";
import { file, glob, intermediate, product, section } from "../../src/rules/source.ts";
import { one, rig } from "./rig.ts";

const SOURCES = 3;
const NODES = 5;

interface Node {
  /** Sources and earlier nodes that it reads, by number. */
  readonly sources: readonly number[];
  readonly needs: readonly number[];
  /** Where it writes: a file of its own, a section of a common one, or only into the store. */
  readonly kind: "file" | "section" | "product";
  /** It keeps so little of what it reads that many changes of its inputs make no difference. */
  readonly coarse: boolean;
  /** It reads a source by asking, as agents do, and the folder of sources by a glob. */
  readonly asks: boolean;
}

type Step =
  | { readonly kind: "edit"; readonly source: number; readonly to: number }
  | { readonly kind: "remove"; readonly source: number }
  | { readonly kind: "lose"; readonly node: number }
  | { readonly kind: "wipe" }
  | { readonly kind: "fail"; readonly node: number }
  | { readonly kind: "force"; readonly node: number };

const node = (index: number): fc.Arbitrary<Node> =>
  fc.record({
    sources: fc.uniqueArray(fc.nat(SOURCES - 1), { maxLength: 2 }),
    needs: index === 0 ? fc.constant([]) : fc.uniqueArray(fc.nat(index - 1), { maxLength: 2 }),
    kind: fc.constantFrom("file" as const, "section" as const, "product" as const),
    coarse: fc.boolean(),
    asks: fc.boolean(),
  });
const nodes = fc.tuple(...Array.from({ length: NODES }, (_, index) => node(index)));
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant("edit" as const), source: fc.nat(SOURCES - 1), to: fc.nat(3) }),
  },
  fc.record({ kind: fc.constant("remove" as const), source: fc.nat(SOURCES - 1) }),
  fc.record({ kind: fc.constant("lose" as const), node: fc.nat(NODES - 1) }),
  fc.record({ kind: fc.constant("wipe" as const) }),
  fc.record({ kind: fc.constant("fail" as const), node: fc.nat(NODES - 1) }),
  fc.record({ kind: fc.constant("force" as const), node: fc.nat(NODES - 1) }),
);

const textOf = (spec: Node, index: number, read: readonly string[]): string => {
  const digest = digestOf(JSON.stringify([index, read]));
  const kept = spec.coarse ? String(Number.parseInt(digest.slice(0, 2), 16) % 2) : digest;
  return spec.kind === "section" ? `## ${index}. Node\n\n${kept}` : kept;
};

function campaign(specs: readonly Node[]) {
  /** What each run read; emptied when something allows it to be read again. */
  const ran = new Set<string>();
  const again: string[] = [];
  const failing = new Set<number>();
  const sources = new Map<number, string>();
  const rules: Rule[] = [];
  specs.forEach((spec, index) => {
    rules.push(
      rule({
        name: `N${index}`,
        each: one,
        inputs: ({ book }) => ({
          ...Object.fromEntries(
            spec.asks ? [] : spec.sources.map((source) => [`s${source}`, file(`in/${source}.txt`)]),
          ),
          ...Object.fromEntries(
            spec.needs.map((need) => [
              `n${need}`,
              specs[need]!.kind === "product"
                ? product(rules[need]!, { book }, "out")
                : specs[need]!.kind === "section"
                  ? section("common.md", `§${need}`)
                  : file(`out/${need}.txt`),
            ]),
          ),
          ...(spec.asks ? { list: glob("in/*.txt") } : {}),
        }),
        outputs: () => ({
          out:
            spec.kind === "product"
              ? intermediate()
              : spec.kind === "section"
                ? section("common.md", `§${index}`)
                : file(`out/${index}.txt`),
        }),
        run: call(({ inputs, ask }) => {
          if (failing.has(index)) throw new FaultError(usageFault("planned", "here", ""));
          const texts = spec.sources.map((source) =>
            spec.asks ? (ask(`in/${source}.txt`) ?? "") : (inputs[`s${source}`] ?? ""),
          );
          const read = [...texts, ...spec.needs.map((need) => inputs[`n${need}`] ?? ""), inputs.list ?? ""];
          // A glob stands for what is in its files, too.
          const key = JSON.stringify([index, read, spec.asks ? [...sources].sort() : []]);
          if (ran.has(key)) again.push(key);
          ran.add(key);
          return { outputs: { out: textOf(spec, index, read) } };
        }),
      }),
    );
  });
  // Declared in the wrong order: the graph knows better.
  return { ...rig([...rules].reverse(), { limit: 3 }), sources, ran, again, failing };
}

describe("a build of a random campaign", () => {
  it("comes to what a build from scratch would, does no work twice, and is then at rest", {
    timeout: 60_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(nodes, fc.array(step, { maxLength: 6 }), async (specs, steps) => {
        const { write, read, at, build, sources, ran, again, failing } = campaign(specs);
        for (const source of [0, 1]) {
          sources.set(source, "0");
          write(`in/${source}.txt`, "0");
        }

        const expected = (): string[] => {
          const texts: string[] = [];
          const list = [...sources.keys()]
            .sort()
            .map((source) => `in/${source}.txt`)
            .join("\n");
          specs.forEach((spec, index) => {
            texts.push(
              textOf(spec, index, [
                ...spec.sources.map((source) => sources.get(source) ?? ""),
                ...spec.needs.map((need) => texts[need]!),
                spec.asks ? list : "",
              ]),
            );
          });
          return texts;
        };
        const settle = async (): Promise<void> => {
          const built = await build();
          expect([...built.failures.values()]).toEqual([]);
          expected().forEach((text, index) => {
            if (specs[index]!.kind === "file") expect(read(`out/${index}.txt`)).toBe(text);
            if (specs[index]!.kind === "section") expect(read("common.md")).toContain(text);
          });
          expect(again).toEqual([]);
          expect((await build()).done).toEqual([]);
        };

        await settle();
        for (const one of steps) {
          let force: string | undefined;
          if (one.kind === "edit") {
            sources.set(one.source, String(one.to));
            write(`in/${one.source}.txt`, String(one.to));
          } else if (one.kind === "remove") {
            sources.delete(one.source);
            fs.rmSync(at(`in/${one.source}.txt`), { force: true });
          } else if (one.kind === "lose") {
            fs.rmSync(at(specs[one.node]!.kind === "section" ? "common.md" : `out/${one.node}.txt`), { force: true });
          } else if (one.kind === "wipe") {
            // Safe to delete, but for the work that is in it.
            fs.rmSync(at(".codex"), { recursive: true, force: true });
            ran.clear();
          } else if (one.kind === "force") {
            force = `book/x/N${one.node}`;
            ran.clear();
            expect((await build({ goals: [force], force: true })).done).toContain(force);
          } else {
            failing.add(one.node);
            sources.set(0, `f${one.node}`);
            write("in/0.txt", `f${one.node}`);
            const built = await build();
            expect([...built.failures.keys()].every((id) => id === `book/x/N${one.node}`)).toBe(true);
            failing.clear();
          }
          await settle();
        }
      }),
      { numRuns: 25 },
    );
  });
});
