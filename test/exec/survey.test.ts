/** What a build keeps up with is what it would find from scratch: after every target that ends, in random campaigns. */
import * as fs from "node:fs";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { RepoPath } from "../../src/artifact/workspace.ts";
import { call } from "../../src/exec/action.ts";
import { build } from "../../src/exec/build.ts";
import { type Survey, withoutFailures } from "../../src/exec/survey.ts";
import { FaultError, usageFault } from "../../src/fault.ts";
import { DEFAULT_POLICY, Evaluation, type Policy } from "../../src/graph/evaluate.ts";
import { buildGraph } from "../../src/graph/graph.ts";
import { collection } from "../../src/rules/collection.ts";
import { expandRules } from "../../src/rules/expand.ts";
import { type Rule, rule } from "../../src/rules/rule.ts";
import { file, glob, intermediate, product, soft, within } from "../../src/rules/source.ts";
import { DEFAULTS, rig } from "./rig.ts";

const SLUGS = ["a", "b", "c"];
const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");

const books = collection("book", { from: file("books.txt"), items: lines, key: (slug) => slug });
const plan = (book: string) => file(`out/${book}/plan.txt`);
const unitPath = (book: string, unit: string): string => `out/${book}/units/${unit}.txt`;
const units = books.within("unit", { from: ({ book }) => plan(book), items: lines, key: (unit) => unit });
const planned = books.with("units", { from: ({ book }) => plan(book), read: lines });

/** Plans, units, drafts in the store, fragments of a shared file, weaving, a glob over everything, and questions. */
function rules(failing: ReadonlySet<string>): Rule[] {
  const guard = (name: string): void => {
    if (failing.has(name)) throw new FaultError(usageFault("planned", name, ""));
  };
  const draft = rule({
    name: "draft",
    each: units,
    inputs: ({ book }) => ({ source: file(`src/${book}.txt`) }),
    outputs: () => ({ text: intermediate() }),
    run: call<{ book: string; unit: string }>(({ inputs, ask, params }) => {
      guard(`draft ${params.book}`);
      return { outputs: { text: `${params.unit} ${inputs.source!.length % 3} ${ask("shared.json#/a") ?? ""}` } };
    }),
  });
  return [
    rule({
      name: "plan",
      each: books,
      inputs: ({ book }) => ({ source: file(`src/${book}.txt`) }),
      outputs: ({ book }) => ({ plan: plan(book) }),
      run: call<{ book: string }>(({ inputs, params }) => {
        guard(`plan ${params.book}`);
        return { outputs: { plan: lines(inputs.source ?? "").join("\n") } };
      }),
    }),
    draft,
    rule({
      name: "unit",
      each: units,
      inputs: (params) => ({ draft: product(draft, params, "text"), style: soft(file("style.txt")) }),
      outputs: ({ book, unit }) => ({ unit: file(unitPath(book, unit)) }),
      run: call(({ inputs }) => ({ outputs: { unit: inputs.draft! } })),
    }),
    rule({
      name: "register",
      each: planned,
      inputs: ({ book, units: list }) => ({
        units: Object.fromEntries(list.map((unit) => [unit, file(unitPath(book, unit))])),
      }),
      outputs: () => ({ shared: within("shared.json") }),
      run: call<{ book: string }>(({ view, params, inputs }) => {
        const shared = JSON.parse(
          new TextDecoder().decode(view.bytes("shared.json" as never) ?? new TextEncoder().encode("{}")),
        );
        const bytes = new TextEncoder().encode(
          JSON.stringify({ ...shared, [params.book]: Object.keys(inputs).length % 2 }),
        );
        return {
          outputs: {},
          writes: new Map([["shared.json", bytes]]),
          fragments: [`shared.json#/${params.book}`],
        };
      }),
    }),
    rule({
      name: "weave",
      each: planned,
      after: ({ book }) => [`book/${book}/register`],
      amends: ({ book, units: list }) => list.map((unit) => unitPath(book, unit)),
      mayAmend: () => ["notes.txt"],
      outputs: ({ book }) => ({ report: file(`out/${book}/weave.txt`) }),
      run: call<{ book: string; units: readonly string[] }>(({ view, params }) => ({
        outputs: { report: String(params.units.length) },
        amended: new Map(
          params.units.slice(0, 1).map((unit) => {
            const path = unitPath(params.book, unit);
            const text = new TextDecoder().decode(view.bytes(path as never));
            return [path, new TextEncoder().encode(`${text}+`)];
          }),
        ),
      })),
    }),
    rule({
      name: "survey",
      each: books,
      outputs: ({ book }) => ({ found: file(`out/${book}/found.txt`) }),
      run: call(({ askList }) => ({ outputs: { found: String(askList("out/*/units/*.txt").length) } })),
    }),
    rule({
      name: "index",
      each: collection("all", { items: ["x"], key: (name) => name }),
      inputs: () => ({ units: glob("out/*/units/*.txt") }),
      outputs: () => ({ index: file("index.txt") }),
      run: call(({ inputs }) => ({ outputs: { index: inputs.units! } })),
    }),
  ];
}

