import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readFragment, removeFragment, replaceFragment } from "../../src/artifact/fragment.ts";
import { type Fragment, formatRef, parseFragment, type Ref } from "../../src/artifact/ref.ts";
import { repoPath } from "./disk.ts";

const fragment = (text: string): Fragment => {
  const parsed = parseFragment(text);
  if (!parsed.ok) throw new Error(parsed.error.what);
  return parsed.value;
};
/** The new text, or the fault's words. */
const set = (text: string, pointer: string, value: string): string => {
  const replaced = replaceFragment(text, fragment(pointer), value);
  return replaced.ok ? replaced.value : `fault: ${replaced.error.what}`;
};
const remove = (text: string, pointer: string): string => {
  const removed = removeFragment(text, fragment(pointer));
  return removed.ok ? removed.value : `fault: ${removed.error.what}`;
};
const read = (text: string, pointer: string): string | undefined => {
  const found = readFragment(text, fragment(pointer));
  return found.ok ? found.value : `fault: ${found.error.what}`;
};

const DEPS = `{
  "version": 1,
  "edges": [
    { "from": "a", "to": "b", "state": "shipped" },
    { "from": "a", "to": "c", "state":   "pending" }
  ],
  "pending": [],
  "shipped": [
    "a",
    "b"
  ],
  "_notes": {
    "a/x": "one"
  }
}
`;

describe("reading a pointer", () => {
  it.each([
    ["/version", "1"],
    ["/edges[from=a][to=c]", '{ "from": "a", "to": "c", "state":   "pending" }'],
    ["/edges[from=a][to=c]/state", '"pending"'],
    ["/edges/0/to", '"b"'],
    ["/shipped[=b]", '"b"'],
    ["/shipped/1", '"b"'],
    ["/_notes/a~1x", '"one"'],
    ["/edges[to=z]", undefined],
    ["/edges[from=a][to=z]", undefined],
    ["/edges/2", undefined],
    ["/edges/01", undefined],
    ["/edges/x", undefined],
    ["/shipped[=z]", undefined],
    ["/version/x", undefined],
    ["/none/x", undefined],
    ["/edges[from=a]", "fault: #/edges[from=a] is ambiguous: lines 4 and 5 both answer to it"],
  ])("%s", (pointer, expected) => {
    expect(read(DEPS, pointer)).toBe(expected);
  });

  it("compares a condition with the text of numbers and words, never with objects", () => {
    const text = '[{"n":1.0,"b":true,"o":{},"z":null}]';
    const at = (condition: string): string | undefined => read(`{"a":${text}}`, `/a${condition}/b`);
    expect(at("[n=1.0]")).toBe("true");
    expect(at("[b=true]")).toBe("true");
    expect(at("[z=null]")).toBe("true");
    expect(at("[o={}]")).toBeUndefined();
    expect(at("[n=1]")).toBeUndefined();
  });

  it("calls a doubled member ambiguous, and is not fooled by the names of object methods", () => {
    expect(read('{"a":1,\n"a":2}', "/a")).toBe("fault: #/a is ambiguous: lines 1 and 2 both answer to it");
    expect(read("{}", "/__proto__")).toBeUndefined();
    expect(read("{}", "/constructor")).toBeUndefined();
    expect(set('{"a": 1}', "/__proto__", "2")).toBe('{"a": 1, "__proto__": 2}');
  });
});

