import { describe, expect, it } from "vitest";
import { type Digest, digestOf } from "../../src/artifact/digest.ts";
import { stateName, stateReasons } from "../../src/graph/describe.ts";
import { DEFAULT_POLICY, Evaluation, type Policy } from "../../src/graph/evaluate.ts";
import type { Facts } from "../../src/graph/facts.ts";
import type { Graph } from "../../src/graph/graph.ts";
import type { Reason } from "../../src/graph/reason.ts";
import { address, graphOf, target, World } from "./world.ts";

/** The states of all targets that are not simply fresh. */
function states(graph: Graph, world: World, policy: Partial<Policy> = {}): Record<string, string> {
  const evaluation = new Evaluation(graph, world, { ...DEFAULT_POLICY, ...policy });
  const named = graph.order.map((id) => [id as string, stateName(evaluation.status(id))] as const);
  return Object.fromEntries(named.filter(([, state]) => state !== "fresh"));
}

const statusOf = (graph: Graph, world: World, id: string, policy: Partial<Policy> = {}) =>
  new Evaluation(graph, world, { ...DEFAULT_POLICY, ...policy }).status(address(id));

/** The world, of which something more is known. */
const knowing = (world: World, more: Partial<Facts>): World => Object.assign(Object.create(world) as World, more);

/** The reasons of a target, by kind and the thing that it names. */
function reasons(graph: Graph, world: World, id: string, policy: Partial<Policy> = {}): string[] {
  const status = statusOf(graph, world, id, policy);
  if (!("reasons" in status)) return [`${status.kind} has no reasons`];
  return status.reasons.map((reason) => [reason.kind, ...nameIn(reason)].join(" "));
}

function nameIn(reason: Reason): string[] {
  if ("name" in reason) return [reason.name];
  if ("output" in reason) return [reason.output];
  if ("what" in reason) return [reason.what];
  if ("question" in reason) return [JSON.stringify(reason.question)];
  return [];
}

/** Runs every target once, in order, each making what `made` says, else something of its own. */
function settle(graph: Graph, world: World, made: Parameters<World["complete"]>[2] = {}): World {
  for (const id of graph.order) world.complete(graph, id, made);
  return world;
}