/** Compares all that the build knows with what would be found now from nothing. */
function check(
  survey: Survey,
  tasks: ReturnType<typeof expandRules>,
  world: ConstructorParameters<typeof Evaluation>[1],
): void {
  const graph = buildGraph(tasks.map((task) => task.target));
  if (!graph.ok) throw new Error(graph.error.what);
  const kept = survey.snapshot;
  expect([...kept.graph.targets.keys()]).toEqual([...graph.value.targets.keys()]);
  expect(kept.graph.order).toEqual(graph.value.order);
  const { policy } = survey as unknown as { policy: Policy };
  const scratch = new Evaluation(graph.value, world, policy);
  for (const id of graph.value.order) {
    expect([...kept.graph.dependencies(id)]).toEqual([...graph.value.dependencies(id)]);
    expect([id, kept.evaluation.status(id)]).toEqual([id, scratch.status(id)]);
  }
  const trusting = new Evaluation(graph.value, withoutFailures(world), { ...DEFAULT_POLICY, trustReads: "all" });
  for (const id of graph.value.order) expect([id, survey.settled().status(id)]).toEqual([id, trusting.status(id)]);
}

const step = fc.record({
  kind: fc.constantFrom("source", "source", "source", "edit", "remove", "books", "fail", "lose"),
  book: fc.constantFrom(...SLUGS),
  text: fc.subarray(["u1", "u2", "u3"]),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** One build after another: each opens the workspace anew, or goes on with what it knows and is told of what was saved. */
async function live(steps: readonly Step[], isWatched: boolean): Promise<number> {
  let compared = 0;
  const failing = new Set<string>();
  const list = rules(failing);
  const made = rig(list, { limit: 3, fs: { fsyncSync() {} } });
  let engine = made.open();
  let survey: Survey | undefined;
  const told = (path: string): void => engine.world.changed(path as RepoPath);
  const write = (path: string, text: string): void => {
    made.write(path, text);
    told(path);
  };
  write("books.txt", SLUGS.join("\n"));
  write("shared.json", "{}");
  for (const slug of SLUGS) write(`src/${slug}.txt`, "u1\nu2\n");
  const compare = (current: Survey): void => {
    compared++;
    check(current, expandRules(list, engine.files), engine.world);
  };
  const settle = async (): Promise<void> => {
    if (survey !== undefined) {
      const { failures } = engine.world;
      survey.resume();
      const over = [...failures.keys()].filter((id) => !survey?.unread.has(id));
      for (const id of over) failures.delete(id);
      survey.update(over);
      compare(survey);
    }
    const outcome = await build(engine, {
      ...DEFAULTS,
      ...(survey === undefined ? {} : { survey }),
      onSnapshot: (_, current) => compare(current),
    });
    engine.stats.save();
    if (isWatched) {
      survey = outcome.survey;
      survey.rest();
      compare(survey);
    } else engine = made.open();
  };
  await settle();
  for (const { kind, book, text } of steps) {
    const unit = unitPath(book, text[0] ?? "u1");
    if (kind === "source") write(`src/${book}.txt`, `${text.join("\n")}\n`);
    if (kind === "edit") write(unit, "by hand");
    if (kind === "remove") {
      fs.rmSync(made.at(unit), { force: true });
      told(unit);
    }
    if (kind === "books") write("books.txt", SLUGS.filter((slug) => slug !== book).join("\n"));
    if (kind === "fail") failing.add(`${text.length > 1 ? "plan" : "draft"} ${book}`);
    // Nobody watches the store.
    if (kind === "lose" && !isWatched) fs.rmSync(made.at(".codex/cas"), { recursive: true, force: true });
    await settle();
    failing.clear();
  }
  return compared;
}

it.each([
  ["of a build", false],
  ["of builds that follow each other in one process", true],
])("agrees with a reading from scratch after every step %s", { timeout: 120_000 }, async (_, isWatched) => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 4 }), async (steps) => {
      compared += await live(steps, isWatched);
    }),
    { numRuns: 8 },
  );
  expect(compared).toBeGreaterThan(100);
});
