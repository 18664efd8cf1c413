import { describe, expect, it } from "vitest";
import type { WorkspaceView } from "../../src/artifact/workspace.ts";
import type { Params } from "../../src/exec/action.ts";
import { FaultError, usageFault } from "../../src/fault.ts";
import { type Collection, collection } from "../../src/rules/collection.ts";
import { file, section } from "../../src/rules/source.ts";
import { memoryView } from "../agents/scripted.ts";

type Book = { readonly slug: string };
const books = () =>
  collection("book", {
    from: file("books.txt"),
    items: (text): Book[] =>
      text
        .split("\n")
        .filter((line) => line !== "")
        .map((slug) => ({ slug })),
    key: (book) => book.slug,
    groups: (book) => [`tier/${book.slug[0]}`],
  });
const unitsOf = (all = books()) =>
  all.within("unit", {
    from: ({ book }) => section(`${book.slug}.md`, "§3"),
    items(text) {
      if (text.includes("TORN")) throw new FaultError(usageFault("the list is torn", "§3", "glue it"));
      return [...text.matchAll(/^- (.*)$/gm)].map((match) => match[1]!);
    },
    key: (unit) => unit,
    groups: (unit) => [`unit/${unit}`],
  });

const thrown = (fn: () => unknown): FaultError["fault"] => {
  try {
    fn();
  } catch (error) {
    if (error instanceof FaultError) return error.fault;
    throw error;
  }
  throw new Error("it did not throw");
};
const plan = (...units: string[]): string => `## §3. Plan\n\n${units.map((unit) => `- ${unit}\n`).join("")}`;

describe("collection", () => {
  it("ranges over what is known beforehand", () => {
    const { members, undecided } = collection("book", {
      items: [{ slug: "x" }, { slug: "y" }],
      key: (book: Book) => book.slug,
    }).expand(memoryView({}));
    expect(members).toEqual([
      { params: { book: { slug: "x" } }, groups: [], decidedBy: undefined },
      { params: { book: { slug: "y" } }, groups: [], decidedBy: undefined },
    ]);
    expect(undecided).toEqual([]);
  });

  it("ranges over what a file lists, in its order, and over nothing where it lists nothing", () => {
    const all = books();
    const { members } = all.expand(memoryView({ "books.txt": "b\na\n" }));
    expect(members.map((member) => [all.segments(member.params), member.groups])).toEqual([
      [["book", "b"], ["tier/b"]],
      [["book", "a"], ["tier/a"]],
    ]);
    expect(all.expand(memoryView({ "books.txt": "" })).members).toEqual([]);
  });

  it("sees the file of the view that it is given", () => {
    const all = books();
    expect(all.expand(memoryView({ "books.txt": "a" })).members).toHaveLength(1);
    expect(all.expand(memoryView({ "books.txt": "a\nb" })).members).toHaveLength(2);
  });

  it("reads the list once for one view, whoever asks, and keeps its members while the text is the same", () => {
    let reads = 0;
    const counting = (text: string): WorkspaceView => ({
      ...memoryView({ "books.txt": text }),
      bytes() {
        reads++;
        return new TextEncoder().encode(text);
      },
    });
    const all = books();
    const view = counting("a");
    const first = all.expand(view);
    expect(all.expand(view)).toBe(first);
    expect(reads).toBe(1);
    expect(all.expand(counting("a")).members[0]).toBe(first.members[0]);
    expect(all.expand(counting("b")).members[0]).not.toBe(first.members[0]);
  });

  it("is a fault where the file is missing, or none is named", () => {
    expect(thrown(() => books().expand(memoryView({})))).toMatchObject({
      where: "books.txt",
      exit: 2,
      what: "the list of books is missing",
    });
    expect(thrown(() => collection("book", { items: () => [], key: () => "" }).expand(memoryView({})))).toMatchObject({
      where: "book",
      exit: 2,
    });
  });

  it.each(["a", "03.09.11", "lawson-michelsohn", "A_b", "é", "数", "9"])("takes the key %s", (key) => {
    expect(books().expand(memoryView({ "books.txt": key })).members).toHaveLength(1);
  });

  it.each(["a/b", "..", ".", ".hidden", "-a", "_a", "a b", "a*", "a?", "a#b", "ä ", "\u202eabc", "a:b", "a\\b"])(
    "refuses the key %j: it cannot be part of an address",
    (key) => {
      const fault = thrown(() => books().expand(memoryView({ "books.txt": key })));
      expect(fault).toMatchObject({ where: "books.txt", exit: 2 });
      expect(fault.what).toContain(`“${key}” cannot be part of an address`);
    },
  );

  it("refuses a key twice, and an empty one", () => {
    expect(thrown(() => books().expand(memoryView({ "books.txt": "a\nb\na" })))).toMatchObject({
      what: "“a” is listed twice",
      where: "books.txt",
    });
    expect(
      thrown(() =>
        collection("book", { items: [{ slug: "" }], key: (book: Book) => book.slug }).expand(memoryView({})),
      ),
    ).toMatchObject({ where: "book" });
  });
});

