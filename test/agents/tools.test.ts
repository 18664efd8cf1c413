import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TOOL_NAMES, Toolbox, type ToolboxOptions, type ToolName, toolSpec } from "../../src/agents/tools.ts";
import { digestOf, MISSING } from "../../src/artifact/digest.ts";
import { Files } from "../../src/artifact/files.ts";
import { answer } from "../../src/artifact/question.ts";
import type { RepoPath, WorkspaceView } from "../../src/artifact/workspace.ts";
import { FaultError, usageFault } from "../../src/fault.ts";
import { disk } from "../artifact/disk.ts";
import { memoryView, value } from "./scripted.ts";

const FILES = {
  "content/a.md": "# A\n\nalpha beta\n\n## B\n\nbeta\n",
  "content/twice.md": "# T\n\none\n\n## Same\n\nx\n\n## Same\n\ny\n",
  "catalog.md": "# C\n\n## spin.bundle\n\nan entry\n",
  "secret.md": "alpha\n",
  ".env": "KEY=alpha\n",
  ".git/config": "url\n",
};

const box = (options: Partial<ToolboxOptions> = {}): Toolbox =>
  new Toolbox({
    view: memoryView(FILES),
    allowed: TOOL_NAMES,
    reads: ["content/**", "catalog.md"],
    lookup: "catalog.md",
    amends: ["content/a.md" as RepoPath],
    validate: (outputs) => `judged ${Object.keys(outputs).join(",")}`,
    ...options,
  });

