import { describe, expect, it } from "vitest";
import { type Digest, digestOf, MISSING } from "../../src/artifact/digest.ts";
import { type Hidden, NOTHING_HIDDEN } from "../../src/graph/facts.ts";
import { changedParts, driftOf, keyOf, partsOf, softParts } from "../../src/graph/fingerprint.ts";
import { describeReason, type Reason } from "../../src/graph/reason.ts";
import type { Output } from "../../src/graph/target.ts";
import { address, ref, type Spec, target, World } from "./world.ts";

const world = new World({ a: "1", b: "2", "u/1": "x" });
const spec: Spec = {
  hard: { a: "a", all: "glob:u/*", draft: "product:maker:draft", gone: "nowhere" },
  orderOnly: { b: "b" },
  soft: { b: "b" },
  out: ["out", "plan.md#§2"],
  amends: ["u/1"],
};
const parts = (of: Spec) => partsOf(target("t", of), world, NOTHING_HIDDEN);
const keyWith = (of: Spec, id = "t") => keyOf(target(id, of), partsOf(target(id, of), world, NOTHING_HIDDEN));

describe("the parts of a key", () => {
  it("are the rule, hard inputs and what is amended", () => {
    expect(Object.keys(parts(spec))).toEqual([
      "rule:version",
      "rule:outputs",
      "input:a",
      "input:all",
      "input:draft",
      "input:gone",
      "amends:u/1",
    ]);
    expect(parts(spec)["input:a"]).toBe(digestOf("1"));
    expect(parts(spec)["input:gone"]).toBe(MISSING);
    expect(softParts(target("t", spec), world, NOTHING_HIDDEN)).toEqual({
      prompt: digestOf(""),
      "input:b": digestOf("2"),
    });
  });

  it.each<[string, Spec]>([
    ["a version", { ...spec, version: "2" }],
    [
      "an input's name",
      { ...spec, hard: { other: "a", all: "glob:u/*", draft: "product:maker:draft", gone: "nowhere" } },
    ],
    ["an input", { ...spec, hard: { ...spec.hard, a: "b" } }],
    ["an output's place", { ...spec, out: ["elsewhere", "plan.md#§2"] }],
    ["a fragment", { ...spec, out: ["out", "plan.md#§3"] }],
    ["an amended file", { ...spec, amends: [] }],
  ])("make another key with another %s", (_, other) => {
    expect(keyWith(other)).not.toBe(keyWith(spec));
  });

  it.each<[string, Spec]>([
    ["an order-only input", { ...spec, orderOnly: {} }],
    ["a soft input", { ...spec, soft: { b: "a" } }],
    ["a prompt", { ...spec, prompt: "better" }],
    ["a gate", { ...spec, gate: "gate" }],
    ["another target before it", { ...spec, after: ["other"] }],
  ])("leave the key as it is with %s", (_, other) => {
    expect(keyWith(other)).toBe(keyWith(spec));
  });

  it.each<[string, Output]>([
    ["name", { kind: "ref", name: "other", ref: ref("out") }],
    ["place", { kind: "ref", name: "out", ref: ref("elsewhere") }],
    ["kind", { kind: "scope", name: "out", ref: ref("out") }],
  ])("make another key with another %s of an output", (_, output) => {
    const keyOfOne = (each: Output): string => {
      const one = { ...target("t"), outputs: [each] };
      return keyOf(one, partsOf(one, world, NOTHING_HIDDEN));
    };
    expect(keyOfOne(output)).not.toBe(keyOfOne({ kind: "ref", name: "out", ref: ref("out") }));
    expect(keyOfOne(output)).toBe(keyOfOne({ ...output }));
  });

  it("are of what the target may see", () => {
    const hidden: Hidden = {
      version: (file) => (file === "u/1" || file === "a" ? MISSING : undefined),
      fragments: () => undefined,
    };
    const less = partsOf(target("t", spec), world, hidden);
    expect(Object.keys(less).filter((part) => less[part] !== parts(spec)[part])).toEqual([
      "input:a",
      "input:all",
      "amends:u/1",
    ]);
  });

  it("are two targets' keys, however alike those are", () => {
    expect(keyWith({ products: ["p"] }, "one")).not.toBe(keyWith({ products: ["p"] }, "two"));
  });

  it("do not depend on the order of inputs", () => {
    const backwards = Object.fromEntries(Object.entries(spec.hard!).reverse());
    expect(keyWith({ ...spec, hard: backwards })).toBe(keyWith(spec));
  });
});