describe("a chain of two", () => {
  const graph = graphOf(
    target("one", { hard: { source: "source" }, out: ["mid"] }),
    target("two", { hard: { mid: "mid" }, out: ["end"] }),
  );
  const built = () => settle(graph, new World({ source: "s" }));

  it("is stale, then pending, before it is built", () => {
    const world = new World({ source: "s" });
    expect(states(graph, world)).toEqual({ one: "stale", two: "stale" });
    expect(statusOf(graph, world, "one")).toEqual({ kind: "stale", reasons: [{ kind: "neverBuilt" }], edited: [] });
    expect(statusOf(graph, world, "two")).toEqual({ kind: "pending", on: ["one"], reasons: [{ kind: "neverBuilt" }] });
    world.complete(graph, "one");
    expect(statusOf(graph, world, "two")).toEqual({ kind: "stale", reasons: [{ kind: "neverBuilt" }], edited: [] });
  });

  it("is fresh when it is built", () => {
    expect(states(graph, built())).toEqual({});
    expect(statusOf(graph, built(), "two")).toEqual({ kind: "fresh", drift: [], edited: [] });
  });

  it("stops a wave where an output came out the same", () => {
    const world = built();
    world.write("source", "other");
    expect(states(graph, world)).toEqual({ one: "stale", two: "pending" });
    expect(reasons(graph, world, "one")).toEqual(["inputChanged source"]);
    world.complete(graph, "one");
    expect(states(graph, world)).toEqual({});
  });

  it("goes on where it did not", () => {
    const world = built();
    world.write("source", "other");
    world.complete(graph, "one", { outputs: { mid: "changed" } });
    expect(states(graph, world)).toEqual({ two: "stale" });
    expect(statusOf(graph, world, "two")).toMatchObject({
      reasons: [
        { kind: "inputChanged", name: "mid", source: "mid", from: digestOf("mid of one"), to: digestOf("changed") },
      ],
    });
  });

  it("is fresh again when a change is taken back", () => {
    const world = built();
    world.write("source", "other");
    world.write("source", "s");
    expect(states(graph, world)).toEqual({});
  });

  it("is stale where an output is missing, and its readers wait", () => {
    const world = built();
    world.write("mid", undefined);
    expect(reasons(graph, world, "one")).toEqual(["outputMissing mid"]);
    expect(statusOf(graph, world, "two")).toMatchObject({ kind: "pending", on: ["one"] });
  });

  it("is stale when an input is gone", () => {
    const world = built();
    world.write("source", undefined);
    expect(stateReasons(statusOf(graph, world, "one"))[0]).toMatch(/^input source \(source\) changed \w{8} → missing$/);
  });

  it("is blocked behind a failure", () => {
    const world = built();
    world.write("source", "other");
    world.failures.add(address("one"));
    expect(states(graph, world)).toEqual({ one: "failed", two: "blocked" });
    expect(statusOf(graph, world, "two")).toEqual({ kind: "blocked", by: "one" });
  });

  it("is stale by force, and when drifted things are to be refreshed", () => {
    expect(reasons(graph, built(), "one", { force: new Set([address("one")]) })).toEqual(["forced"]);
    const drifted = graphOf(
      target("one", { hard: { source: "source" }, out: ["mid"], prompt: "better" }),
      target("two", { hard: { mid: "mid" }, out: ["end"] }),
    );
    expect(states(drifted, built())).toEqual({ one: "drifted" });
    expect(statusOf(drifted, built(), "one")).toEqual({
      kind: "fresh",
      drift: [{ kind: "drifted", what: "prompt" }],
      edited: [],
    });
    expect(reasons(drifted, built(), "one", { refresh: true })).toEqual(["drifted prompt"]);
    expect(states(drifted, built(), { refresh: true })).toEqual({ one: "stale", two: "pending" });
  });

  it("names what changed in the rule", () => {
    const world = built();
    const changed = graphOf(
      target("one", { hard: { source: "source", more: "more" }, out: ["mid"], version: "2" }),
      target("two", { hard: {}, out: ["end", "more"] }),
    );
    expect(reasons(changed, world, "two")).toEqual(["ruleChanged outputs", "inputDropped mid"]);
    expect(reasons(changed, world, "one")).toEqual(["ruleChanged version", "inputAdded more"]);
  });

  it("says that a rule changed when a part of it is gone", () => {
    const parameters = { identity: { version: digestOf("1"), parameters: digestOf("p") } };
    const before = graphOf({ ...target("one", { out: ["mid"] }), ...parameters });
    expect(reasons(graphOf(target("one", { out: ["mid"] })), settle(before, new World()), "one")).toEqual([
      "ruleChanged parameters",
    ]);
  });
});

