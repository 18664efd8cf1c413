/**
 * The documentation is held to what Codex does: its code blocks are run, its links followed, and its lists of
 * commands, options, keys and exports compared with the code.
 */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TOOL_NAMES } from "../../src/agents/tools.ts";
import { pilot } from "../scenarios/harness.ts";
import { difference, type Snippet, snippetsOf } from "./snippets.ts";
import { exportsOf, keysOfInterface, keysOfSchema, keysOfUnion } from "./sources.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");

const documents = [
  "README.md",
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`)
    .sort(),
];
/** Pages for readers; catalogs are data that the campaign's passes write. */
const pages = documents.filter((path) => !path.startsWith("docs/catalogs/"));

const scenarios = new Map<string, Snippet[]>();
for (const path of pages) {
  for (const snippet of snippetsOf(read(path), path)) {
    const of = scenarios.get(snippet.scenario) ?? [];
    if (of[0] !== undefined && !of[0].where.startsWith(`${path}:`))
      throw new Error(`${snippet.where}: the name ${snippet.scenario} is taken in ${of[0].where}`);
    scenarios.set(snippet.scenario, [...of, snippet]);
  }
}

let workshop = "";
const folderOf = (scenario: string): string => join(workshop, scenario);

function run(command: string, cwd: string): { readonly code: number | null; readonly text: string } {
  const env = {
    ...process.env,
    PATH: `${join(workshop, "bin")}:${process.env.PATH}`,
    NO_COLOR: "1",
    // `npx codex` runs what was built here or fails: it never fetches something else of that name.
    npm_config_offline: "true",
    npm_config_update_notifier: "false",
  };
  const { status, stdout } = spawnSync("bash", ["-e", "-c", `exec 2>&1\n${command}`], {
    cwd,
    env,
    encoding: "utf8",
    timeout: 60_000,
  });
  return { code: status, text: stdout };
}

/** Puts a program on the path of the commands that are run. */
function program(name: string, script: string): void {
  const path = join(workshop, "bin", name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
}

beforeAll(() => {
  if (!existsSync(join(root, "dist/cli.cjs"))) throw new Error("dist/cli.cjs is missing: run `npm run build` first");
  workshop = mkdtempSync(join(tmpdir(), "codex-docs-"));
  // A copy of what was built: a build beside these tests must not take it away from under them.
  for (const part of ["bin", "dist"]) cpSync(join(root, part), join(workshop, "clone", part), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(workshop, "clone/node_modules"));
  const cli = join(workshop, "clone/bin/codex.cjs");
  program("codex", `exec "${process.execPath}" "${cli}" "$@"`);
  // Packages are installed and Codex is built already: what is left of `npm ci` is the link that `npx` looks for.
  program("npm", `[ "$*" = ci ] && mkdir -p node_modules/.bin && ln -s "${cli}" node_modules/.bin/codex`);
});
afterAll(() => rmSync(workshop, { recursive: true, force: true }));

/**
 * Follows one scenario as a reader would.
 * @param from a folder to begin with a copy of; an empty one where it is left out.
 */
function follow(scenario: string, from?: string): void {
  const folder = folderOf(scenario);
  if (from === undefined) mkdirSync(folder);
  else cpSync(from, folder, { recursive: true, preserveTimestamps: true });
  let printed: string | undefined;
  for (const { where, text, kind } of scenarios.get(scenario)!) {
    switch (kind.type) {
      case "file":
        mkdirSync(dirname(join(folder, kind.path)), { recursive: true });
        writeFileSync(join(folder, kind.path), text);
        break;
      case "shell": {
        const result = run(text, folder);
        expect(result.code, `${where}: the exit code; it printed\n${result.text}`).toBe(kind.exit);
        printed = result.text;
        break;
      }
      case "output":
        if (printed === undefined) throw new Error(`${where}: nothing was run that could have printed this`);
        expect(difference(text, printed), `${where}: it printed\n${printed}`).toEqual({ missing: [], extra: [] });
        break;
    }
  }
}

/** What a scenario begins with: what the tutorial left, this repository's campaign, or nothing. */
function beginningOf(scenario: string): string | undefined {
  if (scenario.startsWith("tutorial-")) return folderOf("tutorial");
  return scenario.startsWith("pilot-") ? pilot().root : undefined;
}

describe("code blocks", { timeout: 120_000 }, () => {
  const started = [...scenarios.keys()];

  it("are there", () =>
    expect(started).toEqual(expect.arrayContaining(["first-rule", "pilot", "tutorial", "write-a-rule"])));

  it("README: the first rule builds", () => {
    follow("first-rule");
    mkdirSync(join(folderOf("first-rule"), "notes"));
    writeFileSync(join(folderOf("first-rule"), "notes/one.txt"), "hello\n");
    const result = run("codex build", folderOf("first-rule"));
    expect(result.code, result.text).toBe(0);
    expect(readFileSync(join(folderOf("first-rule"), "loud/one.txt"), "utf8")).toBe("HELLO\n");
  });

  it("README: the pilot, in a copy of this repository's campaign", () => follow("pilot", pilot().root));

  it("tutorial", () => follow("tutorial"));

  for (const scenario of started.filter((name) => !["first-rule", "pilot", "tutorial"].includes(name))) {
    // `tutorial-…`: goes on from where the tutorial ends.
    it(scenario, () => follow(scenario, beginningOf(scenario)));
  }

  it("are typed correctly", () => {
    const files = started.flatMap((scenario) =>
      scenarios
        .get(scenario)!
        .flatMap(({ kind }) =>
          kind.type === "file" && kind.path.endsWith(".ts") ? [join(folderOf(scenario), kind.path)] : [],
        ),
    );
    const checked = ts.createProgram([...new Set(files)], {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      allowImportingTsExtensions: true,
      target: ts.ScriptTarget.ES2023,
      lib: ["lib.es2023.d.ts"],
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      typeRoots: [join(root, "node_modules/@types")],
      types: ["node"],
      paths: { "codex-build": [join(root, "src/index.ts")] },
    });
    const faults = files
      .flatMap((file) => [
        ...checked.getSyntacticDiagnostics(checked.getSourceFile(file)),
        ...checked.getSemanticDiagnostics(checked.getSourceFile(file)),
      ])
      .map(
        ({ file, start, messageText }) =>
          `${relative(workshop, file?.fileName ?? "")}: ${file?.text.slice(start, (start ?? 0) + 60).split("\n")[0]}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`,
      );
    expect(faults).toEqual([]);
  });

  /** The blocks in a language that are not run. */
  const unmarked = (language: string): string[] =>
    pages.flatMap((path) => {
      const lines = read(path).split("\n");
      return lines.flatMap((line, index) =>
        line === `\`\`\`${language}` && !lines[index - 1]?.startsWith("<!-- test:")
          ? [`${path}: ${lines.slice(index + 1, lines.indexOf("```", index)).join("\n")}`]
          : [],
      );
    });

  it("leave no whole configuration unmarked", () =>
    expect(unmarked("ts").filter((block) => block.includes("export default defineConfig"))).toEqual([]));

  it("leave no commands unmarked but those that run or need these tests' own surroundings", () =>
    expect(unmarked("sh")).toEqual([
      "README.md: npm test",
      'docs/tutorial.md: export PATH="$PWD/node_modules/.bin:$PATH"',
    ]));
});