describe("changed parts", () => {
  const changes = (before: Spec, after: Spec): Reason[] =>
    changedParts(target("t", after), parts(before), world, NOTHING_HIDDEN);

  it("are none where the key is the same", () => {
    expect(changes(spec, spec)).toEqual([]);
  });

  it("are all that makes the key another one", () => {
    const after: Spec = { ...spec, version: "2", hard: { a: "b", all: "glob:u/*", fresh: "a" }, amends: ["a"] };
    expect(changes(spec, after)).toEqual([
      { kind: "ruleChanged", what: "version" },
      { kind: "inputChanged", name: "a", source: "b", from: digestOf("1"), to: digestOf("2") },
      { kind: "inputAdded", name: "fresh", to: digestOf("1") },
      { kind: "inputAdded", name: "a", to: digestOf("1") },
      { kind: "inputDropped", name: "draft" },
      { kind: "inputDropped", name: "gone" },
      { kind: "inputDropped", name: "u/1" },
    ]);
  });

  it("are two where one input takes the place of another", () => {
    expect(changes({ hard: { a: "a", b: "b" } }, { hard: { a: "a", c: "b" } })).toEqual([
      { kind: "inputAdded", name: "c", to: digestOf("2") },
      { kind: "inputDropped", name: "b" },
    ]);
  });

  it("say what an input reads", () => {
    const recorded = Object.fromEntries(Object.entries(parts(spec)).map(([name]) => [name, "0" as Digest]));
    const named = changedParts(target("t", spec), recorded, world, NOTHING_HIDDEN).flatMap((reason) =>
      reason.kind === "inputChanged" ? [`${reason.name}: ${reason.source}`] : [],
    );
    expect(named).toEqual(["a: a", "all: u/*", "draft: maker:draft", "gone: nowhere", "u/1: amended"]);
  });

  it("leave out what a trace keeps beside the key", () => {
    const recorded = { ...parts(spec), "below:u/1": "abc def" as Digest };
    expect(changedParts(target("t", spec), recorded, world, NOTHING_HIDDEN)).toEqual([]);
  });
});

describe("drift", () => {
  it("is every soft thing that is other, new or gone", () => {
    const before = { same: digestOf("1"), other: digestOf("2"), gone: digestOf("3") };
    const after = { same: digestOf("1"), other: digestOf("4"), fresh: digestOf("5") };
    expect(driftOf(before, after)).toEqual(["other", "fresh", "gone"].map((what) => ({ kind: "drifted", what })));
    expect(driftOf(before, before)).toEqual([]);
  });
});

describe("a reason in words", () => {
  const [from, to] = [digestOf("a"), digestOf("b")];
  it.each<[Reason, string]>([
    [{ kind: "neverBuilt" }, "never built"],
    [
      { kind: "inputChanged", name: "audit", source: "plan.md#§1", from, to },
      "input audit (plan.md#§1) changed ca978112 → 3e23e816",
    ],
    [
      { kind: "inputChanged", name: "audit", source: "plan.md", from, to: MISSING },
      "input audit (plan.md) changed ca978112 → missing",
    ],
    [{ kind: "inputAdded", name: "audit", to }, "input audit is new"],
    [{ kind: "inputDropped", name: "audit" }, "input audit is no longer read"],
    [
      { kind: "readChanged", question: { kind: "list", glob: "content/**" }, from, to },
      "recorded question answers differently: list content/**",
    ],
    [{ kind: "ruleChanged", what: "version" }, "rule changed: version"],
    [{ kind: "outputMissing", output: "a.md" }, "output a.md is missing"],
    [{ kind: "outputReverted", output: "a.md" }, "output a.md is back to what it was before"],
    [
      { kind: "wanted", product: "brief", by: address("book/x/P4") },
      "book/x/P4 needs its brief, whose bytes are not in the store",
    ],
    [{ kind: "drifted", what: "prompt" }, "prompt changed"],
    [{ kind: "forced" }, "forced"],
  ])("%j", (reason, text) => {
    expect(describeReason(reason)).toBe(text);
  });
});