describe("writing a pointer", () => {
  it.each<[name: string, pointer: string, value: string, from: string, to: string]>([
    ["a number", "/version", "2", '"version": 1', '"version": 2'],
    ["one member of an element", "/edges[to=c]/state", '"shipped"', '"pending" }', '"shipped" }'],
    [
      "an element kept on one line",
      "/edges[to=c]",
      '{\n"from":"a","to":"c"}',
      '{ "from": "a", "to": "c", "state":   "pending" }',
      '{ "from": "a", "to": "c" }',
    ],
    ["an array, a line each", "/shipped", '["x","y"]', '[\n    "a",\n    "b"\n  ]', '[\n    "x",\n    "y"\n  ]'],
    ["an element appended in a column", "/shipped[=c]", '"c"', '"b"\n', '"b",\n    "c"\n'],
    ["an element by the next index", "/shipped/2", '"c"', '"b"\n', '"b",\n    "c"\n'],
    [
      "an element beside one-line ones",
      "/edges[from=b][to=c]",
      '{"from":"b","to":"c"}',
      '"pending" }\n',
      '"pending" },\n    { "from": "b", "to": "c" }\n',
    ],
    ["the first element", "/pending[=q]", '"q"', '"pending": []', '"pending": [\n    "q"\n  ]'],
    ["a member", "/_notes/b", '"two"', '"one"\n', '"one",\n    "b": "two"\n'],
    [
      "a member with what leads to it",
      "/extra/deep",
      "[1]",
      '    "a/x": "one"\n  }\n',
      '    "a/x": "one"\n  },\n  "extra": {\n    "deep": [\n      1\n    ]\n  }\n',
    ],
    [
      "an element of a new array",
      "/more[id=x]",
      '{"id":"x"}',
      '    "a/x": "one"\n  }\n',
      '    "a/x": "one"\n  },\n  "more": [\n    {\n      "id": "x"\n    }\n  ]\n',
    ],
  ])("%s", (_, pointer, value, from, to) => {
    expect(DEPS.split(from)).toHaveLength(2);
    expect(set(DEPS, pointer, value)).toBe(DEPS.replace(from, to));
    const crlf = DEPS.replaceAll("\n", "\r\n");
    expect(set(crlf, pointer, value)).toBe(DEPS.replace(from, to).replaceAll("\n", "\r\n"));
    const tabs = (text: string): string => text.replace(/^( {2})+/gm, (spaces) => "\t".repeat(spaces.length / 2));
    expect(set(tabs(DEPS), pointer, value)).toBe(tabs(DEPS.replace(from, to)));
  });

  it.each([
    ['{"a":1}', "/b", '{"c": [1, 2]}', '{"a":1,"b":{"c":[1,2]}}'],
    ['{"a": 1}', "/b", '{"c":[1,2]}', '{"a": 1, "b": {"c": [1, 2]}}'],
    ["{}", "/a", "1", '{\n  "a": 1\n}'],
    ["{}\n", "/a[id=x]", '{"id":"x"}', '{\n  "a": [\n    {\n      "id": "x"\n    }\n  ]\n}\n'],
    ["{\n}\n", "/a", "1", '{\n  "a": 1\n}\n'],
    ["", "/a/b", "1", '{\n  "a": {\n    "b": 1\n  }\n}\n'],
    [" \n", "/a", "1", '{\n  "a": 1\n}\n'],
    ['{"a":12345678901234567890}', "/b", "1.50", '{"a":12345678901234567890,"b":1.50}'],
    ['{"a": {"x":1}}', "/a", '{ "x": 1 }', '{"a": {"x":1}}'],
    ['{"a": [1]}', "/a/0", "{}", '{"a": [{}]}'],
    ['{"a": 1}', "/a/b", "1", "fault: there is no place for #/a/b"],
    ['{"a": {}}', "/a[id=x]", '{"id":"x"}', "fault: there is no place for #/a[id=x]"],
    ['{"a": []}', "/a/b", "1", "fault: there is no place for #/a/b"],
    ['{"a": [1]}', "/a/3", "1", "fault: there is no place for #/a/3"],
    ['{"a": []}', "/a[id=x]", '{"id":"y"}', "fault: the new value does not answer to #/a[id=x]"],
    ['{"a": [{"id":"x"}]}', "/a[id=x]", '{"id":"y"}', "fault: the new value does not answer to #/a[id=x]"],
    ['{"a": [{"id":"x"}, {"id":"y"}]}', "/a[id=x]", '{"id":"y"}', "fault: the new value does not answer to #/a[id=x]"],
    ['{"a": 1}', "/a", "oops", "fault: this is not JSON (InvalidSymbol)"],
    ['{"a": 1', "/a", "1", "fault: this is not JSON (CloseBraceExpected)"],
  ])("%j at %s", (text, pointer, value, expected) => {
    expect(set(text, pointer, value)).toBe(expected);
  });

  it.each([
    [DEPS, "/shipped[=a]", DEPS.replace('"a",\n    "b"', '"b"')],
    [DEPS, "/shipped[=b]", DEPS.replace('"a",\n    "b"', '"a"')],
    [DEPS, "/edges[to=b]", DEPS.replace('{ "from": "a", "to": "b", "state": "shipped" },\n    ', "")],
    [DEPS, "/_notes/a~1x", DEPS.replace('{\n    "a/x": "one"\n  }', "{}")],
    [DEPS, "/version", DEPS.replace('"version": 1,\n  ', "")],
    [DEPS, "/none/x", DEPS],
    ["[1]", "", "fault: a fragment is not empty"],
  ])("removes from %#", (text, pointer, expected) => {
    const actual =
      pointer === ""
        ? `fault: ${(parseFragment("") as { error: { what: string } }).error.what}`
        : remove(text, pointer);
    expect(actual).toBe(expected);
  });

  it("agrees with a model, touches nothing else, and is undone by removing", () => {
    const key = fc.constantFrom("a", "b", "c/d", "e~f", "[g]");
    const json = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom<unknown>(0, 1.5, "x", "", true, null, "é\n"),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(key, tie("value"), { maxKeys: 3 }),
      ),
    })).value;
    const root = fc.dictionary(key, json, { minKeys: 1, maxKeys: 4 });
    const space = fc.constantFrom(undefined, 2, 4, "\t");
    fc.assert(
      fc.property(root, key, fc.option(key, { nil: undefined }), json, space, (model, first, second, value, indent) => {
        const text = `${JSON.stringify(model, null, indent)}\n`;
        const names = second === undefined ? [first] : [first, second];
        const ref: Ref = {
          path: repoPath("x"),
          fragment: { kind: "pointer", steps: names.map((name) => ({ kind: "property", name })) },
        };
        const pointer = formatRef(ref).slice(2);
        const holder = model[first];
        const isObject = typeof holder === "object" && holder !== null && !Array.isArray(holder);
        const written = set(text, pointer, JSON.stringify(value));
        if (second !== undefined && first in model && !isObject) {
          expect(written).toMatch(/^fault: there is no place/);
          return;
        }
        const expected = structuredClone(model);
        const existed = second === undefined ? first in model : isObject && second in holder;
        if (second === undefined) expected[first] = value;
        else expected[first] = { ...(isObject ? holder : {}), [second]: value };
        // The file's own style: what JSON.stringify would have written in the first place.
        expect(written).toBe(`${JSON.stringify(expected, null, indent)}\n`);
        if (!existed && (second === undefined || isObject)) expect(remove(written, pointer)).toBe(text);
      }),
      { numRuns: 500 },
    );
  });
});