describe("links", () => {
  const linksOf = (path: string): string[] =>
    [...withoutCode(read(path)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!);
  const withoutCode = (text: string): string =>
    text.replace(/^(```+|~~~+)[^\n]*\n[\s\S]*?^\1[ \t]*$/gm, "").replace(/`[^`\n]*`/g, "");
  /** GitHub's anchors: lower case, punctuation dropped, spaces to hyphens. */
  const anchorsOf = (path: string): string[] =>
    [...withoutFences(read(path)).matchAll(/^#+ +(.+)$/gm)].map(([, title]) =>
      title!
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, "")
        .trim()
        .replace(/\s/g, "-"),
    );
  const withoutFences = (text: string): string => text.replace(/^```[^\n]*\n[\s\S]*?^```[ \t]*$/gm, "");

  it.each(documents)("%s", (path) => {
    const broken = linksOf(path).flatMap((target) => {
      if (/^[a-z]+:/.test(target)) return [];
      const [file, anchor] = target.split("#") as [string, string?];
      const to = file === "" ? path : join(dirname(path), file);
      if (!existsSync(join(root, to))) return [`${target} does not exist`];
      return anchor !== undefined && !anchorsOf(to).includes(anchor) ? [`${target}: no such heading`] : [];
    });
    expect(broken).toEqual([]);
  });

  it("lead from the README to every page", () => {
    const targets = linksOf("README.md").map((target) => target.split("#")[0]!);
    // A link to a folder shows what is in it.
    const isLinked = (page: string): boolean =>
      targets.some((target) => target === page || (target.endsWith("/") && page.startsWith(target)));
    expect(pages.filter((page) => page !== "README.md" && !isLinked(page))).toEqual([]);
  });
});

describe("docs/reference/cli.md", () => {
  const helps = new Map<string, string>();
  const help = (command: string): string => {
    const text = helps.get(command) ?? run(`codex ${command} --help`, workshop).text;
    helps.set(command, text);
    return text;
  };
  const optionsIn = (text: string): string[] =>
    [...text.matchAll(/^ {2}((?:-\w, )?--[a-z-]+(?: <[\w.=]+>)?)(?=\s)/gm)]
      .map(([, option]) => option!)
      .filter((option) => !option.includes("--help"));
  const sections = new Map(
    [...read("docs/reference/cli.md").matchAll(/^## codex ([a-z]+)[^\n]*\n([\s\S]*?)(?=^## |$(?![\s\S]))/gm)].map(
      ([, name, text]) => [name!, text!],
    ),
  );
  const documented = (text: string): string[] =>
    [...text.matchAll(/^\| `((?:-\w, )?--[^`]+)` \|/gm)].map(([, option]) => option!);

  /** The commands that a help lists: all of them, or those inside one. */
  const commandsIn = (text: string): string[] =>
    [...(text.split("Commands:")[1]?.split("\n\n")[0] ?? "").matchAll(/^ {2}([a-z]+) /gm)]
      .map(([, name]) => name!)
      .filter((name) => name !== "help");
  /** What `--help` says of a command and of those inside it, which share a section: `codex cache gc`. */
  const helpsOf = (command: string): string[] => [
    help(command),
    ...commandsIn(help(command)).map((inner) => help(`${command} ${inner}`)),
  ];
  const optionsOf = (command: string): string[] => [...new Set(helpsOf(command).flatMap(optionsIn))];

  it("has a section for each command and for nothing else", () =>
    expect([...sections.keys()].sort()).toEqual(commandsIn(help("")).sort()));

  it("has every option that there is, and no other", () => {
    for (const [command, text] of sections) expect(documented(text), command).toEqual(optionsOf(command));
  });

  it("has every choice that an option has", () => {
    for (const [command, text] of sections) {
      for (const [, choices] of helpsOf(command)
        .join()
        .replace(/\s+/g, " ")
        .matchAll(/choices: ((?:"[^"]+"(?:, )?)+)/g)) {
        for (const [, choice] of choices!.matchAll(/"([^"]+)"/g)) expect(text, command).toContain(`\`${choice}\``);
      }
    }
  });

  it("no page names a command or an option that does not exist", () => {
    const unknown = pages.flatMap((path) =>
      [...read(path).matchAll(/\bcodex ([a-z]+)((?:[ \t]+[^\s`|&;]+)*)/g)].flatMap(([text, command, rest]) => {
        const inCode = new RegExp(`[\`\\n]${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`).test(`\n${read(path)}`);
        if (!inCode) return [];
        if (!sections.has(command!)) return [`${path}: ${text}`];
        const options = optionsOf(command!).flatMap((option) =>
          option.split(/[ ,]+/).filter((word) => word.startsWith("-")),
        );
        return [...rest!.matchAll(/(?<=\s)(--?[a-z][a-z-]*)/g)]
          .filter(([, option]) => ![...options, "--help"].includes(option!))
          .map(([, option]) => `${path}: codex ${command} ${option}`);
      }),
    );
    expect(unknown).toEqual([]);
  });

  it("has every event with every key", () => {
    const rows = new Map(
      [...read("docs/reference/events.md").matchAll(/^\| `(\w+)` \| (.*) \|$/gm)].map(([, name, keys]) => [
        name!,
        keys!,
      ]),
    );
    const source = read("src/events.ts");
    for (const [type, keys] of keysOfUnion(source, "Event")) {
      for (const key of keys.filter((each) => each !== "at")) expect(rows.get(type), type).toContain(`\`${key}\``);
    }
    for (const key of keysOfInterface(source, "BuildSummary"))
      expect(rows.get("buildFinished")).toContain(`\`${key}\``);
  });

  it("shows the JSON of a dry run as it is", () => {
    const folder = folderOf("dry-run-json");
    mkdirSync(folder);
    writeFileSync(join(folder, "codex.config.ts"), EVERY_GROUP);
    // Plan b cannot be read; plan c is not written yet.
    run("codex build plan/a || codex approve plan/a/make.gate", folder);
    writeFileSync(join(folder, "plans/b.json"), "[");
    const printed = run("codex build -n --json", folder).text;
    const example = /```json\n([\s\S]*?)```/.exec(sections.get("build")!)![1]!;
    expect(shapeOf(JSON.parse(example))).toEqual(shapeOf(JSON.parse(printed)));
  });

  it("names every exit code", () => {
    const codes = [...read("src/cli/exit.ts").matchAll(/^ {2}\w+: (\d+)/gm)].map(([, code]) => code!);
    const table = [...read("docs/reference/cli.md").matchAll(/^\| (\d+) \|/gm)].map(([, code]) => code!);
    expect(table).toEqual(codes);
  });
});

/** A campaign of which a dry run has something to say in each of its lists. */
const EVERY_GROUP = `
import { call, collection, defineConfig, file, rule } from "codex-build";
const plans = collection("plan", { items: [{ name: "a" }, { name: "b" }, { name: "c" }], key: (plan) => plan.name });
const steps = plans.within("step", {
  from: ({ plan }) => file(\`plans/\${plan.name}.json\`),
  items: (text): string[] => JSON.parse(text),
  key: (step) => step,
});
const make = rule({
  name: "make",
  each: plans,
  outputs: ({ plan }) => ({ list: file(\`plans/\${plan.name}.json\`) }),
  run: call(() => ({ outputs: { list: '["one"]' } })),
  gate: "after",
});
const step = rule({
  name: "step",
  each: steps,
  outputs: ({ plan, step }) => ({ done: file(\`done/\${plan.name}-\${step}.txt\`) }),
  run: call(() => ({ outputs: { done: "done" } })),
});
export default defineConfig({ rules: [make, step] });
`;

/** The keys of JSON, all the way down; a list by its first element, of which there must be one. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) {
    if (value.length === 0) throw new Error("an empty list shows nothing");
    return [shapeOf(value[0])];
  }
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]));
}

describe("references", () => {
  const tableOf = (path: string): string[] => [...read(path).matchAll(/^\| `([\w.]+)`/gm)].map(([, name]) => name!);

  it("config.md has every key of the configuration, and no other", () => {
    expect(tableOf("docs/reference/config.md").sort()).toEqual(
      keysOfSchema(read("src/rules/config.ts"), "configSchema").sort(),
    );
  });

  it("write-a-rule.md has every key of a rule", () => {
    const keys = [
      ...keysOfInterface(read("src/rules/rule.ts"), "RuleSpec"),
      ...keysOfSchema(read("src/rules/config.ts"), "ruleSchema"),
    ].filter((key) => key !== "kind");
    expect(tableOf("docs/how-to/write-a-rule.md")).toEqual(expect.arrayContaining([...new Set(keys)]));
  });

  it("api.md has every export, and no other", () => {
    expect(tableOf("docs/reference/api.md").sort()).toEqual(exportsOf(read("src/index.ts")).sort());
  });

  it("write-a-prompt.md has every tool", () =>
    expect(tableOf("docs/how-to/write-a-prompt.md")).toEqual(expect.arrayContaining([...TOOL_NAMES])));

  it("protocol.md names sources and tests that are there", () => {
    const there = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" });
    const isThere = (name: string): boolean =>
      name.endsWith(".test.ts")
        ? existsSync(join(root, "test", name))
        : existsSync(join(root, name)) || there.some((path) => path.endsWith(`/${name}`));
    const named = [...read("docs/protocol.md").matchAll(/`((?:src\/[\w/-]+|[\w/-]+)(?:\.test)?\.ts)`/g)].map(
      ([, name]) => name!,
    );
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter((name) => !isThere(name))).toEqual([]);
  });

  it("staleness.md has every state and every reason", () => {
    const text = read("docs/explanation/staleness.md");
    const described = [...read("src/graph/reason.ts").matchAll(/return (?:"|`)([^"`$]+)/g)].map(([, words]) =>
      words!.trim(),
    );
    for (const words of described) expect(text).toContain(words);
    for (const [, state] of read("src/graph/describe.ts").matchAll(/case "(\w+)":/g)) {
      expect(text).toContain(state === "blockedByEdit" ? "blocked by an edit" : `**${state}**`);
    }
  });
});
