import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Fragment, formatRef, overlaps, parseRef, type Ref } from "../../src/artifact/ref.ts";
import { repoPath } from "./disk.ts";

const ref = (text: string): Ref => {
  const parsed = parseRef(text);
  if (!parsed.ok) throw new Error(parsed.error.what);
  return parsed.value;
};

const number = fc
  .array(fc.constantFrom("1", "2", "8", "03", "09", "11"), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join("."));
const line = fc
  .oneof(
    fc.string({ minLength: 1, maxLength: 12 }),
    fc.constantFrom(
      "body",
      "frontmatter",
      "/a",
      "§2",
      "§2.",
      "§A",
      "§2/entry(x)",
      "entry(x)",
      "title(x)",
      "entry(",
      "a)",
      "#",
      "%23",
    ),
  )
  .map((text) => text.trim())
  .filter((text) => text !== "" && !/[\r\n]/.test(text));
const plain = fc
  .oneof(fc.string({ maxLength: 6 }), fc.constantFrom("~", "/", "[", "]", "=", "~1", "a[b=c]", ""))
  .filter((text) => !/[\r\n]/.test(text));
const condition = fc.record({
  key: fc.option(
    plain.filter((key) => key !== ""),
    { nil: undefined },
  ),
  value: plain,
});
const steps = fc
  .array(fc.tuple(plain, fc.array(condition, { maxLength: 2 })), { minLength: 1, maxLength: 4 })
  .map((parts) =>
    parts.flatMap(([name, where]) => [
      { kind: "property" as const, name },
      ...(where.length > 0 ? [{ kind: "match" as const, where }] : []),
    ]),
  );
const fragment: fc.Arbitrary<Fragment> = fc.oneof(
  fc.record({ kind: fc.constant("section" as const), number }),
  fc.record({ kind: fc.constant("titled" as const), title: line }),
  fc.constantFrom<Fragment>({ kind: "body" }, { kind: "frontmatter" }),
  fc.record({ kind: fc.constant("pointer" as const), steps }),
  fc.record({ kind: fc.constant("entry" as const), label: line }),
  fc.record({ kind: fc.constant("entry" as const), label: line, within: number }),
);
const path = fc
  .constantFrom("a.md", "b/c d.md", "C#.md", "100%.md", "a%23b.md", "x%2525.md", "ü/%25.json")
  .map(repoPath);
const anyRef: fc.Arbitrary<Ref> = fc.oneof(fc.record({ path }), fc.record({ path, fragment }));

describe("parseRef and formatRef", () => {
  it.each<[string, Fragment | undefined]>([
    ["plans/x.md", undefined],
    ["plans/x.md#§2.8", { kind: "section", number: "2.8" }],
    ["plans/x.md#spin-geometry.kr-theory", { kind: "titled", title: "spin-geometry.kr-theory" }],
    ["plans/x.md#frontmatter", { kind: "frontmatter" }],
    ["plans/x.md#title(frontmatter)", { kind: "titled", title: "frontmatter" }],
    ["plans/x.md#entry(03.12.11)", { kind: "entry", label: "03.12.11" }],
    ["plans/x.md#§3/entry(03.12.11)", { kind: "entry", label: "03.12.11", within: "3" }],
    ["plans/x.md#/shipped", { kind: "pointer", steps: [{ kind: "property", name: "shipped" }] }],
    [
      "plans/x.md#/_notes/03.09.11",
      {
        kind: "pointer",
        steps: [
          { kind: "property", name: "_notes" },
          { kind: "property", name: "03.09.11" },
        ],
      },
    ],
    [
      "plans/x.md#/a~1b/m~0n",
      {
        kind: "pointer",
        steps: [
          { kind: "property", name: "a/b" },
          { kind: "property", name: "m~n" },
        ],
      },
    ],
    [
      "plans/x.md#/connections[id=conn:002.x]",
      {
        kind: "pointer",
        steps: [
          { kind: "property", name: "connections" },
          { kind: "match", where: [{ key: "id", value: "conn:002.x" }] },
        ],
      },
    ],
    [
      "plans/x.md#/edges[from=03.09.02][to=03.09.11]",
      {
        kind: "pointer",
        steps: [
          { kind: "property", name: "edges" },
          {
            kind: "match",
            where: [
              { key: "from", value: "03.09.02" },
              { key: "to", value: "03.09.11" },
            ],
          },
        ],
      },
    ],
    [
      "plans/x.md#/shipped[=03.09.11]",
      {
        kind: "pointer",
        steps: [
          { kind: "property", name: "shipped" },
          { kind: "match", where: [{ key: undefined, value: "03.09.11" }] },
        ],
      },
    ],
  ])("%s", (text, expected) => {
    expect(ref(text).fragment).toEqual(expected);
    expect(formatRef(ref(text))).toBe(text);
  });

  it.each([
    "",
    "#§2",
    "../x#§2",
    "x#",
    "x# ",
    "x#entry()",
    "x#/a[b]",
    "x#/a[b=c",
    "x#/a~9",
    "x#/a]b",
    "x#/a[b=c]d",
    "x#a\nb",
  ])("%j is refused", (text) => {
    expect(parseRef(text).ok).toBe(false);
  });

  it("reads what it writes", () => {
    fc.assert(
      fc.property(anyRef, (value) => {
        expect(parseRef(formatRef(value))).toEqual({ ok: true, value });
      }),
      { numRuns: 2_000 },
    );
  });

  it("writes what it reads in one way", () => {
    fc.assert(
      fc.property(
        fc.string().map((text) => `a#${text}`),
        (text) => {
          const parsed = parseRef(text);
          if (parsed.ok) expect(parseRef(formatRef(parsed.value))).toEqual(parsed);
        },
      ),
    );
  });
});