describe("inputs of other kinds", () => {
  const graph = graphOf(
    target("maker", { hard: { source: "source" }, out: ["a"], products: ["p"] }),
    target("order", { orderOnly: { a: "a" }, out: ["o"] }),
    target("after", { after: ["maker"], out: ["x"] }),
    target("soft", { soft: { a: "a" }, out: ["s"] }),
    target("product", { hard: { p: "product:maker:p" }, out: ["q"] }),
    target("late", { hard: { o: "o", s: "s", x: "x" }, out: ["l"] }),
  );
  const built = () => settle(graph, new World({ source: "s" }));

  it("do not make their readers wait, where they only order or drift", () => {
    const world = built();
    world.write("source", "other");
    expect(states(graph, world)).toEqual({ maker: "stale", product: "pending" });
    expect(states(graph, world, { refresh: true })).toEqual({
      maker: "stale",
      soft: "pending",
      product: "pending",
      late: "pending",
    });
    world.complete(graph, "maker", { outputs: { a: "new", p: "p of maker" } });
    expect(states(graph, world)).toEqual({ soft: "drifted" });
    expect(states(graph, world, { refresh: true })).toEqual({ soft: "stale", late: "pending" });
  });

  it("order what must run anyway", () => {
    const world = built();
    world.write("source", "other");
    world.write("o", undefined);
    expect(statusOf(graph, world, "order")).toMatchObject({
      kind: "pending",
      on: ["maker"],
      reasons: [{ kind: "outputMissing" }],
    });
    world.failures.add(address("maker"));
    expect(states(graph, world)).toEqual({ maker: "failed", order: "blocked", product: "blocked", late: "blocked" });
  });

  it("may be an intermediate whose bytes are gone: it is fresh until somebody wants it", () => {
    const world = built();
    world.lose(world.product(address("maker"), "p"));
    expect(states(graph, world)).toEqual({});
    const wanted = new Map([[address("maker"), { product: "p", by: address("product") }]]);
    expect(statusOf(graph, world, "maker", { wanted })).toMatchObject({
      kind: "stale",
      reasons: [{ kind: "wanted", product: "p", by: "product" }],
    });
    expect(states(graph, world, { wanted })).toEqual({ maker: "stale", product: "pending" });
  });

  it("may be a glob", () => {
    const globs = graphOf(target("one", { out: ["u/1"] }), target("two", { hard: { all: "glob:u/*" } }));
    const world = settle(globs, new World({ "u/0": "0" }));
    world.write("v/0", "elsewhere");
    expect(states(globs, world)).toEqual({});
    world.write("u/2", "another");
    expect(reasons(globs, world, "two")).toEqual(["inputChanged all"]);
  });

  it("block their readers where no rule makes them", () => {
    const absent = graphOf(
      target("r", { hard: { p: "product:nobody:p" } }),
      target("s", { after: ["nobody"] }),
      target("t", { after: ["r"] }),
    );
    expect(statusOf(absent, new World(), "r")).toEqual({ kind: "blocked", by: "nobody" });
    expect(statusOf(absent, new World(), "s")).toEqual({ kind: "blocked", by: "nobody" });
    expect(statusOf(absent, new World(), "t")).toEqual({ kind: "blocked", by: "nobody" });
  });

  it("block their readers when the rule that made them is gone", () => {
    const whole = graphOf(target("first"), target("s", { after: ["first"] }));
    const world = settle(whole, new World());
    expect(states(whole, world)).toEqual({});
    expect(statusOf(graphOf(target("s", { after: ["first"] })), world, "s")).toEqual({ kind: "blocked", by: "first" });
  });

  it("name the first of those who block", () => {
    const two = graphOf(
      target("one", { out: ["a"] }),
      target("two", { out: ["b"] }),
      target("three", { hard: { a: "a", b: "b" } }),
    );
    const world = new World();
    world.failures.add(address("one"));
    world.failures.add(address("two"));
    expect(statusOf(two, world, "three")).toEqual({ kind: "blocked", by: "one" });
  });
});

describe("recorded reads", () => {
  const graph = graphOf(
    target("gap", { hard: { audit: "audit" }, out: ["gap"] }),
    target("unit", { hard: { gap: "gap" }, out: ["u/own"], scopes: ["catalog.json"] }),
    target("other", { out: ["u/other"], scopes: ["catalog.json"] }),
  );
  const search = { kind: "search", pattern: "spin", glob: "u/*" } as const;
  const entry = { kind: "read", ref: "catalog.json#/spin" } as const;
  const list = { kind: "list", glob: "u/*" } as const;
  const built = () => {
    const world = new World({ audit: "a", "catalog.json": "{}" });
    world.complete(graph, "gap", { reads: [search, entry, list] });
    return world;
  };

  it("make stale when the answer differs, and only then", () => {
    const world = built();
    world.complete(graph, "unit", { outputs: { "u/own": "spin" } });
    world.write("u/x", "nothing of the kind");
    expect(reasons(graph, world, "gap")).toEqual([`readChanged ${JSON.stringify(list)}`]);
    world.write("u/x", undefined);
    expect(statusOf(graph, world, "gap").kind).toBe("fresh");
    world.write("catalog.json#/clifford", "text");
    expect(statusOf(graph, world, "gap").kind).toBe("fresh");
    world.write("catalog.json#/spin", "text");
    expect(reasons(graph, world, "gap")).toEqual([`readChanged ${JSON.stringify(entry)}`]);
  });

  it("do not see what the target's own descendants wrote, and see what others wrote", () => {
    const world = built();
    world.complete(graph, "unit", { outputs: { "u/own": "spin" }, fragments: { "catalog.json#/spin": "mine" } });
    expect(statusOf(graph, world, "gap").kind).toBe("fresh");
    world.write("u/own", "spin, edited by a person");
    expect(statusOf(graph, world, "gap").kind).toBe("fresh");
    world.complete(graph, "other", { outputs: { "u/other": "spin" } });
    expect(reasons(graph, world, "gap")).toEqual([
      `readChanged ${JSON.stringify(search)}`,
      `readChanged ${JSON.stringify(list)}`,
    ]);
  });

  it("that are trusted are not asked", () => {
    const world = built();
    world.write("u/x", "spin");
    world.asked = 0;
    expect(statusOf(graph, world, "gap", { trustReads: "all" }).kind).toBe("fresh");
    expect(statusOf(graph, world, "gap", { trustReads: new Set([address("gap")]) }).kind).toBe("fresh");
    expect(world.asked).toBe(0);
    expect(statusOf(graph, world, "gap").kind).toBe("stale");
    expect(world.asked).toBe(3);
  });

  it("are asked after those that only come before have run", () => {
    const ordered = graphOf(
      target("first", { hard: { s: "s" }, out: ["f"] }),
      target("second", { after: ["first"], out: ["g"] }),
    );
    const world = new World({ s: "s" });
    world.complete(ordered, "first");
    world.complete(ordered, "second", { reads: [{ kind: "read", ref: "f" }] });
    world.write("s", "other");
    expect(statusOf(ordered, world, "second")).toEqual({ kind: "pending", on: ["first"], reasons: [] });
    expect(statusOf(ordered, world, "second", { trustReads: "all" }).kind).toBe("fresh");
    world.failures.add(address("first"));
    expect(statusOf(ordered, world, "second").kind).toBe("fresh");
    world.failures.clear();
    world.complete(ordered, "first", { outputs: { f: "new" } });
    expect(reasons(ordered, world, "second")).toEqual(['readChanged {"kind":"read","ref":"f"}']);
  });

  it("are as they were when inputs change during the run", () => {
    const world = new World({ audit: "a", "catalog.json": "{}" });
    const begun = world.begin(graph, "gap");
    world.write("audit", "changed meanwhile");
    world.commit(graph, "gap", begun, {});
    expect(reasons(graph, world, "gap")).toEqual(["inputChanged audit"]);
  });
});