describe("within", () => {
  it("is decided by an artifact: until it is there, a place stands for what it will list", () => {
    const { members, undecided } = unitsOf().expand(memoryView({ "books.txt": "a\nb", "b.md": plan("01", "02") }));
    expect(
      members.map(({ params, groups, decidedBy }) => [params.book.slug, params.unit, groups, decidedBy?.path]),
    ).toEqual([
      ["b", "01", ["tier/b", "unit/01"], "b.md"],
      ["b", "02", ["tier/b", "unit/02"], "b.md"],
    ]);
    expect(undecided).toEqual([
      {
        segments: ["book", "a"],
        groups: ["tier/a"],
        decidedBy: { path: "a.md", fragment: { kind: "section", number: "3" } },
        fault: undefined,
      },
    ]);
    expect(unitsOf().segments({ book: { slug: "a" }, unit: "01" })).toEqual(["book", "a", "01"]);
  });

  it("has no members and no open place where the artifact lists none", () => {
    expect(unitsOf().expand(memoryView({ "books.txt": "a", "a.md": "## §3. Plan\n\nNothing.\n" }))).toEqual({
      members: [],
      undecided: [],
    });
  });

  it.each([
    ["its reader refuses it", plan("TORN"), "the list is torn"],
    ["it cannot be told which section is meant", `${plan("01")}\n${plan("02")}`, ""],
    ["it lists a key twice", plan("01", "02", "01"), "“01” is listed twice"],
    ["it lists what cannot be in an address", plan("01", "a/b"), "“a/b” cannot be part of an address"],
  ])("keeps an artifact's fault with its own book: %s", (_, text, what) => {
    const all = unitsOf();
    const { members, undecided } = all.expand(memoryView({ "books.txt": "a\nb", "a.md": text, "b.md": plan("01") }));
    expect(members.map((member) => all.segments(member.params))).toEqual([["book", "b", "01"]]);
    expect(undecided).toMatchObject([{ segments: ["book", "a"], fault: { exit: 2 } }]);
    expect(undecided[0]?.fault?.what).toContain(what);
  });

  it("makes a fault of whatever a reader throws, with the place of what it read", () => {
    const buggy = (): never => {
      throw new TypeError("a bug");
    };
    const units = books().within("unit", {
      from: ({ book }) => section(`${book.slug}.md`, "§3"),
      items: buggy,
      key: String,
    });
    const { members, undecided } = units.expand(memoryView({ "books.txt": "a", "a.md": plan("01") }));
    expect(members).toEqual([]);
    expect(undecided).toMatchObject([{ fault: { what: "it cannot be read: a bug", where: "a.md#§3", exit: 2 } }]);
    const top = collection("book", { from: file("books.txt"), items: buggy, key: String });
    expect(thrown(() => top.expand(memoryView({ "books.txt": "" })))).toMatchObject({
      what: "it cannot be read: a bug",
      where: "books.txt",
      exit: 2,
    });
  });

  it("reads a list again only where its text or its book has changed", () => {
    const reads: string[] = [];
    const all = books().within("unit", {
      from: ({ book }) => file(`${book.slug}.md`),
      items(text, { book }) {
        reads.push(`${book.slug}:${text}`);
        return [text];
      },
      key: (unit) => unit,
    });
    const at = (a: string, b: string) =>
      all.expand(memoryView({ "books.txt": "a\nb", "a.md": a, "b.md": b })).members.map((member) => member.params.unit);
    expect(at("1", "1")).toEqual(["1", "1"]);
    expect(at("1", "2")).toEqual(["1", "2"]);
    expect(at("1", "1")).toEqual(["1", "1"]);
    expect(reads).toEqual(["a:1", "b:1", "b:2", "b:1"]);
    // An artifact that goes is undecided again, and what it listed is not remembered in its place.
    expect(
      all.expand(memoryView({ "books.txt": "a\nb", "b.md": "1" })).members.map((member) => member.params.book.slug),
    ).toEqual(["b"]);
  });

  it("nests: a place that is open stays open for what is inside it", () => {
    const parts = unitsOf().within("part", {
      from: ({ unit }) => file(`${unit}.txt`),
      items: (text) => text.split(" "),
      key: (part) => part,
    });
    const view = memoryView({ "books.txt": "a\nb", "b.md": plan("01", "02"), "01.txt": "x y" });
    const { members, undecided } = parts.expand(view);
    expect(members.map((member) => parts.segments(member.params))).toEqual([
      ["book", "b", "01", "x"],
      ["book", "b", "01", "y"],
    ]);
    expect(members[0]?.decidedBy).toEqual({ path: "01.txt" });
    expect(undecided.map((place) => [place.segments, place.decidedBy.path])).toEqual([
      [["book", "a"], "a.md"],
      [["book", "b", "02"], "02.txt"],
    ]);
  });
});

