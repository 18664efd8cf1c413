/** Files that come back to a content that they had before: whose work they hold is not told by the digest alone. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Address } from "../../src/graph/address.ts";
import { stateName } from "../../src/graph/describe.ts";
import { Evaluation } from "../../src/graph/evaluate.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { address, graphOf, target, World } from "./world.ts";

function states(graph: Graph, world: World): Record<string, string> {
  const evaluation = new Evaluation(graph, world);
  const named = graph.order.map((id) => [id as string, stateName(evaluation.status(id))] as const);
  return Object.fromEntries(named.filter(([, state]) => state !== "fresh"));
}

const seen = (graph: Graph, world: World, id: string): string | undefined =>
  world.text("u", new Evaluation(graph, world).hidden(address(id)));

const amend = (graph: Graph, world: World, id: string, text: string): void =>
  world.complete(graph, id, { amended: { u: text } });

describe("a file that a later amender puts back to what it was at first", () => {
  const graph = graphOf(
    target("first-reader", { hard: { u: "u" }, out: ["early"] }),
    target("change", { hard: { early: "early" }, amends: ["u"] }),
    target("reader", { hard: { u: "u" }, after: ["change"], out: ["report"] }),
    target("undo", { hard: { report: "report" }, amends: ["u"] }),
    target("last", { hard: { u: "u" }, out: ["end"] }),
  );
  function built(): World {
    const world = new World({ u: "A" });
    world.complete(graph, "first-reader");
    amend(graph, world, "change", "B");
    world.complete(graph, "reader");
    amend(graph, world, "undo", "A");
    world.complete(graph, "last");
    return world;
  }
  const views = (world: World) => [...graph.targets.keys()].map((id) => seen(graph, world, id));

  it("is fresh, and each reader sees the version of its turn", () => {
    const world = built();
    expect(views(world)).toEqual(["A", "A", "B", "B", "A"]);
    expect(states(graph, world)).toEqual({});
  });

  it("is put back again when the first amender has done its work again", () => {
    const world = built();
    amend(graph, world, "change", "B");
    expect(world.text("u")).toBe("B");
    expect(states(graph, world)).toEqual({ undo: "stale", last: "stale" });
    expect(views(world)).toEqual(["A", "A", "B", "B", "B"]);
    amend(graph, world, "undo", "A");
    expect(states(graph, world)).toEqual({});
  });

  it.each([
    ["withdraws", {}],
    ["leaves it as it found it", { amended: { u: "A" } }],
  ])("is looked at anew when the first amender %s, though it reads the same", (_, made) => {
    const world = built();
    world.complete(graph, "change", made);
    expect(world.text("u")).toBe("A");
    expect(states(graph, world)).toMatchObject({ reader: "stale", undo: "stale" });
    expect(states(graph, world)).not.toHaveProperty("change");
    expect(views(world)).toEqual(["A", "A", "A", "A", "A"]);
    world.complete(graph, "reader");
    world.complete(graph, "undo");
    world.complete(graph, "last");
    expect(states(graph, world)).toEqual({});
  });

  it("shows a new link in front what was there at first", () => {
    const { change, ...others } = Object.fromEntries(graph.targets);
    const longer = graphOf(
      target("new", { amends: ["u"] }),
      { ...change!, after: [address("new")] },
      ...Object.values(others),
    );
    const world = built();
    expect(seen(longer, world, "new")).toBe("A");
    amend(longer, world, "new", "B");
    expect(seen(longer, world, "change")).toBe("B");
    expect(states(longer, world)).toMatchObject({ change: "stale", undo: "stale" });
  });
});

describe("a file that several may amend, and the last put back to what it was at first", () => {
  const graph = graphOf(
    target("first", { mayAmend: ["u"] }),
    target("change", { after: ["first"], mayAmend: ["u"] }),
    target("undo", { after: ["change"], mayAmend: ["u"] }),
  );

  it("is built on at its first version by one who comes before them", () => {
    const world = new World({ u: "A" });
    amend(graph, world, "change", "B");
    amend(graph, world, "undo", "A");
    const begun = world.begin(graph, "first");
    expect(world.text("u", begun.hidden)).toBe("A");
    expect(begun.parts).not.toHaveProperty("below:u");
  });

  it("is built on as it is by one whose work is below that of others", () => {
    const world = new World({ u: "A" });
    amend(graph, world, "first", "A1");
    amend(graph, world, "change", "B");
    amend(graph, world, "undo", "A1");
    const { parts } = world.begin(graph, "undo");
    expect(parts["below:u"]!.split(" ").map((word) => word.split("=")[1])).toEqual([undefined, "first", "change"]);
    expect(seen(graph, world, "change")).toBe("A1");
  });
});

/** What an amender makes of a text; undefined where it has nothing to amend. */
type Change = Readonly<Record<string, string | undefined>>;