describe("edits", () => {
  const graph = graphOf(
    target("one", { hard: { source: "source" }, out: ["a", "plan.json#/1"] }),
    target("two", { hard: { a: "a", plan: "plan.json#/1" }, out: ["b"] }),
  );
  const built = () => settle(graph, new World({ source: "s" }));

  it.each(["a", "plan.json#/1"])("of %s are shown and kept, and its readers see them", (output) => {
    const world = built();
    world.write(output, "by hand");
    expect(states(graph, world)).toEqual({ one: "edited", two: "stale" });
    expect(statusOf(graph, world, "one")).toEqual({ kind: "fresh", drift: [], edited: [output] });
    expect(stateReasons(statusOf(graph, world, "one"))).toEqual([`${output} was changed by a person`]);
    world.complete(graph, "two");
    expect(states(graph, world)).toEqual({ one: "edited" });
    world.write(output, `${output} of one`);
    expect(states(graph, world)).toEqual({ two: "stale" });
  });

  it("block a writer that is stale for another reason, and what needs it", () => {
    const world = built();
    world.write("a", "by hand");
    world.write("source", "other");
    expect(states(graph, world)).toEqual({ one: "blocked by an edit", two: "blocked" });
    expect(statusOf(graph, world, "one")).toMatchObject({
      kind: "blockedByEdit",
      edited: ["a"],
      reasons: [{ kind: "inputChanged" }],
    });
    expect(statusOf(graph, world, "two")).toEqual({ kind: "blocked", by: "one" });
    expect(statusOf(graph, world, "one", { overwriteEdits: true })).toMatchObject({ kind: "stale", edited: ["a"] });
    world.complete(graph, "one");
    expect(states(graph, world)).toEqual({});
  });

  it("are also what stands where a target would write for the first time", () => {
    const world = new World({ source: "s", a: "by hand" });
    expect(statusOf(graph, world, "one")).toMatchObject({ kind: "blockedByEdit", edited: ["a"] });
    const moved = graphOf(target("one", { hard: { source: "source" }, out: ["elsewhere", "plan.json#/1"] }));
    const later = built();
    later.write("elsewhere", "by hand");
    expect(statusOf(moved, later, "one")).toMatchObject({ kind: "blockedByEdit", edited: ["elsewhere"] });
    expect(reasons(moved, later, "one")).toEqual(["ruleChanged outputs"]);
  });

  it("are not what a target left there once, whose trace is lost", () => {
    const world = new World({ source: "s", a: "made once" });
    const wroteOnce = (ref: string, digest: Digest): boolean => ref === "a" && digest === digestOf("made once");
    expect(statusOf(graph, knowing(world, { wroteOnce }), "one")).toMatchObject({ kind: "stale", edited: [] });
    world.write("a", "by hand");
    expect(statusOf(graph, knowing(world, { wroteOnce }), "one")).toMatchObject({
      kind: "blockedByEdit",
      edited: ["a"],
    });
  });

  it("and losses of fragments in a shared file are those of the target that wrote them", () => {
    const shared = graphOf(target("one", { scopes: ["c.json"] }), target("two", { scopes: ["c.json"] }));
    const world = new World({ "c.json": "{}" });
    world.complete(shared, "one", { fragments: { "c.json#/x": "x" } });
    world.complete(shared, "two", { fragments: { "c.json#/y": "y" } });
    world.write("c.json#/x", "by hand");
    expect(statusOf(shared, world, "one")).toEqual({ kind: "fresh", drift: [], edited: ["c.json#/x"] });
    world.write("c.json#/x", undefined);
    expect(reasons(shared, world, "one")).toEqual(["outputMissing c.json#/x"]);
    expect(statusOf(shared, world, "two").kind).toBe("fresh");
  });

  it("of a file that the rule may not amend any more are nothing to it", () => {
    const before = graphOf(target("weave", { mayAmend: ["u"] }));
    const world = new World({ u: "v" });
    world.complete(before, "weave", { amended: { u: "v+weave" } });
    world.write("u", "v");
    expect(reasons(before, world, "weave")).toEqual(["outputReverted u"]);
    expect(statusOf(graphOf(target("weave")), world, "weave").kind).toBe("fresh");
  });
});

