/** Finding, compiling and keeping the configuration: what is kept is used only while all that it was made of is as it was. */
import * as nodeFs from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { digestOf } from "../../src/artifact/digest.ts";
import { type Loaded, loadConfig } from "../../src/cli/load-config.ts";
import type { Fault } from "../../src/fault.ts";
import { type Disk, disk } from "../artifact/disk.ts";

const compilations = vi.hoisted(() => ({ count: 0 }));
vi.mock("rolldown", async (original) => {
  const real = (await original()) as { readonly rolldown: (options: object) => Promise<unknown> };
  return {
    ...real,
    rolldown(options: object) {
      compilations.count++;
      return real.rolldown(options);
    },
  };
});

// The build puts the version in.
const version = (value: string): unknown => vi.stubGlobal("CODEX_VERSION", value);
beforeEach(() => {
  version("test");
  compilations.count = 0;
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
});

const CONFIG = `
import { call, collection, defineConfig, file, rule } from "codex-build";
import { names } from "./lib/names.ts";
const things = collection("thing", { items: names.map((name) => ({ name })), key: (thing) => thing.name });
const one = rule({ name: "one", each: things, outputs: ({ thing }) => ({ to: file(\`out/\${thing.name}\`) }), run: call(() => ({ outputs: { to: "x" } })) });
export default defineConfig({ rules: [one], pools: { a: names.length } });
`;
const FILES = {
  "codex.config.ts": CONFIG,
  "lib/names.ts": 'import { more } from "../other/more.ts";\nexport const names: readonly string[] = ["a", ...more];\n',
  "other/more.ts": 'export const more = ["b"];\n',
};
const KEPT = ".codex/config.json";

function workspace(files: Readonly<Record<string, string>> = FILES): Disk {
  const made = disk();
  for (const [path, text] of Object.entries(files)) made.write(path, text);
  return made;
}

async function load({ host }: Disk, from = host.root): Promise<Loaded> {
  const loaded = await loadConfig(nodeFs, from);
  if (!loaded.ok) throw new Error(`${loaded.error.where}: ${loaded.error.what}`);
  return loaded.value;
}

async function faultOf({ host }: Disk, from = host.root): Promise<Fault> {
  const loaded = await loadConfig(nodeFs, from);
  if (loaded.ok) throw new Error("it was loaded without a fault");
  return loaded.error;
}

/** Loads and keeps, as a command that writes does. */
async function build(made: Disk): Promise<Loaded> {
  const loaded = await load(made);
  loaded.keep(made.host);
  return loaded;
}

describe("finding", () => {
  test("in the folder, or in one above: that is the workspace", async () => {
    const made = workspace();
    made.write("content/deep/a.md", "");
    expect(await load(made)).toMatchObject({ root: made.host.root, path: made.at("codex.config.ts") });
    expect((await load(made, made.at("content/deep"))).root).toBe(made.host.root);
  });

  test("past a package of its own on the way up", async () => {
    const made = workspace();
    made.write("packages/x/package.json", "{}");
    expect((await load(made, made.at("packages/x"))).root).toBe(made.host.root);
  });

  test.each(["codex.config.mjs", "codex.config.js"])("%s", async (name) => {
    const made = workspace({
      [name]: CONFIG.replace('import { names } from "./lib/names.ts";', 'const names = ["a"];'),
    });
    expect((await load(made)).config.pools).toEqual({ a: 1 });
  });

  test("none is a fault that says what to do", async () => {
    const made = workspace({ "a.txt": "" });
    expect(await faultOf(made)).toMatchObject({
      exit: 2,
      what: expect.stringContaining("there is no codex.config.ts"),
      where: made.host.root,
    });
  });

  test.each([
    ["config.ts", "export default {};"],
    ["config.json", "{ broken"],
    ["config.yaml", "a: [broken"],
    ["config", "a: [broken"],
    ["config.js", "throw new Error('run');"],
    ["config.cjs", "throw new Error('run');"],
  ])("never in the person's own settings, which may be another program's: %s", async (name, text) => {
    const made = workspace({ "a.txt": "" });
    const settings = join(made.outside, "settings");
    nodeFs.mkdirSync(join(settings, "codex"), { recursive: true });
    nodeFs.writeFileSync(join(settings, "codex", name), text);
    vi.stubEnv("XDG_CONFIG_HOME", settings);
    vi.stubEnv("HOME", made.outside);
    expect((await faultOf(made)).what).toContain("there is no codex.config.ts");
    expect(compilations.count).toBe(0);
  });
});