describe("with", () => {
  const planned = books().with("plan", {
    from: ({ book }) => section(`${book.slug}.md`, "§3"),
    read(text) {
      if (text.includes("TORN")) throw new FaultError(usageFault("the plan is torn", "§3", "glue it"));
      return text.split("\n").length;
    },
  });

  it("adds what an artifact says, and leaves addresses and groups as they are", () => {
    const { members, undecided } = planned.expand(
      memoryView({ "books.txt": "a\nb\nc", "a.md": plan("1"), "c.md": plan("TORN") }),
    );
    expect(members).toEqual([
      {
        params: { book: { slug: "a" }, plan: 3 },
        groups: ["tier/a"],
        decidedBy: { path: "a.md", fragment: { kind: "section", number: "3" } },
      },
    ]);
    expect(planned.segments(members[0]!.params)).toEqual(["book", "a"]);
    expect(undecided.map((place) => [place.segments, place.fault?.what])).toEqual([
      [["book", "b"], undefined],
      [["book", "c"], "the plan is torn"],
    ]);
  });
});

describe("what an artifact that may be missing says", () => {
  const guides = collection("guide", {
    items: ["a", "b"],
    key: (guide) => guide,
    groups: (guide) => [`kind/${guide}`],
  });
  const marked = guides.with("mark", {
    optional: true,
    from: ({ guide }) => file(`marks/${guide}.txt`),
    read: (text) => text,
  });
  const viewOf = (files: Readonly<Record<string, string>>): WorkspaceView => ({
    bytes: (path) => (files[path] === undefined ? undefined : new TextEncoder().encode(files[path])),
    list: () => [],
  });
  const membersOf = <P extends Params>(of: Collection<P>, files: Readonly<Record<string, string>> = {}) =>
    of.expand(viewOf(files)).members.map(({ params }) => params as Record<string, unknown>);
  const addresses = <P extends Params>(of: Collection<P>, files: Readonly<Record<string, string>> = {}) =>
    of.expand(viewOf(files)).members.map(({ params }) => of.segments(params).join("/"));

  it("is nothing where it is missing, and nobody waits for it", () => {
    expect(membersOf(marked)).toEqual([
      { guide: "a", mark: "" },
      { guide: "b", mark: "" },
    ]);
    const inner = guides.within("page", {
      optional: true,
      from: ({ guide }) => file(`${guide}.txt`),
      items: (text) => (text === "" ? [] : text.split(",")),
      key: (page: string) => page,
    });
    expect(inner.expand(viewOf({ "a.txt": "x,y" }))).toMatchObject({ undecided: [] });
    expect(addresses(inner, { "a.txt": "x,y" })).toEqual(["guide/a/x", "guide/a/y"]);
  });

  it("may leave members out", () => {
    const kept = marked.only(({ mark }) => mark !== "off");
    expect(addresses(kept, { "marks/a.txt": "off" })).toEqual(["guide/b"]);
    expect(addresses(kept)).toEqual(["guide/a", "guide/b"]);
  });

  it("asks for further rounds, each decided by the one before, and never more than there may be", () => {
    const rounds = guides.rounds({
      most: 3,
      from: ({ guide }, round) => file(`${guide}-${round}.txt`),
      again: (text) => text === "again",
    });
    const asked = { "a-1.txt": "again", "a-2.txt": "again", "a-3.txt": "again", "b-1.txt": "enough" };
    expect(addresses(rounds, asked)).toEqual(["guide/a", "guide/a/2", "guide/a/3", "guide/b"]);
    expect(rounds.expand(viewOf(asked)).members.map(({ decidedBy }) => decidedBy?.path)).toEqual([
      undefined,
      "a-1.txt",
      "a-2.txt",
      undefined,
    ]);
    expect(addresses(rounds)).toEqual(["guide/a", "guide/b"]);
    // A member that is the same object is known to be unchanged.
    const [first] = rounds.expand(viewOf(asked)).members;
    expect(rounds.expand(viewOf({ ...asked, "b-1.txt": "again" })).members[0]).toBe(first);
  });

  it("puts members together, and waits for all of a set", () => {
    const decided = guides.with("text", { from: ({ guide }) => file(`${guide}.txt`), read: (text) => text });
    const together = (name: (guide: string) => string) =>
      decided.gather("set", {
        places: () => (_groups, segments) => ["set", name(segments[1]!)],
        value: (place, members) => ({ place, texts: members.map(({ text }) => text) }),
        segments: ({ place }) => place,
        groups: () => [],
      });
    const files = { "a.txt": "A", "b.txt": "B" };
    const one = together(() => "all");
    expect(membersOf(one, files)).toEqual([{ set: { place: ["set", "all"], texts: ["A", "B"] } }]);
    expect(one.expand(viewOf({ "a.txt": "A" }))).toMatchObject({
      members: [],
      undecided: [{ segments: ["set", "all"], decidedBy: { path: "b.txt" } }],
    });
    expect(
      addresses(
        together((guide) => guide),
        { "a.txt": "A" },
      ),
    ).toEqual(["set/a"]);
    expect(one.expand(viewOf(files)).members[0]).toBe(one.expand(viewOf(files)).members[0]);
  });
});