describe("persons and gates", () => {
  const graph = graphOf(
    target("write", { hard: { source: "source" }, out: ["a"], gate: "write.gate" }),
    target("write.gate", { hard: { a: "a" }, after: ["write"], byPerson: true }),
    target("read", { hard: { a: "a" }, out: ["b"] }),
  );

  it("stand before every reader until the person has answered, and again when what was shown changes", () => {
    const world = new World({ source: "s" });
    expect(states(graph, world)).toEqual({ write: "stale", "write.gate": "stale", read: "stale" });
    world.complete(graph, "write");
    expect(statusOf(graph, world, "write.gate")).toEqual({ kind: "waiting", reasons: [{ kind: "neverBuilt" }] });
    expect(statusOf(graph, world, "read")).toEqual({ kind: "blocked", by: "write.gate" });
    world.complete(graph, "write.gate");
    world.complete(graph, "read");
    expect(states(graph, world)).toEqual({});

    world.write("source", "other");
    expect(states(graph, world)).toEqual({ write: "stale", "write.gate": "pending", read: "pending" });
    world.complete(graph, "write");
    expect(states(graph, world)).toEqual({});
    world.write("a", "by hand");
    expect(states(graph, world)).toEqual({ write: "edited", "write.gate": "waiting", read: "blocked" });
  });

  it("ask for a first text even where one stands", () => {
    const own = graphOf(target("person", { out: ["a"], byPerson: true }));
    expect(statusOf(own, new World({ a: "by hand" }), "person").kind).toBe("waiting");
  });

  it("are not asked about what they have answered before, unless by force", () => {
    const world = new World({ source: "s" });
    world.complete(graph, "write");
    const gate = address("write.gate");
    const { key } = new Evaluation(graph, world).key(gate);
    const answered = knowing(world, { answered: (each) => each === key });
    const neverBuilt = [{ kind: "neverBuilt" }];
    expect(statusOf(graph, answered, "write.gate")).toEqual({ kind: "stale", reasons: neverBuilt, edited: [] });
    expect(statusOf(graph, answered, "write.gate", { force: new Set([gate]) }).kind).toBe("waiting");
    answered.write("a", "by hand");
    expect(statusOf(graph, answered, "write.gate").kind).toBe("waiting");
  });

  it("are waited for where all attempts failed, as long as these were made of what is there, unless by force", () => {
    const world = new World({ source: "s" });
    const { key } = new Evaluation(graph, world).key(address("write"));
    const gaveUp = (...defects: string[]): World =>
      knowing(world, { escalation: (id) => (id === "write" ? { key, attempts: 3, defects } : undefined) });
    expect(statusOf(graph, gaveUp("too short", "no title"), "write")).toEqual({
      kind: "waiting",
      reasons: [{ kind: "escalated", attempts: 3, defect: "too short" }],
    });
    expect(statusOf(graph, gaveUp(), "write")).toMatchObject({ reasons: [{ defect: "it gave nothing" }] });
    expect(statusOf(graph, gaveUp(), "write", { force: new Set([address("write")]) }).kind).toBe("stale");
    world.write("source", "other");
    expect(statusOf(graph, gaveUp("too short"), "write").kind).toBe("stale");
  });

  it("hold back those who would run although they only come after", () => {
    const ordered = graphOf(
      target("write", { out: ["a"], gate: "gate" }),
      target("gate", { hard: { a: "a" }, byPerson: true }),
      target("next", { hard: { s: "s" }, after: ["write"], out: ["n"] }),
    );
    const world = new World({ s: "s" });
    world.complete(ordered, "write");
    expect(statusOf(ordered, world, "next")).toEqual({ kind: "blocked", by: "gate" });
    world.complete(ordered, "next");
    expect(statusOf(ordered, world, "next").kind).toBe("fresh");
  });
});