describe("Toolbox", () => {
  it.each<[ToolName, unknown, string]>([
    ["read", { ref: "content/a.md#B" }, "## B\n\nbeta"],
    ["read", { ref: "./content//a.md" }, FILES["content/a.md"]],
    ["read", { ref: "content/none.md" }, "There is nothing at content/none.md."],
    ["list", { glob: "content/*.md" }, "content/a.md\ncontent/twice.md"],
    ["list", { glob: "content/x/**" }, "No file matches."],
    ["search", { pattern: "BETA", glob: "content/**" }, "content/a.md:3: alpha beta\ncontent/a.md:7: beta"],
    ["lookup", { concept: "spin.bundle" }, "## spin.bundle\n\nan entry"],
    ["lookup", { concept: "spin.none" }, "There is nothing at catalog.md#spin.none."],
  ])("answers %s %j and records the question with the digest of its answer", (tool, input, text) => {
    const tools = box();
    expect(tools.run(tool, input, {})).toEqual({ text, isError: false });
    expect(tools.reads).toHaveLength(1);
    const [record] = tools.reads;
    // A later check asks the same question again: it must come to the same digest.
    expect(value(answer(memoryView(FILES), record!.question)).record).toEqual(record);
    expect(record!.answer).toMatch(/^([0-9a-f]{64}|missing)$/);
  });

  it("records what is missing as missing, so that its appearance is a change", () => {
    const tools = box();
    tools.run("read", { ref: "content/none.md" }, {});
    expect(tools.reads[0]?.answer).toBe(MISSING);
    tools.run("read", { ref: "content/a.md" }, {});
    expect(tools.reads[1]?.answer).toBe(digestOf(FILES["content/a.md"]));
  });

  it("judges the outputs of the same message, and records nothing for it", () => {
    const tools = box();
    expect(tools.run("validate_unit", {}, { unit: "x" })).toEqual({ text: "judged unit", isError: false });
    expect(tools.reads).toEqual([]);
  });

  const WRONG: readonly (readonly [string, unknown])[] = [
    ["read", {}],
    ["read", null],
    ["read", undefined],
    ["read", []],
    ["read", "content/a.md"],
    ["read", { ref: 7 }],
    ["read", { ref: ["content/a.md"] }],
    ["read", { ref: "content/a.md", also: "secret.md" }],
    ["read", { ref: "" }],
    ["read", { ref: "x".repeat(1001) }],
    ["read", { ref: "/etc/passwd" }],
    ["read", { ref: "../outside.md" }],
    ["read", { ref: "content/../../outside.md" }],
    ["read", { ref: "content/../secret.md" }],
    ["read", { ref: "C:\\x" }],
    ["read", { ref: "content\\a.md" }],
    ["read", { ref: "content/a.md\0" }],
    ["read", { ref: "secret.md" }],
    ["read", { ref: ".git/config" }],
    ["read", { ref: ".env" }],
    ["read", { ref: "content/a.md#" }],
    ["read", { ref: "content/a.md#\n" }],
    ["read", { ref: "content/twice.md#Same" }],
    ["list", { glob: "/etc/*" }],
    ["list", { glob: "../**" }],
    ["list", { glob: "content/../../*" }],
    ["list", { glob: "content/{a,../../x}/*" }],
    ["list", { glob: "x".repeat(301) }],
    ["list", { glob: "" }],
    ["search", { pattern: "", glob: "**" }],
    ["search", { pattern: "   ", glob: "content/**" }],
    ["search", { pattern: "x".repeat(201), glob: "content/**" }],
    ["search", { pattern: "alpha", glob: "../**" }],
    ["search", { pattern: "alpha" }],
    ["lookup", { concept: "x".repeat(201) }],
    ["lookup", { concept: "" }],
    ["lookup", { concept: "a\nb" }],
    ["validate_unit", { unit: "x" }],
    ["propose_edit", { path: "content/a.md", find: "", replace: "x" }],
    ["propose_edit", { path: "content/a.md", find: "x".repeat(20_001), replace: "x" }],
    ["propose_edit", { path: "content/a.md", find: "alpha", replace: "x".repeat(100_001) }],
    ["propose_edit", { path: "content/a.md", find: "alpha" }],
    ["shell", { cmd: "id" }],
    ["__proto__", {}],
    ["constructor", {}],
    ["", {}],
  ];

  it.each(WRONG.map(([tool, input]) => ({ tool, input, shown: JSON.stringify(input)?.slice(0, 50) })))(
    "answers the wrong call $tool $shown with an error, and records nothing",
    ({ tool, input }) => {
      const tools = box();
      const result = tools.run(tool, input, {});
      expect(result.isError).toBe(true);
      expect(result.text).not.toBe("");
      expect(result.text).not.toContain("KEY=alpha");
      expect(tools.reads).toEqual([]);
      expect(tools.amended.size).toBe(0);
    },
  );

  it.each([
    ["list", { glob: "**" }],
    ["search", { glob: "**", pattern: "alpha" }],
  ])("does not let %s reach further than read", (tool, input) => {
    const tools = box();
    const result = tools.run(tool, input, {});
    expect(result).toMatchObject({ isError: true });
    // It says what to ask instead.
    expect(result.text).toContain("content/**");
    expect(result.text).not.toContain("secret.md:1");
    expect(tools.reads).toEqual([]);
  });

  it("reads the whole workspace where a rule does not say what to read, but not hidden folders", () => {
    const tools = box({ reads: ["**"] });
    expect(tools.run("read", { ref: "secret.md" }, {}).isError).toBe(false);
    expect(tools.run("search", { glob: "**/*.md", pattern: "alpha" }, {}).text).toContain("secret.md:1");
    for (const ref of [".git/config", ".env", ".codex/stat.json", "content/.git/config"]) {
      expect(tools.run("read", { ref }, {}).isError, ref).toBe(true);
    }
    expect(box({ reads: ["**", ".env"] }).run("read", { ref: ".env" }, {}).isError).toBe(false);
  });

  it("gives only the tools that are allowed, and says which", () => {
    const tools = box({ allowed: ["list", "search"] });
    expect(tools.run("read", { ref: "content/a.md" }, {})).toEqual({
      text: "there is no tool read; you have list, search",
      isError: true,
    });
    expect(box({ allowed: [] }).run("list", { glob: "*" }, {})).toEqual({
      text: "there is no tool list; you have none",
      isError: true,
    });
    expect(box({ lookup: undefined }).run("lookup", { concept: "x" }, {}).isError).toBe(true);
  });

  it("turns a glob that the disk refuses into an answer", () => {
    const tools = box({ view: new Files(disk().host) });
    expect(tools.run("list", { glob: "a\0b" }, {})).toMatchObject({ isError: true });
    expect(tools.run("search", { glob: "a\0b", pattern: "x" }, {})).toMatchObject({ isError: true });
  });

  it("turns whatever the workspace refuses into an answer", () => {
    const refusing: WorkspaceView = {
      bytes: () => {
        throw new FaultError(usageFault("the file is larger than 64 MiB", "content/a.md", "leave it out"));
      },
      list: () => ["content/a.md" as RepoPath],
    };
    const tools = box({ view: refusing });
    for (const [tool, input] of [
      ["read", { ref: "content/a.md" }],
      ["search", { glob: "content/**", pattern: "a" }],
      ["propose_edit", { path: "content/a.md", find: "a", replace: "b" }],
    ] as const) {
      const result = tools.run(tool, input, {});
      expect(result.isError, tool).toBe(true);
      expect(result.text).toContain("larger than 64 MiB");
    }
  });

  it("refuses globs that would take the age of the universe to match", () => {
    const name = "content/03-modern-geometry/09-spin-geometry/03.09.11-atiyah-singer-index-theorem-for-families.md";
    const tools = box({ view: memoryView({ [name]: "x" }) });
    const began = performance.now();
    for (const glob of [
      "**/*?*?*?*?*?*?*?*?*?*?X",
      "**/*[a-z]*[a-z]*[a-z]*[a-z]*[a-z]*[a-z]*[a-z]*X",
      "*?*?*?X/*?*?*?X/*?*?*?X",
      "*?*?*/*?*?*/*?*?*/*?*?*X",
    ]) {
      tools.run("list", { glob }, {});
    }
    expect(performance.now() - began).toBeLessThan(1000);
    for (const glob of ["content/**/*.md", "content/**/03.09.11-*.md", "content/*-modern-*/**/{03,04}.*-*.md"]) {
      expect(tools.run("list", { glob }, {}), glob).toMatchObject({ isError: false });
    }
  });

  it("never throws and never shows what it may not, whatever it is called with", () => {
    const { host, write } = disk();
    write("content/a.md", "alpha");
    write("secret.md", "TOP-SECRET");
    write(".git/config", "TOP-SECRET");
    const piece = fc.constantFrom(
      "content",
      "secret.md",
      "..",
      ".",
      "/",
      "*",
      "**",
      "{a,",
      "}",
      "[",
      "!",
      "(",
      "+(",
      ")",
      "\\",
      "\0",
      "#",
      "§",
      ".git",
      "a.md",
      "config",
      "~",
    );
    const hostile = fc.oneof(
      fc.array(piece, { maxLength: 6 }).map((parts) => parts.join("/")),
      fc.array(piece, { maxLength: 8 }).map((parts) => parts.join("")),
      fc.string(),
    );
    const input = fc.oneof(
      fc.record({ ref: hostile }),
      fc.record({ glob: hostile }),
      fc.record({ glob: hostile, pattern: fc.constantFrom("TOP", "alpha", "") }),
      fc.record({ concept: hostile }),
      fc.record({ path: hostile, find: fc.constantFrom("TOP", "alpha"), replace: hostile }),
      fc.anything(),
    );
    const files = new Files(host);
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom(...TOOL_NAMES), fc.string()), input, (tool, given) => {
        const tools = box({ view: files, amends: ["content/a.md" as RepoPath] });
        const result = tools.run(tool, given, {});
        expect(result.text).not.toContain("TOP-SECRET");
        expect(tools.reads.length).toBe(result.isError || tool === "validate_unit" || tool === "propose_edit" ? 0 : 1);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("propose_edit", () => {
  const edit = (tools: Toolbox, find: string, replace: string, path = "content/a.md") =>
    tools.run("propose_edit", { path, find, replace }, {});
  const A = "content/a.md" as RepoPath;

  it("keeps edits for the commit, each made upon the last, and writes nothing", () => {
    const tools = box();
    expect(edit(tools, "alpha", "$& gamma")).toEqual({ text: "proposed: one edit in content/a.md", isError: false });
    expect(edit(tools, "gamma", "delta").isError).toBe(false);
    expect([...tools.amended]).toEqual([[A, "# A\n\n$& delta beta\n\n## B\n\nbeta\n"]]);
    // Reads go on to answer from the workspace as it is.
    expect(tools.run("read", { ref: "content/a.md" }, {}).text).toBe(FILES["content/a.md"]);
    // What an edit took away can no longer be found.
    expect(edit(tools, "alpha", "x").isError).toBe(true);
  });

  it.each([
    ["beta", "occurs more than once"],
    ["\n\n", "occurs more than once"],
    ["nowhere", "does not occur"],
    ["ALPHA", "does not occur"],
  ])("refuses to replace %j", (find, why) => {
    const tools = box();
    expect(edit(tools, find, "x")).toMatchObject({ isError: true, text: expect.stringContaining(why) });
    expect(tools.amended.size).toBe(0);
  });

  it("sees that a text overlaps itself", () => {
    const tools = box({ view: memoryView({ "content/a.md": "aaa" }) });
    expect(edit(tools, "aa", "b").text).toContain("more than once");
  });

  it.each([
    "content/twice.md",
    "secret.md",
    "../content/a.md",
    "content/none.md",
    "/content/a.md",
    "content/a.md#B",
    "CONTENT/a.md",
  ])("refuses %s, which this pass does not amend", (path) => {
    const tools = box();
    expect(edit(tools, "one", "x", path).isError).toBe(true);
    expect(tools.amended.size).toBe(0);
  });

  it("says so when a declared file is not there", () => {
    expect(edit(box({ amends: ["content/gone.md" as RepoPath] }), "a", "b", "content/gone.md")).toEqual({
      text: "content/gone.md does not exist",
      isError: true,
    });
  });

  it("keeps a byte-order mark, and refuses to touch bytes that are no UTF-8", () => {
    const bom = box({ view: memoryView({ "content/a.md": "\uFEFFalpha\r\n" }) });
    expect(edit(bom, "alpha", "beta").isError).toBe(false);
    expect(bom.amended.get(A)).toBe("\uFEFFbeta\r\n");
    const broken = box({ view: memoryView({ "content/a.md": new Uint8Array([0x61, 0x62, 0xff, 0x0a]) }) });
    expect(edit(broken, "ab", "x")).toMatchObject({ isError: true, text: expect.stringContaining("UTF-8") });
  });

  it("counts as failed only what was not mended in the same file", () => {
    const tools = box();
    edit(tools, "not there", "x");
    expect(tools.failedEdits).toEqual([expect.stringContaining("does not occur in content/a.md")]);
    edit(tools, "alpha", "gamma");
    expect(tools.failedEdits).toEqual([]);
    edit(tools, "not there either", "x");
    edit(tools, "x", "y", "content/other.md");
    // The one elsewhere was refused: it is none of this pass's work.
    expect(tools.failedEdits).toEqual([expect.stringContaining("does not occur in content/a.md")]);
    edit(tools, "gamma", "delta");
    tools.run("propose_edit", { path: "content/a.md", find: "delta" }, {});
    expect(tools.failedEdits).toHaveLength(1);
    edit(tools, "delta", "alpha");
    expect(tools.failedEdits).toEqual([]);
  });
});

describe("toolSpec", () => {
  it.each(TOOL_NAMES.map((name) => [name]))("describes %s as a JSON schema that admits nothing undeclared", (name) => {
    const spec = toolSpec(name);
    expect(spec.description).not.toBe("");
    expect(spec.inputSchema).toMatchObject({ type: "object", additionalProperties: false });
    expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
  });
});

describe("calls that repeat", () => {
  it("are answered twice, then told, then end the session; the order of keys makes no difference", () => {
    const tools = box();
    const ask = (input: unknown) => tools.run("search", input, {});
    const glob = "content/**";
    expect(ask({ pattern: "alpha", glob }).isError).toBe(false);
    expect(ask({ glob, pattern: "alpha" }).isError).toBe(false);
    expect(ask({ pattern: "beta", glob }).isError).toBe(false);
    expect(ask({ glob, pattern: "alpha" })).toMatchObject({ isError: true, text: expect.stringContaining("3 times") });
    expect(ask({ pattern: "alpha", glob })).toMatchObject({ isError: true, loops: true });
    expect(ask({ pattern: "beta", glob }).isError).toBe(false);
  });

  it("may judge other outputs as often as they like", () => {
    const tools = box();
    for (let n = 0; n < 9; n++) expect(tools.run("validate_unit", {}, { unit: `draft ${n}` }).isError).toBe(false);
    for (let n = 0; n < 2; n++) tools.run("validate_unit", {}, { unit: "the same" });
    expect(tools.run("validate_unit", {}, { unit: "the same" }).isError).toBe(true);
  });

  it("are noticed where they are wrong in the same way, too", () => {
    const tools = box();
    for (let n = 0; n < 3; n++) tools.run("read", { ref: 7 }, {});
    expect(tools.run("read", { ref: 8 }, {}).loops).toBe(true);
  });
});
