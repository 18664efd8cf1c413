/**
 * Finds, compiles and checks `codex.config.ts`. cosmiconfig finds it; rolldown bundles it with what it imports from
 * the workspace, so that no loader has to be installed and nothing is written beside it. The bundle is kept under
 * `.codex/` by the content of every file that went into it.
 */
import { createRequire } from "node:module";
import { basename, dirname, relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { compileFunction } from "node:vm";
import { cosmiconfig } from "cosmiconfig";
import { digestOf } from "../artifact/digest.ts";
import { keep, readKept } from "../cache/kept.ts";
import { CONFIG_NAMES } from "../cache/null-build.ts";
import { type Fault, usageFault } from "../fault.ts";
import type { Host } from "../host.ts";
import * as api from "../index.ts";
import { err, ok, type Result } from "../result.ts";
import { type Config, checkConfig } from "../rules/config.ts";

export interface Loaded {
  readonly config: Config;
  /** Absolute path of the configuration file. */
  readonly path: string;
  /** The workspace: the folder that the file is in. */
  readonly root: string;
  /** Keeps the compiled configuration for next time. Read-only commands do not call it. */
  readonly keep: (host: Host) => void;
  /** Every file that went into it, absolute, with its digest. */
  readonly inputs: readonly (readonly [path: string, digest: string])[];
  /** Whether its code asks for nothing but its own files and Codex: what it says then follows from its text. */
  readonly isSelfContained: boolean;
}

interface Compiled {
  readonly code: string;
  /** Every file of the workspace that went into it, with its digest. */
  readonly inputs: readonly (readonly [string, string])[];
}

/** Words by which code reaches for what is not in it. One in a text does no harm: less is taken for granted, that is all. */
const REACHING =
  /\b(?:process|globalThis|global|Date|random|performance|crypto|eval|Function|import|Intl|localeCompare)\b|\btoLocale|\brequire\((?!"codex-build"\))/;
/** All that the search may come upon: cosmiconfig's own loaders would run or parse what is not ours. */
const EXTENSIONS = [".ts", ".mjs", ".js", ".cjs", ".json", ".yaml", ".yml", "noExt"];
const KEPT = "config.json";

/** @param from the folder to search from, upwards. */
export async function loadConfig(fs: Host["fs"], from: string): Promise<Result<Loaded, Fault>> {
  let compiled: Result<{ compiled: Compiled; cached: boolean }, Fault> | undefined;
  const loader = async (path: string): Promise<unknown> => {
    // The search ends in the person's own settings (~/.config/codex), where another program of this name may keep its own.
    if (CONFIG_NAMES.includes(basename(path))) compiled = await compile(fs, path);
    return {};
  };
  const explorer = cosmiconfig("codex", {
    searchPlaces: CONFIG_NAMES,
    searchStrategy: "global",
    loaders: Object.fromEntries(EXTENSIONS.map((extension) => [extension, loader])),
    cache: false,
  });
  const found = await explorer.search(from);
  if (found === null || compiled === undefined) {
    return err(
      usageFault(
        `there is no codex.config.ts here or in a folder above`,
        from,
        "go to your campaign's folder, or make this one a campaign: codex init",
      ),
    );
  }
  const path = found.filepath;
  const name = relative(from, path) || path;
  if (!compiled.ok) return compiled;
  const { compiled: bundle, cached } = compiled.value;
  const exported = evaluate(bundle.code, path, name);
  if (!exported.ok) return exported;
  const config = checkConfig(exported.value, name);
  if (!config.ok) return config;
  return ok({
    config: config.value,
    path,
    root: dirname(path),
    inputs: bundle.inputs,
    isSelfContained: !REACHING.test(bundle.code),
    keep(host) {
      if (!cached) keep(host, KEPT, { version: CODEX_VERSION, ...bundle });
    },
  });
}

async function compile(fs: Host["fs"], path: string): Promise<Result<{ compiled: Compiled; cached: boolean }, Fault>> {
  const known = readCache(fs, path);
  if (known !== undefined) return ok({ compiled: known, cached: true });
  const { rolldown } = await import("rolldown");
  try {
    const bundle = await rolldown({
      input: path,
      platform: "node",
      cwd: dirname(path),
      // Packages are required at run time; the workspace's own files are bundled.
      external: (id) => !id.startsWith(".") && !id.startsWith("/"),
      logLevel: "silent",
    });
    const { output } = await bundle.generate({ format: "cjs", exports: "named" });
    await bundle.close();
    const chunk = output[0];
    const inputs = chunk.moduleIds
      .filter((id) => id.startsWith("/"))
      .map((id) => [id, digestOf(fs.readFileSync(id))] as const);
    return ok({ compiled: { code: chunk.code, inputs }, cached: false });
  } catch (error) {
    const message = stripVTControlCharacters((error as Error).message).trim();
    return err(usageFault(`it cannot be compiled: ${message}`, relative(process.cwd(), path), "correct the file"));
  }
}

function readCache(fs: Host["fs"], path: string): Compiled | undefined {
  try {
    // Code with a flipped bit would run, and be another configuration.
    const cached = readKept({ fs, root: dirname(path) }, KEPT) as (Compiled & { version: string }) | undefined;
    const same =
      cached?.version === CODEX_VERSION &&
      cached.inputs[0] !== undefined &&
      cached.inputs.some(([file]) => file === path);
    return same && cached.inputs.every(([file, digest]) => digestOf(fs.readFileSync(file)) === digest)
      ? cached
      : undefined;
  } catch {
    // Missing, damaged, or one of its files is gone: compile again.
    return undefined;
  }
}

function evaluate(code: string, path: string, name: string): Result<unknown, Fault> {
  const fromThere = createRequire(path);
  // The engine's own classes, not a second copy of them.
  const require = (id: string): unknown => (id === "codex-build" ? api : fromThere(id));
  const module = { exports: {} as { default?: unknown } };
  try {
    compileFunction(code, ["module", "exports", "require", "__filename", "__dirname"], {
      // Lines in traces are those of the bundle, and say so.
      filename: `${path} (compiled)`,
    })(module, module.exports, require, path, dirname(path));
  } catch (error) {
    if (error instanceof api.FaultError)
      return err({ ...error.fault, where: [name, error.fault.where].filter(Boolean).join(": ") });
    return err(
      usageFault(
        `it failed while loading: ${error instanceof Error ? error.message : String(error)}`,
        name,
        "correct the file",
      ),
    );
  }
  return module.exports.default === undefined
    ? err(usageFault("it has no default export", name, "end it with `export default defineConfig({ … })`"))
    : ok(module.exports.default);
}