describe("what an artifact decides", () => {
  const plan = target("plan", { hard: { source: "source" }, out: ["plan.json#/3"], gate: "plan.gate" });
  const gate = target("plan.gate", { hard: { plan: "plan.json#/3" }, byPerson: true });
  const unit = target("unit", { decidedBy: "plan.json#/3", hard: { entry: "plan.json#/3/x" }, out: ["u"] });
  const inner = target("inner", { decidedBy: "u", out: ["i"] });
  const release = target("release", { hard: { u: "u", i: "i" }, out: ["r"] });
  const tag = target("tag", { orderOnly: { u: "u" }, out: ["t"] });
  const graph = graphOf(plan, gate, unit, inner, release, tag);
  const built = () => settle(graph, new World({ source: "s" }));

  it("is unknown until that is settled", () => {
    const world = built();
    expect(states(graph, world)).toEqual({});
    world.write("source", "other");
    expect(statusOf(graph, world, "unit")).toEqual({ kind: "unknown", decidedBy: "plan" });
    expect(statusOf(graph, world, "inner")).toEqual({ kind: "unknown", decidedBy: "plan" });
    expect(statusOf(graph, world, "release")).toEqual({ kind: "pending", on: ["plan"], reasons: [] });
    expect(statusOf(graph, world, "tag").kind).toBe("fresh");
    world.complete(graph, "plan");
    expect(states(graph, world)).toEqual({});
  });

  it("is known while something else that it needs is unsettled", () => {
    const other = target("other", { hard: { more: "more" }, out: ["o"] });
    const both = graphOf(plan, gate, other, {
      ...unit,
      inputs: [...unit.inputs, ...target("", { hard: { o: "o" } }).inputs],
    });
    const world = settle(both, new World({ source: "s", more: "m" }));
    world.write("more", "other");
    expect(statusOf(both, world, "unit")).toEqual({ kind: "pending", on: ["other"], reasons: [] });
  });

  it("cannot be decided where the list that says so cannot be read", () => {
    const world = knowing(built(), { undecidable: (id) => (id === "unit" ? "§3 is torn" : undefined) });
    expect(statusOf(graph, world, "unit")).toEqual({ kind: "failed", why: "§3 is torn" });
    expect(statusOf(graph, world, "release")).toEqual({ kind: "blocked", by: "unit" });
    expect(statusOf(graph, world, "tag").kind).toBe("fresh");
  });

  it("is blocked while the person, or a failure, stands before it", () => {
    const world = built();
    world.write("source", "other");
    world.complete(graph, "plan", { outputs: { "plan.json#/3": "new" } });
    expect(statusOf(graph, world, "unit")).toEqual({ kind: "blocked", by: "plan.gate" });
    expect(statusOf(graph, world, "inner")).toEqual({ kind: "blocked", by: "plan.gate" });
    world.write("source", "third");
    world.failures.add(address("plan"));
    expect(statusOf(graph, world, "unit")).toEqual({ kind: "blocked", by: "plan" });
    expect(statusOf(graph, world, "release")).toEqual({ kind: "blocked", by: "plan" });
  });
});

describe("long chains", () => {
  it("are evaluated without recursion", () => {
    const targets = Array.from({ length: 20_000 }, (_, i) =>
      target(`t${i}`, { hard: i === 0 ? {} : { x: `f${i - 1}` }, out: [`f${i}`] }),
    );
    const graph = graphOf(...targets);
    expect(statusOf(graph, new World(), "t19999").kind).toBe("pending");
  });
});