describe("compiling", () => {
  test("takes in the workspace's own TypeScript, through as many files as it is in", async () => {
    const { config } = await load(workspace());
    expect(config.pools).toEqual({ a: 2 });
    expect(config.rules.map((rule) => rule.name)).toEqual(["one"]);
  });

  test("leaves packages to be required when it runs, and gives the engine's own API", async () => {
    const made = workspace({
      "codex.config.ts": `import { basename } from "node:path";\nimport { size } from "some-package";\nimport { FaultError } from "codex-build";\n${CONFIG.replace(/import \{ names.*/, "const names = [basename('x/a')];").replace("a: names.length", "a: size + FaultError.length")}`,
      "node_modules/some-package/package.json": '{ "name": "some-package", "main": "main.js" }',
      "node_modules/some-package/main.js": "exports.size = 41;",
    });
    const { config } = await build(made);
    expect(config.pools).toEqual({ a: 42 });
    expect(made.read(KEPT)).not.toContain("exports.size = 41");
  });

  test.each<[name: string, files: Readonly<Record<string, string>>, what: RegExp]>([
    [
      "a syntax error, with its line",
      { ...FILES, "codex.config.ts": `${CONFIG}\nconst = 3;\n` },
      /cannot be compiled[\s\S]*codex\.config\.ts:8/,
    ],
    [
      "a syntax error in a file that it imports",
      { ...FILES, "lib/names.ts": "export const names = [;\n" },
      /cannot be compiled[\s\S]*names\.ts:1/,
    ],
    ["a file that is not there", { "codex.config.ts": CONFIG }, /cannot be compiled[\s\S]*lib\/names/],
    [
      "a name that the file does not export",
      { ...FILES, "lib/names.ts": "export const others = [];\n" },
      /cannot be compiled[\s\S]*names|failed while loading/,
    ],
    [
      "a package that is not installed",
      { "codex.config.ts": 'import x from "not-installed-anywhere";\nexport default x;\n' },
      /failed while loading[\s\S]*not-installed-anywhere/,
    ],
    [
      "an error while it runs",
      { "codex.config.ts": "throw new Error('broken here');" },
      /failed while loading: broken here/,
    ],
    ["something thrown that is no error", { "codex.config.ts": "throw 'a text';" }, /failed while loading: a text/],
    ["no default export", { "codex.config.ts": "export const config = {};" }, /no default export/],
    ["a wrong key", { ...FILES, "codex.config.ts": CONFIG.replace("pools:", "pool:") }, /pool/],
    [
      "a fault of the API",
      { "codex.config.ts": 'import { file } from "codex-build";\nfile("../x");\nexport default {};' },
      /climb/,
    ],
  ])("%s", async (_name, files, what) => {
    const made = workspace(files);
    const fault = await faultOf(made);
    expect(fault).toMatchObject({ exit: 2, where: expect.stringContaining("codex.config.ts") });
    expect(fault.what).toMatch(what);
    // Plain text, whatever the compiler prints.
    expect(fault.what).not.toContain("\u001b");
    expect(nodeFs.existsSync(made.at(KEPT))).toBe(false);
  });
});

/** What was kept, which stands behind its digest. */
const keptIn = (text: string): object => JSON.parse(text.slice(text.indexOf("\n") + 1)) as object;
/** The same with something else in it, and the digest of that. */
function withOther(text: string, changes: object): string {
  const data = JSON.stringify({ ...keptIn(text), ...changes });
  return `${digestOf(data)}\n${data}\n`;
}

