import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { digestOf, MISSING } from "../../src/artifact/digest.ts";
import {
  digestFragment,
  FragmentIndex,
  locate,
  readFragment,
  removeFragment,
  replaceFragment,
} from "../../src/artifact/fragment.ts";
import { headings } from "../../src/artifact/markdown.ts";
import { type Fragment, parseFragment } from "../../src/artifact/ref.ts";
import type { Result } from "../../src/result.ts";

const fragment = (text: string): Fragment => value(parseFragment(text));
function value<T>(result: Result<T, { readonly what: string }>): T {
  if (!result.ok) throw new Error(result.error.what);
  return result.value;
}
const fault = (result: Result<unknown, { readonly what: string }>): string =>
  result.ok ? "no fault" : result.error.what;

const PLAN = [
  "---",
  "book: x",
  "---",
  "# Plan",
  "",
  "Introduction.",
  "",
  "## §1. Audit",
  "",
  "### 1.1 Contents",
  "",
  "one",
  "",
  "### Sources",
  "",
  "1. a",
  "",
  "## §3 Plan",
  "",
  "### 3.1 New units",
  "",
  "#### 03.09.11 Chessboard",
  "",
  "text",
  "",
  "",
].join("\n");

describe("readFragment", () => {
  it.each([
    ["§1", "## §1. Audit\n\n### 1.1 Contents\n\none\n\n### Sources\n\n1. a"],
    ["§1.1", "### 1.1 Contents\n\none"],
    ["§03.09.11", "#### 03.09.11 Chessboard\n\ntext"],
    ["Sources", "### Sources\n\n1. a"],
    ["§1. Audit", "## §1. Audit\n\n### 1.1 Contents\n\none\n\n### Sources\n\n1. a"],
    ["Contents", "### 1.1 Contents\n\none"],
    ["frontmatter", "book: x"],
    ["entry(03.09.11)", "#### 03.09.11 Chessboard\n\ntext"],
    ["§3/entry(03.09.11)", "#### 03.09.11 Chessboard\n\ntext"],
    ["§1/entry(03.09.11)", undefined],
    ["§9/entry(03.09.11)", undefined],
    ["§2", undefined],
    ["§1.2", undefined],
    ["sources", undefined],
  ])("%s", (name, expected) => {
    expect(value(readFragment(PLAN, fragment(name)))).toBe(expected);
    expect(value(digestFragment(PLAN, fragment(name)))).toBe(expected === undefined ? MISSING : digestOf(expected));
  });

  it("takes the highest-ranking of several headings of one number, and names the lines of two of one rank", () => {
    const text = "## §1 A\n\n### §1 Inner\n\n## §2 B\n\n### x\n\n## §3 C\n\n### x\n";
    expect(value(locate(text, fragment("§1")))?.start).toBe(0);
    expect(fault(locate("## §1 A\n\n\n## §1 B\n", fragment("§1")))).toMatch(/lines 1 and 4/);
    expect(fault(locate(text, fragment("x")))).toMatch(/lines 7 and 11/);
    expect(fault(replaceFragment(text, fragment("x"), "### x\n"))).toMatch(/lines 7 and 11/);
  });

  it("has a body with or without frontmatter, and no frontmatter where there is none", () => {
    expect(value(readFragment("---\na: 1\n---\n\ntext\n\n", fragment("body")))).toBe("text");
    expect(value(readFragment("---\na: 1\n---\n \t\n\n  text \n \n\t", fragment("body")))).toBe("  text ");
    expect(value(readFragment(" \n\t", fragment("body")))).toBe("");
    expect(value(readFragment("\uFEFFtext\n", fragment("body")))).toBe("text");
    expect(value(readFragment("", fragment("body")))).toBe("");
    expect(value(digestFragment("text", fragment("frontmatter")))).toBe(MISSING);
    expect(value(digestFragment("---\n---\n", fragment("frontmatter")))).toBe(digestOf(""));
  });
});