describe("a file that some amend in order and others may amend", () => {
  const rules = (version: string) =>
    graphOf(
      target("first", { amends: ["u"], version }),
      target("second", { after: ["first"], amends: ["u"] }),
      target("x", { after: ["second"], mayAmend: ["u"] }),
      target("y", { after: ["second"], mayAmend: ["u"] }),
    );
  const graph = rules("1");
  const done = (world: World, id: string, text?: string): void =>
    world.complete(graph, id, text === undefined ? {} : { amended: { u: text } });
  const authors = (world: World, id: string): (string | undefined)[] | undefined =>
    world
      .begin(graph, id)
      .parts["below:u"]?.split(" ")
      .map((word) => word.split("=")[1]);

  it("loses what stands on a link that is done again, though that had put back what the link found", () => {
    const world = new World({ u: "A" });
    done(world, "first", "B");
    done(world, "second", "C");
    done(world, "x", "B");
    expect(authors(world, "second")).toEqual([undefined, "first"]);
    done(world, "second", "D");
    expect(states(graph, world)).toMatchObject({ x: "stale" });
  });

  it.each([
    ["the same as another has made of what both found", "B", "B"],
    ["nothing else than it found, as another", "A", "A"],
  ])("comes to rest where a link in order makes %s", (_, loose, strict) => {
    const world = new World({ u: "A" });
    done(world, "first");
    done(world, "second");
    done(world, "x", loose);
    done(world, "y", loose);
    world.complete(rules("2"), "first", { amended: { u: strict } });
    const after = new Evaluation(rules("2"), world);
    expect(after.status(address("first")).kind).toBe("fresh");
  });

  it("comes to rest where a link in order makes what another had made of its earlier work", () => {
    const world = new World({ u: "A" });
    done(world, "first", "B");
    done(world, "x", "C");
    world.complete(rules("2"), "first", { amended: { u: "C" } });
    const after = new Evaluation(rules("2"), world);
    expect(after.status(address("first")).kind).toBe("fresh");
    expect(after.status(address("x")).kind).not.toBe("fresh");
  });

  it("is built on anew where one on top leaves it as it was, over and over", () => {
    const world = new World({ u: "A" });
    for (const _ of [1, 2, 3]) {
      done(world, "x", "A");
      expect(authors(world, "x")).toBe(undefined);
    }
  });

  it("is built on below the later one of two like works of one target", () => {
    const world = new World({ u: "A" });
    for (const [id, text] of [
      ["x", "B"],
      ["y", "A"],
      ["x", "B"],
    ] as const)
      done(world, id, text);
    expect(authors(world, "x")).toEqual([undefined, "x", "y"]);
    expect(authors(world, "y")).toEqual([undefined, "x", "y", "x"]);
  });

  it("is put back to the last of those versions that read like it", () => {
    const world = new World({ u: "A" });
    done(world, "first", "B");
    done(world, "second", "A");
    done(world, "x", "C");
    done(world, "y", "D");
    world.write("u", "A");
    expect(states(graph, world)).toEqual({ x: "stale", y: "stale" });
  });
});

