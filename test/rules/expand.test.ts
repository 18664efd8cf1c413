import { describe, expect, it } from "vitest";
import { digestOf } from "../../src/artifact/digest.ts";
import type { RepoPath, WorkspaceView } from "../../src/artifact/workspace.ts";
import { again, agent, call, command, defect, person } from "../../src/exec/action.ts";
import type { Task } from "../../src/exec/task.ts";
import { FaultError } from "../../src/fault.ts";
import { buildGraph } from "../../src/graph/graph.ts";
import { collection } from "../../src/rules/collection.ts";
import { expandRules } from "../../src/rules/expand.ts";
import { type Rule, type RuleSpec, rule } from "../../src/rules/rule.ts";
import { file, glob, intermediate, orderOnly, product, section, soft, within } from "../../src/rules/source.ts";
import { memoryView, value } from "../agents/scripted.ts";

type Book = { readonly slug: string; readonly title: string };
const books = collection("book", {
  items: [
    { slug: "x", title: "X" },
    { slug: "y", title: "Y" },
  ] as readonly Book[],
  key: (book) => book.slug,
  groups: (book) => [`tier/${book.slug}`],
});
const units = books.within("unit", {
  from: ({ book }) => section(`${book.slug}.md`, "§3"),
  items: (text) => [...text.matchAll(/^- (.*)$/gm)].map((match) => match[1]!),
  key: (unit) => unit,
});
const plan = (...list: string[]): string => `## §3. Plan\n\n${list.map((unit) => `- ${unit}\n`).join("")}`;

type P = { readonly book: Book };
const make = (spec: Partial<RuleSpec<P>> = {}): Rule =>
  rule({ name: "A", each: books, outputs: () => ({}), run: call(() => ({ outputs: {} })), ...spec });
const expand = (rules: readonly Rule[], files: Record<string, string> = {}): readonly Task[] =>
  expandRules(rules, memoryView(files));
/** The task of book x by the rule A. */
const task = (spec: Partial<RuleSpec<P>>, files: Record<string, string> = {}): Task => expand([make(spec)], files)[0]!;
const target = (spec: Partial<RuleSpec<P>>, files: Record<string, string> = {}): Task["target"] =>
  task(spec, files).target;