describe("digestFragment", () => {
  it("ignores line endings and blank lines around, and nothing else", () => {
    const base = "# T\n\n## §1 A\n\na  b\n\nc\n\n## §2 B\n";
    const digest = (text: string): string => value(digestFragment(text, fragment("§1")));
    const same = [
      base.replaceAll("\n", "\r\n"),
      base.replaceAll("\n", "\r"),
      base.replace("c\n\n", "c\n \t\n\n\n"),
      base.replace("c\n\n", "c\n"),
      base.replace("# T\n", "# T\n\n\n"),
    ];
    for (const text of same) expect(digest(text)).toBe(digest(base));
    const other = [
      base.replace("a  b", "a b"),
      base.replace("c\n", "c \n"),
      base.replace("a  b\n\n", "a  b\n"),
      base.replace("§1 A", "§1. A"),
      base.replace("\na", "\n a"),
    ];
    for (const text of other) expect(digest(text)).not.toBe(digest(base));
  });

  it("of a pointer is that of its canonical value", () => {
    const digest = (text: string, name = "/a"): string => value(digestFragment(text, fragment(name)));
    const base = '{"a":{"x":1,"y":["é",2]},"b":0}';
    for (const same of [
      '{\n  "b": 5,\n  "a": { "y": [ "\\u00e9", 2 ], "x": 1.0 }\n}\n',
      '\uFEFF{"a":{"y":["é",2],"x":1}}',
    ]) {
      expect(digest(same)).toBe(digest(base));
    }
    for (const other of [
      '{"a":{"x":1,"y":[2,"é"]}}',
      '{"a":{"x":"1","y":["é",2]}}',
      '{"a":{"x":1}}',
      '{"a":null}',
      '{"b":0}',
    ]) {
      expect(digest(other)).not.toBe(digest(base));
    }
    expect(digest("[12345678901234567890]", "/0")).not.toBe(digest("[12345678901234567891]", "/0"));
    expect(digest('{"b":0}')).toBe(MISSING);
    expect(fault(digestFragment('{"a":1,}', fragment("/a")))).toMatch(/not JSON/);
    expect(fault(digestFragment("", fragment("/a")))).toMatch(/not JSON/);
  });
});

describe("FragmentIndex", () => {
  it("answers as the functions do, and gives the same parse for the same digest", () => {
    const index = new FragmentIndex();
    const file = digestOf(PLAN);
    expect(index.get(file)).toBeUndefined();
    const added = index.add(file, PLAN);
    expect(index.get(file)).toBe(added);
    expect(index.add(file, PLAN)).toBe(added);
    for (const heading of headings(PLAN)) {
      const name: Fragment = { kind: "titled", title: heading.title };
      expect(added.text.digest(name)).toEqual(digestFragment(PLAN, name));
    }
  });

  it("lets go of the least recently used", () => {
    const index = new FragmentIndex();
    const big = "x".repeat(30 * 1024 * 1024);
    const [a, b, c] = ["a", "b", "c"].map((name) => digestOf(name));
    index.add(a!, big);
    index.add(b!, big);
    index.get(a!);
    index.add(c!, big);
    expect([a, b, c].map((digest) => index.get(digest!) !== undefined)).toEqual([true, false, true]);
  });
});