/** As many lives as of the model (`lives.ts`), in CI a few, and always the same. */
const RUNS = Number(process.env.CODEX_MODEL_RUNS ?? 500);
const SEED = process.env.CI ? { seed: 1 } : {};

const TEXTS = ["A", "B", "C"];
const change: fc.Arbitrary<Change> = fc.record(
  Object.fromEntries(TEXTS.map((text) => [text, fc.constantFrom(...TEXTS, undefined)])),
);
/** Each amender has two versions. */
const amenders = fc.array(fc.tuple(change, change), { minLength: 1, maxLength: 4 });
const steps = fc.array(
  fc.oneof(
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("version" as const), which: fc.nat(9) }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant("source" as const), which: fc.nat(2), text: fc.constantFrom(...TEXTS) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("build" as const), limit: fc.constantFrom(1, 2, 3, 99) }) },
  ),
  { maxLength: 8 },
);

it("shows everyone what those before make of it, however the texts recur", { timeout: 60_000 + RUNS * 20 }, () => {
  fc.assert(
    fc.property(amenders, fc.array(change, { maxLength: 2 }), fc.boolean(), steps, (changes, loose, isMade, life) => {
      const versions = changes.map(() => 0);
      const world = new World({ s: "A", t0: "A", t1: "A", ...(isMade ? {} : { u: "A" }) });
      const saw = new Map<Address, string | undefined>();
      const graph = (): Graph =>
        graphOf(
          ...(isMade ? [target("make", { hard: { s: "s" }, out: ["u"] })] : []),
          ...changes.flatMap((_, i) => [
            target(`read${i}`, { hard: { u: "u" }, after: i === 0 ? [] : [`amend${i - 1}`], out: [`r${i}`] }),
            target(`amend${i}`, { hard: { r: `r${i}` }, amends: ["u"], version: String(versions[i]) }),
          ]),
          ...loose.map((_, i) =>
            target(`loose${i}`, { hard: { t: `t${i}` }, after: [`amend${changes.length - 1}`], mayAmend: ["u"] }),
          ),
        );
      const build = (limit: number): void => {
        const all = graph();
        for (let run = 0; run < limit; run++) {
          const evaluation = new Evaluation(all, world);
          const id = all.order.find((each) => evaluation.status(each).kind === "stale");
          if (id === undefined) return;
          if (run > 3 * all.order.length) throw new Error(`the build does not come to rest: ${id}`);
          const text = world.text("u", world.begin(all, id).hidden);
          saw.set(id, text);
          if (id === "make") world.complete(all, id, { outputs: { u: world.text("s")! } });
          else if (id.startsWith("read")) world.complete(all, id, { outputs: { [`r${id.slice(4)}`]: text! } });
          else {
            const i = Number(id.slice(5));
            const after = (id.startsWith("loose") ? loose[i]! : changes[i]![versions[i]!]!)[text!];
            world.complete(all, id, after === undefined ? {} : { amended: { u: after } });
          }
          expect(new Evaluation(all, world).status(id).kind, `${id}, just after its run`).toBe("fresh");
        }
      };
      for (const step of life) {
        if (step.kind === "version") versions[step.which % changes.length]! ^= 1;
        if (step.kind === "source") world.write(["s", "t0", "t1"][step.which]!, step.text);
        if (step.kind === "build") build(step.limit);
      }
      build(999);
      let text = isMade ? world.text("s")! : "A";
      for (const [i, both] of changes.entries()) {
        expect([`read${i}`, saw.get(address(`read${i}`))]).toEqual([`read${i}`, text]);
        text = both[versions[i]!]![text] ?? text;
      }
      if (loose.length === 0) expect(world.text("u")).toBe(text);
      expect(states(graph(), world)).toEqual({});
    }),
    { numRuns: RUNS, ...SEED },
  );
});
