import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Address, type Addressable, editDistance, nearest, resolveAddress } from "../../src/graph/address.ts";

const named = (id: string, groups: readonly string[] = [], gate?: string): Addressable => ({
  id: id as Address,
  groups,
  gate: gate as Address | undefined,
});

const TARGETS: readonly Addressable[] = [
  named("book/lawson-michelsohn/P1_audit", ["tier/alpha"]),
  named("book/lawson-michelsohn/P2_gap", ["tier/alpha"], "book/lawson-michelsohn/P2_gap.gate"),
  named("book/lawson-michelsohn/P2_gap.gate", ["tier/alpha"]),
  named("book/lawson-michelsohn/P4_production/03.09.11", ["tier/alpha", "unit/03.09.11"]),
  named("book/law/P1_audit", ["tier/beta"]),
  named("book/hatcher/P1_audit", ["tier/beta", "release/v0.7"]),
  named("flow/f1/check", ["release/v0.7"]),
  named("lonely"),
];

const found = (typed: string): readonly string[] => {
  const result = resolveAddress(typed, TARGETS);
  if (!result.ok) throw new Error(result.error.what);
  return result.value.map((target) => target.id);
};

const refused = (typed: string) => {
  const result = resolveAddress(typed, TARGETS);
  if (result.ok) throw new Error(`${typed} was resolved`);
  return result.error;
};

describe("an address", () => {
  it.each([
    ["all", TARGETS.map((target) => target.id)],
    ["lonely", ["lonely"]],
    ["lon", ["lonely"]],
    ["book/hatcher", ["book/hatcher/P1_audit"]],
    ["book/hatcher/", ["book/hatcher/P1_audit"]],
    ["book/hat", ["book/hatcher/P1_audit"]],
    ["b/hat/P1", ["book/hatcher/P1_audit"]],
    ["book/lawson", TARGETS.slice(0, 4).map((target) => target.id)],
    ["book/lawson/P1", ["book/lawson-michelsohn/P1_audit"]],
    ["book/lawson/P4/03", ["book/lawson-michelsohn/P4_production/03.09.11"]],
    ["tier/beta", ["book/law/P1_audit", "book/hatcher/P1_audit"]],
    ["unit/03.09.11", ["book/lawson-michelsohn/P4_production/03.09.11"]],
    ["unit/03", ["book/lawson-michelsohn/P4_production/03.09.11"]],
    ["release/v0.7", ["book/hatcher/P1_audit", "flow/f1/check"]],
  ])("%s", (typed, ids) => {
    expect(found(typed)).toEqual(ids);
  });

  it("that is spelled out is not a prefix of a longer one", () => {
    expect(found("book/law")).toEqual(["book/law/P1_audit"]);
    expect(found("book/law/P1")).toEqual(["book/law/P1_audit"]);
  });

  it("of a pass is no prefix of its gate", () => {
    expect(found("book/lawson/P2")).toEqual(["book/lawson-michelsohn/P2_gap"]);
    expect(found("book/lawson/P2_gap.g")).toEqual(["book/lawson-michelsohn/P2_gap.gate"]);
    const gates = [
      named("book/a/P.gate"),
      named("book/b/P.gate"),
      named("book/a/P", [], "book/a/P.gate"),
      named("book/b/P", [], "book/b/P.gate"),
    ];
    const both = resolveAddress("b/b/P.g", gates);
    expect(both.ok && both.value.map(({ id }) => id)).toEqual(["book/b/P.gate"]);
  });

  it.each([
    ["book/*/P1_audit", ["book/lawson-michelsohn/P1_audit", "book/law/P1_audit", "book/hatcher/P1_audit"]],
    [
      "book/law*/P?_*",
      [
        "book/lawson-michelsohn/P1_audit",
        "book/lawson-michelsohn/P2_gap",
        "book/lawson-michelsohn/P2_gap.gate",
        "book/lawson-michelsohn/P4_production/03.09.11",
        "book/law/P1_audit",
      ],
    ],
    ["tier/*", TARGETS.slice(0, 6).map((target) => target.id)],
    ["book/*/*/*", ["book/lawson-michelsohn/P4_production/03.09.11"]],
    ["*", ["lonely"]],
  ])("may be a glob: %s", (typed, ids) => {
    expect(found(typed)).toEqual(ids);
  });

  it("with a dot, a bracket or a plus is no expression", () => {
    for (const typed of ["book/*/P1.audit*", "book/*/[P]1_audit", "book/*/P1_a+udit*"]) {
      expect(refused(typed).what).toContain("no target matches the pattern");
    }
  });

  it("that is ambiguous names what it could be", () => {
    expect(refused("b/l").what).toBe("b/l is ambiguous: it could be book/lawson-michelsohn, book/law");
    expect(refused("tier").what).toBe("there is no target tier");
  });

  it("that is very ambiguous names eight and counts the others", () => {
    const many = Array.from({ length: 11 }, (_, i) => named(`book/b${String(i).padStart(2, "0")}/P1`));
    const result = resolveAddress("book/b", many);
    expect(!result.ok && result.error.what).toMatch(/book\/b07 and 3 more$/);
  });

  it("that is unknown names the nearest", () => {
    expect(refused("book/hatchr").mend).toMatch(/^did you mean book\/hatcher( or |\?)/);
    expect(refused("book/hatcher/P1_audot").mend).toContain("book/hatcher/P1_audit");
    expect(refused("tier/alfa").mend).toContain("tier/alpha");
    expect(refused("completely different").mend).toBe("run `codex status` to list the books");
    expect(refused("").what).toContain("there is no target");
    expect(refused("book/hatchr").exit).toBe(2);
  });

  it("keeps the order of the targets, and each one once", () => {
    fc.assert(
      fc.property(fc.constantFrom("all", "tier/*", "book/*", "book/*/*", "release/v0.7", "*/*"), (typed) => {
        const ids = found(typed);
        const order = TARGETS.map((target) => target.id as string);
        expect(ids).toEqual(order.filter((id) => ids.includes(id)));
      }),
    );
  });

  it("finds every target by its own name", () => {
    for (const target of TARGETS) expect(found(target.id)).toContain(target.id);
  });
});