describe("replaceFragment of a section", () => {
  it("keeps every other byte", () => {
    const text = "\uFEFF# T \n\n## §1 A\na\n## §2 B\n\n\nold\n\n \n## §3 C\nno end";
    expect(value(replaceFragment(text, fragment("§2"), "\n## §2 New\n\nnew\n\n"))).toBe(
      "\uFEFF# T \n\n## §1 A\na\n## §2 New\n\nnew\n\n \n## §3 C\nno end",
    );
    expect(value(replaceFragment(text, fragment("§3"), "## §3 C\nx\n"))).toBe(text.replace("no end", "x"));
  });

  it("takes on the file's line endings", () => {
    const text = "## §1 A\r\n\r\na\r\n\r\n## §2 B\r\n";
    expect(value(replaceFragment(text, fragment("§1"), "## §1 A\n\nb\nc\n"))).toBe(
      "## §1 A\r\n\r\nb\r\nc\r\n\r\n## §2 B\r\n",
    );
    expect(value(replaceFragment(text, fragment("§3"), "## §3 C\nb"))).toBe(`${text}\r\n## §3 C\r\nb\r\n`);
    expect(value(replaceFragment("## §1 A\nb\n", fragment("§1"), "## §1 A\r\nc\r\n"))).toBe("## §1 A\nc\n");
  });

  it.each<[name: string, text: string, at: string, section: string, expected: string | RegExp]>([
    ["between its neighbours", "## §1 A\n\n## §3 C\n", "§2", "## §2 B", "## §1 A\n\n## §2 B\n\n## §3 C\n"],
    ["first", "# T\n\n## §2 B\n", "§1", "## §1 A\n\na", "# T\n\n## §1 A\n\na\n\n## §2 B\n"],
    ["last", "# T\n\n## §2 B\n", "§10", "## §10 J", "# T\n\n## §2 B\n\n## §10 J\n"],
    [
      "after a deeper section",
      "## §1 A\n### 1.1 a\nx\n## §3 C\n",
      "§2",
      "## §2 B",
      "## §1 A\n### 1.1 a\nx\n\n## §2 B\n\n## §3 C\n",
    ],
    ["by number, not by text", "## §9 A\n\n## §11 C\n", "§10", "## §10 B", "## §9 A\n\n## §10 B\n\n## §11 C\n"],
    ["in an empty file", "", "§1", "## §1 A", "## §1 A\n"],
    ["after text without an end", "# T\n\ntext", "§1", "## §1 A", "# T\n\ntext\n\n## §1 A\n"],
    [
      "inside its parent",
      "## §2 B\n\ntext\n\n## §3 C\n",
      "§2.8",
      "### 2.8 S",
      "## §2 B\n\ntext\n\n### 2.8 S\n\n## §3 C\n",
    ],
    [
      "inside, in order",
      "## §2 B\n### 2.1 a\n### 2.9 b\n## §3 C\n",
      "§2.8",
      "### 2.8 S",
      "## §2 B\n### 2.1 a\n\n### 2.8 S\n\n### 2.9 b\n## §3 C\n",
    ],
    [
      "a unit beside units",
      "## §3 C\n\n#### 03.09.02 a\n\n#### 03.09.14 c\n",
      "§03.09.11",
      "#### 03.09.11 b",
      "## §3 C\n\n#### 03.09.02 a\n\n#### 03.09.11 b\n\n#### 03.09.14 c\n",
    ],
    ["not without its parent", "## §1 A\n\n## §3 C\n", "§2.8", "### 2.8 S", /§2\.8 has no place/],
    ["not inside a neighbour", "## §1 A\n", "§2", "### §2 B", /would become a part of §1/],
    ["a unit without units", "## §3 C\n", "§03.09.11", "#### 03.09.11 b", /has no place/],
    ["after an open fence", "## §1 A\n\n```\n", "§2", "## §2 B", /no longer read as it was/],
    ["a title among sorted ones", "### n.a\n\n### n.c\n", "n.b", "### n.b", "### n.a\n\n### n.b\n\n### n.c\n"],
    ["a title last", "### n.a\n\n### n.c\n", "n.d", "### n.d", "### n.a\n\n### n.c\n\n### n.d\n"],
    [
      "a title among unsorted ones",
      "### n.c\n\n### n.a\n\n### o.a\n",
      "n.b",
      "### n.b",
      "### n.c\n\n### n.a\n\n### n.b\n\n### o.a\n",
    ],
    [
      "a title with its namespace",
      "## N\n\n### n.a\n\n## O\n\n### o.a\n",
      "n.z",
      "### n.z",
      "## N\n\n### n.a\n\n### n.z\n\n## O\n\n### o.a\n",
    ],
    [
      "a title with no kin",
      "## N\n\n### n.b\n\n## O\n\n### o.c\n",
      "m.a",
      "### m.a",
      "## N\n\n### n.b\n\n## O\n\n### m.a\n\n### o.c\n",
    ],
    ["a title with no rank", "# T\n", "x", "## x", "# T\n\n## x\n"],
  ])("inserts a missing one: %s", (_, text, at, section, expected) => {
    const inserted = replaceFragment(text, fragment(at), section);
    if (expected instanceof RegExp) {
      expect(fault(inserted)).toMatch(expected);
      return;
    }
    expect(value(inserted)).toBe(expected);
    expect(value(readFragment(expected, fragment(at)))).toBe(section);
  });

  const text = "# T\n\n## §1 A\n\na\n\n## §2 B\n\nb\n";
  it.each([
    ["no heading", "a\n", /does not start with/],
    ["another heading", "## §2 A\n", /does not start with/],
    ["text before the heading", "a\n\n## §1 A\n", /does not start with/],
    ["a second section", "## §1 A\n\n## More\n", /line 3 of the text starts another section/],
    ["a higher heading", "## §1 A\n\n# More\n", /starts another section/],
    ["a setext heading", "## §1 A\n\nMore\n---\n", /starts another section/],
    ["another level", "### §1 A\n", /must stay at level 2/],
    ["an open fence", "## §1 A\n\n```\nx\n", /"B" is no longer read/],
    ["an open comment", "## §1 A\n\n<!-- x\n", /"B" is no longer read/],
  ])("refuses %s", (_, section, why) => {
    expect(fault(replaceFragment(text, fragment("§1"), section))).toMatch(why);
  });

  it("changes no other section's digest, and is undone by the old text", () => {
    const body = fc.constantFrom(
      "",
      "text\n",
      "\n\ntext\n\n",
      "```\n# x\n```\n",
      "> # q\n\n",
      "- i\n",
      "| a |\n|---|\n\n",
      "text",
    );
    const doc = fc.array(fc.record({ level: fc.integer({ min: 1, max: 4 }), body }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(doc, fc.nat(), body, fc.constantFrom("\n", "\r\n"), (parts, pick, fresh, ending) => {
        const source = parts
          .map(
            (part, index) =>
              `${"#".repeat(part.level)} §${index + 1} T${index}\n${part.body}${part.body.endsWith("\n") ? "" : "\n"}`,
          )
          .join("")
          .replaceAll("\n", ending);
        const index = pick % parts.length;
        const target = fragment(`§${index + 1}`);
        const old = value(readFragment(source, target))!;
        expect(value(replaceFragment(source, target, old))).toBe(source);
        const section = `${"#".repeat(parts[index]!.level)} §${index + 1} New\n${fresh}`;
        const changed = value(replaceFragment(source, target, section));
        expect(value(digestFragment(changed, target))).toBe(value(digestFragment(section, target)));
        const [before, after] = [headings(source), headings(changed)];
        const span = value(locate(source, target))!;
        for (const heading of before) {
          const encloses = heading.start <= span.start && heading.end >= span.end;
          const inside = heading.start >= span.start && heading.start < span.end;
          if (encloses || inside) continue;
          const name: Fragment = { kind: "section", number: heading.number! };
          expect(value(digestFragment(changed, name))).toBe(value(digestFragment(source, name)));
        }
        const inner = before.filter((heading) => heading.start > span.start && heading.start < span.end).length;
        expect(after.length).toBe(before.length - inner);
        expect(value(replaceFragment(changed, target, old))).toBe(source);
      }),
      { numRuns: 300 },
    );
  });

  it("inserts what removing takes away again", () => {
    const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(
        numbers,
        fc.integer({ min: 1, max: 12 }),
        fc.boolean(),
        fc.constantFrom("\n", "\r\n"),
        (present, added, deeper, ending) => {
          const sorted = present.filter((number) => number !== added).sort((a, b) => a - b);
          const section = (number: number): string =>
            `## §${number} S\n\n${deeper ? `### ${number}.1 s\n\n` : ""}text\n`.replaceAll("\n", ending);
          const source = [`# T${ending}`, ...sorted.map(section)].join(ending);
          const name = fragment(`§${added}`);
          const inserted = value(replaceFragment(source, name, section(added)));
          expect(inserted).toBe(
            [`# T${ending}`, ...[...sorted, added].sort((a, b) => a - b).map(section)].join(ending),
          );
          expect(value(removeFragment(inserted, name))).toBe(source);
          expect(value(removeFragment(source, name))).toBe(source);
        },
      ),
    );
  });
});