describe("expandRules", () => {
  it("makes a target of every rule and member: the rule's name comes after the first key", () => {
    const tasks = expand(
      [
        make(),
        make({ name: "B" }),
        rule({ name: "C", each: units, outputs: () => ({}), run: call(() => ({ outputs: {} })) }),
      ],
      { "x.md": plan("01", "02"), "y.md": plan("01") },
    );
    expect(tasks.map((each) => each.target.id)).toEqual([
      "book/x/A",
      "book/y/A",
      "book/x/B",
      "book/y/B",
      "book/x/C/01",
      "book/x/C/02",
      "book/y/C/01",
    ]);
    expect(tasks.map((each) => each.target.groups)).toContainEqual(["tier/x"]);
    expect(tasks.at(-1)).toMatchObject({
      params: { book: { slug: "y" }, unit: "01" },
      target: { rule: "C", decidedBy: { path: "y.md" } },
      placeholder: undefined,
    });
  });

  it("stands one placeholder for what an artifact has yet to decide, with nothing to read or write", () => {
    const each = rule({
      name: "C",
      each: units,
      inputs: () => ({ in: file("in.txt") }),
      outputs: ({ unit }) => ({ text: file(unit) }),
      gate: "after",
      run: call(() => ({ outputs: {} })),
    });
    const [one, two] = expand([each], { "x.md": "## §3. Plan\n\n- a/b\n" });
    expect(one).toMatchObject({
      target: { id: "book/x/C", inputs: [], outputs: [], gate: undefined, decidedBy: { path: "x.md" } },
      placeholder: { fault: { what: expect.stringContaining("“a/b”") } },
    });
    expect(two).toMatchObject({ target: { id: "book/y/C", groups: ["tier/y"] }, placeholder: { fault: undefined } });
  });

  it("keeps with its own book what a plan says that makes no target", () => {
    const each = rule({
      name: "C",
      each: units,
      outputs: ({ unit }) => ({ text: file(unit === "bad" ? "../out.md" : `${unit}.md`) }),
      run: call(() => ({ outputs: {} })),
    });
    const tasks = expand([each], { "x.md": plan("good", "bad"), "y.md": plan("fine") });
    expect(tasks.map((one) => [one.target.id, one.placeholder?.fault?.exit])).toEqual([
      ["book/x/C/good", undefined],
      ["book/x/C/bad", 2],
      ["book/y/C/fine", undefined],
    ]);
    // What no artifact decides is the configuration's own mistake.
    expect(() => expand([make({ outputs: () => ({ text: file("../out.md") }) })])).toThrow(FaultError);
  });

  it("names inputs by their keys, and those of a record by both", () => {
    const { inputs } = target({
      inputs: () => ({
        audit: section("x.md", "§1"),
        units: { "03.09.11": file("a.md"), "03.09.12": glob("b/*") },
        style: soft(file("s.md")),
        first: orderOnly(file("f.md")),
        none: {},
      }),
    });
    expect(inputs.map(({ name, kind, source }) => [name, kind, source.kind])).toEqual([
      ["audit", "hard", "ref"],
      ["units/03.09.11", "hard", "ref"],
      ["units/03.09.12", "hard", "glob"],
      ["style", "soft", "ref"],
      ["first", "orderOnly", "ref"],
    ]);
  });

  it("takes a record whose keys look like an input's for a record", () => {
    expect(
      target({ inputs: () => ({ all: { source: file("a.md"), input: file("b.md") } }) }).inputs.map(
        (input) => input.name,
      ),
    ).toEqual(["all/source", "all/input"]);
  });

  it("finds the target that makes an intermediate", () => {
    const draft = rule({
      name: "draft",
      each: units,
      outputs: () => ({ text: intermediate() }),
      run: call(() => ({ outputs: { text: "" } })),
    });
    const tasks = expand(
      [make({ inputs: ({ book }) => ({ draft: product(draft, { book, unit: "01" }, "text") }) }), draft],
      { "x.md": plan("01"), "y.md": plan("01") },
    );
    expect(tasks[0]!.target.inputs).toEqual([
      { name: "draft", kind: "hard", source: { kind: "product", of: "book/x/draft/01", name: "text" } },
    ]);
    const graph = value(buildGraph(tasks.map((each) => each.target)));
    expect([...graph.dependencies("book/x/A" as never).keys()]).toEqual(["book/x/draft/01"]);
  });

  it("keeps outputs, what is amended, and what must come first", () => {
    expect(
      target(
        {
          outputs: ({ book }) => ({
            text: file(`${book.slug}.txt`),
            draft: intermediate(),
            shared: within("shared.md"),
          }),
          amends: () => ["content/*.md", "single.md"],
          mayAmend: () => ["other/*.md"],
          after: ({ book }) => [`book/${book.slug}/B`],
        },
        { "content/b.md": "", "content/a.md": "", "content/a.txt": "", "other/o.md": "" },
      ),
    ).toMatchObject({
      outputs: [
        { kind: "ref", name: "text", ref: { path: "x.txt" } },
        { kind: "product", name: "draft" },
        { kind: "scope", name: "shared", ref: { path: "shared.md" } },
      ],
      amends: [{ path: "content/a.md" }, { path: "content/b.md" }, { path: "single.md" }],
      mayAmend: [{ path: "other/o.md" }],
      after: ["book/x/B"],
    });
  });

  it.each(["{a,b}.md", "content/0?.md", "**/*.md"])("reads %s in `amends` as a glob", (pattern) => {
    expect(
      target({ amends: () => [pattern] }, { "a.md": "", "b.md": "", "content/01.md": "" }).amends.every(({ path }) =>
        /^(a|b|content\/01)\.md$/.test(path),
      ),
    ).toBe(true);
    expect(target({ amends: () => [pattern] }, {}).amends).toEqual([]);
  });

  it("puts a gate after a target: a person's turn, with what was written as its key", () => {
    const [shown, gate, ...rest] = expand([
      make({
        gate: "after",
        outputs: () => ({ text: file("a.md"), draft: intermediate(), shared: within("s.md") }),
        inputs: () => ({ in: file("in.md") }),
      }),
    ]);
    expect(shown?.target).toMatchObject({ id: "book/x/A", gate: "book/x/A.gate", byPerson: false });
    expect(gate).toMatchObject({
      action: { kind: "person", ask: "Approve what book/x/A wrote" },
      target: {
        id: "book/x/A.gate",
        rule: "A.gate",
        groups: ["tier/x"],
        byPerson: true,
        gate: undefined,
        outputs: [],
        after: ["book/x/A"],
        inputs: [{ name: "text", source: { kind: "ref", ref: { path: "a.md" } } }],
      },
    });
    expect(rest).toHaveLength(2);
  });

  it("fills in what a rule does not say", () => {
    expect(task({})).toMatchObject({
      recovery: [],
      pool: "default",
      shared: undefined,
      wallSeconds: 3600,
      reads: ["**"],
      check: undefined,
      target: { estimate: { seconds: 0, usd: 0 } },
    });
    const full = task({
      recovery: [again()],
      pool: "p",
      shared: "read",
      wall: 9,
      reads: ["a/**"],
      estimate: { seconds: 1, usd: 2 },
      check: ({ params }) => [defect(params.book.title)],
    });
    expect(full).toMatchObject({
      recovery: [{ kind: "again" }],
      pool: "p",
      shared: "read",
      wallSeconds: 9,
      reads: ["a/**"],
      target: { estimate: { seconds: 1, usd: 2 } },
    });
    expect(full.check?.({ params: full.params } as never)).toEqual([defect("X")]);
  });

  it("makes a person's rule a person's turn", () => {
    expect(target({ run: person({ ask: "?" }) }).byPerson).toBe(true);
  });

  describe("what a target is, apart from its inputs", () => {
    const identity = (spec: Partial<RuleSpec<P>>, files?: Record<string, string>) => target(spec, files).identity;
    it("is its version, its parameters where it says which, and its command", () => {
      expect(identity({})).toEqual({ version: digestOf("1") });
      expect(identity({ version: 2 })).toEqual({ version: digestOf("2") });
      expect(identity({ identity: ({ book }) => ({ title: book.title }) })).toEqual({
        version: digestOf("1"),
        parameters: digestOf('{"title":"X"}'),
      });
      const run = command<P>(({ book }) => ["prog", book.slug]);
      expect(identity({ run })).toEqual({ version: digestOf("1"), command: digestOf('["prog","x"]') });
      expect(identity({ identity: () => undefined })).toHaveProperty("parameters");
    });

    it("is not its prompt or its model: those only let it drift", () => {
      const run = agent({ prompt: "p.md", model: "m" });
      expect(identity({ run }, { "p.md": "one" })).toEqual({ version: digestOf("1") });
      expect(target({ run }, { "p.md": "one" }).soft).toEqual({ prompt: digestOf("one"), model: digestOf("m") });
      expect(target({ run: agent({ prompt: "p.md" }) }).soft).toEqual({});
    });
  });

  it("asks for the files that match once, however many rules amend them, and anew each time", () => {
    const lists: string[] = [];
    const view: WorkspaceView = {
      bytes: () => undefined,
      list(globs) {
        // What people answered is listed too.
        if (globs[0]!.startsWith("manifests/answers/")) return [];
        lists.push(globs.join());
        return ["a.md" as RepoPath];
      },
    };
    const rules = [make({ amends: () => ["*.md"] }), make({ name: "B", amends: () => ["*.md"] })];
    expandRules(rules, view);
    expect(lists).toEqual(["*.md"]);
    expandRules(rules, view);
    expect(lists).toEqual(["*.md", "*.md"]);
  });

  it("sees the workspace as it stands at each call", () => {
    const files: Record<string, Uint8Array> = {};
    const view: WorkspaceView = { bytes: (path) => files[path], list: () => [] };
    const each = [rule({ name: "C", each: units, outputs: () => ({}), run: call(() => ({ outputs: {} })) })];
    const ids = () => expandRules(each, view).map((one) => one.target.id);
    expect(ids()).toEqual(["book/x/C", "book/y/C"]);
    files["x.md"] = new TextEncoder().encode(plan("01"));
    expect(ids()).toEqual(["book/x/C/01", "book/y/C"]);
    files["x.md"] = new TextEncoder().encode(plan("02", "03"));
    expect(ids()).toEqual(["book/x/C/02", "book/x/C/03", "book/y/C"]);
  });
});
