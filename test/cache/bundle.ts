/** Bundles a TypeScript script of the tests, so that a plain `node` can run it as a process to be killed. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rolldown } from "rolldown";

export interface Bundled {
  /** The script's path. */
  readonly script: string;
  remove(): void;
}

/** @param url the script beside the test, as `new URL("x.ts", import.meta.url)` */
export async function bundle(url: URL): Promise<Bundled> {
  const folder = mkdtempSync(join(tmpdir(), "codex-bundle-"));
  const script = join(folder, "script.mjs");
  const build = await rolldown({
    input: url.pathname,
    platform: "node",
    // jsonc-parser's CommonJS build requires its parts in a way that no bundler sees.
    resolve: { mainFields: ["module", "main"] },
  });
  await build.write({ file: script, format: "esm" });
  await build.close();
  return { script, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