describe("the nearest names", () => {
  it("are those that contain what was typed, then those that differ least", () => {
    expect(nearest("gap", ["P1_audit", "P2_gap", "gop", "cap"])).toEqual(["P2_gap", "cap", "gop"]);
    expect(nearest("x", [])).toEqual([]);
    const long = "book/lawson-michelsohn-spin-geometry";
    expect(nearest("book/lawsen", [long, `${long}/P1_audit`, "book/knuth"])[0]).toBe(long);
    expect(nearest("same", ["same", "same"])).toEqual(["same"]);
    expect(nearest("abc", ["abd", "abe", "abf", "abg"], 2)).toEqual(["abd", "abe"]);
  });

  it("are found among many at once", () => {
    const names = Array.from({ length: 30_000 }, (_, i) => `book/some-longer-slug-${i}/P4_production/${i}`);
    // Of the processor, so that what else runs on the machine does not count.
    const began = process.cpuUsage();
    expect(nearest("book/some-longer-slug-77/P4_producton/77", names)[0]).toBe(
      "book/some-longer-slug-77/P4_production/77",
    );
    expect(process.cpuUsage(began).user / 1000).toBeLessThan(2000);
  });
});

describe("editDistance", () => {
  it.each([
    ["", "", 0],
    ["", "abc", 3],
    ["kitten", "sitting", 3],
    ["flaw", "lawn", 2],
    ["same", "same", 0],
  ])("%s %s", (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });

  it("is a distance", () => {
    const word = fc.string({ maxLength: 8 });
    fc.assert(
      fc.property(word, word, word, (a, b, c) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
        expect(editDistance(a, c)).toBeLessThanOrEqual(editDistance(a, b) + editDistance(b, c));
      }),
    );
  });
});