describe("overlaps", () => {
  it.each<[string, string, boolean]>([
    ["a.md", "b.md", false],
    ["a.md#§1", "b.md#§1", false],
    ["a.md", "a.md#§1", true],
    ["a.md#§1", "a.md#§1", true],
    ["a.md#§1", "a.md#§2", false],
    ["a.md#§1", "a.md#§10", false],
    ["a.md#§2", "a.md#§2.8", true],
    ["a.md#§2.7", "a.md#§2.8", false],
    ["a.md#§3", "a.md#§03.09.11", true],
    ["a.md#§03.09.02", "a.md#§03.09.11", false],
    ["a.md#body", "a.md#§1", true],
    ["a.md#body", "a.md#Sources", true],
    ["a.md#body", "a.md#frontmatter", false],
    ["a.md#frontmatter", "a.md#§1", false],
    ["a.md#frontmatter", "a.md#entry(x)", false],
    ["a.md#frontmatter", "a.md#frontmatter", true],
    ["a.md#x.a", "a.md#x.b", false],
    ["a.md#x.a", "a.md#x.a", true],
    ["a.md#x.a", "a.md#§1", true],
    ["a.md#entry(x)", "a.md#entry(y)", false],
    ["a.md#entry(x)", "a.md#§1", true],
    ["a.md#entry(x)", "a.md#x", true],
    ["a.md#§3/entry(x)", "a.md#§3", true],
    ["a.md#§3/entry(x)", "a.md#§3.1", true],
    ["a.md#§3/entry(x)", "a.md#§4", false],
    ["a.md#§3/entry(x)", "a.md#entry(x)", true],
    ["a.md#§3/entry(x)", "a.md#§1/entry(x)", false],
    ["a.json#/a", "a.json#/a/b", true],
    ["a.json#/a", "a.json#/b", false],
    ["a.json#/a[id=x]", "a.json#/a", true],
    ["a.json#/a[id=x]", "a.json#/a[id=y]", false],
    ["a.json#/a[id=x]", "a.json#/a[id=x]/n", true],
    ["a.json#/a[id=x]", "a.json#/a[from=y]", true],
    ["a.json#/a[from=x][to=y]", "a.json#/a[from=x][to=z]", false],
    ["a.json#/a[id=x]", "a.json#/a/0", true],
    ["a.json#/a[=x]", "a.json#/a[=y]", false],
    ["a.json#/a", "a.json#§1", true],
  ])("%s and %s: %s", (a, b, expected) => {
    expect(overlaps(ref(a), ref(b))).toBe(expected);
    expect(overlaps(ref(b), ref(a))).toBe(expected);
  });

  it("is reflexive and symmetric", () => {
    fc.assert(
      fc.property(anyRef, anyRef, (a, b) => {
        expect(overlaps(a, a)).toBe(true);
        expect(overlaps(a, b)).toBe(overlaps(b, a));
      }),
    );
  });
});