describe("replaceFragment of the other Markdown parts", () => {
  it.each<[at: string, text: string, replacement: string, expected: string | RegExp]>([
    ["frontmatter", "---\na: 1\n---\nb\n", "a: 2\n", "---\na: 2\n---\nb\n"],
    ["frontmatter", "---\r\na: 1\r\n---\r\nb\r\n", "a: 2\nc: 3", "---\r\na: 2\r\nc: 3\r\n---\r\nb\r\n"],
    ["frontmatter", "---\na: 1\n---\nb\n", "---\na: 2\n---\n", "---\na: 2\n---\nb\n"],
    ["frontmatter", "---\n---\nb\n", "a: 2\n", "---\na: 2\n---\nb\n"],
    ["frontmatter", "b\n", "a: 2\n", "---\na: 2\n---\n\nb\n"],
    ["frontmatter", "\uFEFFb\r\n", "a: 2\n", "\uFEFF---\r\na: 2\r\n---\r\n\r\nb\r\n"],
    ["frontmatter", "", "a: 2", "---\na: 2\n---\n"],
    ["frontmatter", "---\na: 1\n---\nb\n", "a: 2\n---\nc", /would not be read back/],
    ["body", "---\na: 1\n---\n\nold\n", "new\n", "---\na: 1\n---\n\nnew\n"],
    ["body", "old", "new\n", "new"],
    ["body", "", "new", "new\n"],
    ["body", "old\n", "---\na: 1\n---\nx", /would not be read back/],
    ["entry(x)", "- `x` one\n- `y` two\n", "- `x` three\n", "- `x` three\n- `y` two\n"],
    ["entry(x)", "- `x` one\n- `y` two\n", "- `z` three\n", /would not be read back/],
    ["entry(x)", "- `x` one\n- `y` two\n", "- `x` three\n- `z` four\n", /would not be read back/],
    ["entry(q)", "- `x` one\n", "- `q` three\n", /no such entry/],
  ])("%s of %j", (at, text, replacement, expected) => {
    const replaced = replaceFragment(text, fragment(at), replacement);
    if (expected instanceof RegExp) expect(fault(replaced)).toMatch(expected);
    else expect(value(replaced)).toBe(expected);
  });

  it.each([
    ["frontmatter", "---\na: 1\n---\nb\n", "b\n"],
    ["frontmatter", "b\n", "b\n"],
    ["body", "---\na: 1\n---\nb\n", "---\na: 1\n---\n"],
    ["entry(x)", "- `x` one\n- `y` two\n", "- `y` two\n"],
    ["entry(q)", "- `x` one\n", "- `x` one\n"],
  ])("removes %s of %j", (at, text, expected) => {
    expect(value(removeFragment(text, fragment(at)))).toBe(expected);
  });
});