describe("keeping", () => {
  test("is up to the command: loading writes nothing", async () => {
    const made = workspace();
    await load(made);
    expect(nodeFs.existsSync(made.at(".codex"))).toBe(false);
    expect(compilations.count).toBe(1);
  });

  test("a second load takes what was kept, without the compiler, and is the same", async () => {
    const made = workspace();
    const first = await build(made);
    const kept = made.read(KEPT);
    const second = await build(made);
    expect(compilations.count).toBe(1);
    expect(second.config.pools).toEqual(first.config.pools);
    expect(second.config.rules.map((rule) => rule.name)).toEqual(["one"]);
    expect(made.read(KEPT)).toBe(kept);
  });

  test("names every file of the workspace that went in", async () => {
    const made = workspace();
    await build(made);
    const { inputs } = keptIn(made.read(KEPT)) as { inputs: [string, string][] };
    expect(inputs.map(([path]) => path).toSorted()).toEqual(Object.keys(FILES).map(made.at).toSorted());
  });

  test.each<[path: string, from: string, to: string, pools: number]>([
    ["codex.config.ts", "a: names.length", "a: 7", 7],
    ["lib/names.ts", '"a"', '"a", "c"', 3],
    ["other/more.ts", '["b"]', "[]", 1],
  ])("an edit of %s is seen at once, and kept in turn", async (path, from, to, pools) => {
    const made = workspace();
    await build(made);
    made.write(path, made.read(path).replace(from, to));
    expect((await build(made)).config.pools).toEqual({ a: pools });
    expect(compilations.count).toBe(2);
    expect((await build(made)).config.pools).toEqual({ a: pools });
    expect(compilations.count).toBe(2);
  });

  test("an edit that is taken back compiles again, and gives what it gave", async () => {
    const made = workspace();
    await build(made);
    const before = made.read(KEPT);
    made.write("other/more.ts", "export const more = [];\n");
    await build(made);
    made.write("other/more.ts", FILES["other/more.ts"]);
    expect((await build(made)).config.pools).toEqual({ a: 2 });
    expect(made.read(KEPT)).toBe(before);
  });

  test("a file that is gone is missed", async () => {
    const made = workspace();
    await build(made);
    nodeFs.rmSync(made.at("other/more.ts"));
    expect((await faultOf(made)).what).toContain("more");
  });

  test("a file beside the configuration that was not imported is nothing to it", async () => {
    const made = workspace();
    await build(made);
    made.write("lib/unrelated.ts", "export const x = 1;\n");
    await build(made);
    expect(compilations.count).toBe(1);
  });

  test("another version of Codex compiles for itself", async () => {
    const made = workspace();
    await build(made);
    version("another");
    await build(made);
    expect(compilations.count).toBe(2);
  });

  test("a folder that was moved, or copied with what was kept, compiles again", async () => {
    const made = workspace();
    await build(made);
    nodeFs.cpSync(made.host.root, made.at("../copy"), { recursive: true });
    const copy = await loadConfig(nodeFs, made.at("../copy"));
    expect(copy.ok && copy.value.root).toBe(nodeFs.realpathSync(made.at("../copy")));
    expect(compilations.count).toBe(2);
  });

  test.each<[name: string, damage: (kept: string) => string]>([
    ["empty", () => ""],
    ["torn", (kept) => kept.slice(0, kept.length / 2)],
    ["no object", () => "null"],
    ["with a flipped bit in its code", (kept) => kept.replace("names.length", "names.lengti")],
    ["without its inputs", (kept) => withOther(kept, { inputs: [] })],
    ["for other files", (kept) => withOther(kept, { inputs: [["/etc/hostname", "0"]] })],
    ["with a digest that a person changed", (kept) => kept.replace(/"[0-9a-f]{64}"/, `"${"0".repeat(64)}"`)],
  ])("what was kept and is now %s is made again", async (_name, damage) => {
    const made = workspace();
    await build(made);
    const kept = made.read(KEPT);
    made.write(KEPT, damage(kept));
    expect((await build(made)).config.pools).toEqual({ a: 2 });
    expect(compilations.count).toBe(2);
    expect(made.read(KEPT)).toBe(kept);
  });
});
