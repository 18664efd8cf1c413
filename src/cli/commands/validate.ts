/**
 * `codex validate`: units judged by the rubric. Verdicts are kept under `.codex/` by what each of them read, so that
 * only what changed is judged again.
 */
import { parsePath } from "../../artifact/path.ts";
import type { RepoPath } from "../../artifact/workspace.ts";
import { replaceFile } from "../../artifact/write.ts";
import { type ValidationCache, validateIncremental } from "../../curriculum/validate-incremental.ts";
import { FaultError, usageFault } from "../../fault.ts";
import type { Host } from "../../host.ts";
import { EXIT } from "../exit.ts";
import { openWorkspace } from "../open.ts";
import type { Terminal } from "../terminal.ts";
import { plural } from "../view/plain.ts";

export interface ValidateFlags {
  readonly advisory?: boolean;
  readonly format: "text" | "json" | "sarif" | "github";
}

const CACHE = ".codex/validation.json";

export async function validateCommand(terminal: Terminal, typed: readonly string[], _flags: ValidateFlags): Promise<number> {
  const { engine, host } = await openWorkspace();
  const { verdicts, faults, cache } = validateIncremental(engine.files, (path) => engine.stats.fileDigest(path), readCache(host));
  keep(host, cache, () => engine.stats.save());
  for (const fault of faults) throw new FaultError(fault);

  const wanted = typed.map((text) => {
    const path = parsePath(text.replace(/^\.\//, ""));
    if (!path.ok) throw new FaultError(path.error);
    return path.value;
  });
  const shown = wanted.length === 0 ? verdicts : verdicts.filter(({ path }) => wanted.some((each) => path === each || path.startsWith(`${each}/`)));
  const missing = wanted.find((each) => !shown.some(({ path }) => path === each || path.startsWith(`${each}/`)));
  if (missing !== undefined) throw new FaultError(usageFault("there is no unit there", missing, "units are files under content/"));
  for (const verdict of shown) {
    terminal.out(`${verdict.passed}/${verdict.total} ${verdict.path}`);
    for (const finding of verdict.findings) {
      if (finding.level !== "failed") continue;
      terminal.out(`  ${finding.path}:${finding.line}:${finding.column}: ${finding.check}: ${finding.what}${finding.text ? ` “${finding.text}”` : ""}; ${finding.mend}`);
    }
  }
  const bad = shown.filter((verdict) => verdict.passed < verdict.total).length;
  terminal.out(`${plural(shown.length, "unit")}, ${bad === 0 ? "all pass" : `${bad} with failed checks`}.`);
  return bad === 0 ? EXIT.done : EXIT.failed;
}

function readCache({ fs, root }: Host): ValidationCache | undefined {
  try {
    return JSON.parse(fs.readFileSync(`${root}/${CACHE}`, "utf8")) as ValidationCache;
  } catch {
    // Missing or damaged: everything is judged anew.
    return undefined;
  }
}

/** A cache that cannot be kept (a read-only folder) costs time and nothing else. */
function keep({ fs, root }: Host, cache: ValidationCache, saveStats: () => void): void {
  try {
    saveStats();
    replaceFile(fs, `${root}/${CACHE}` as RepoPath, new TextEncoder().encode(JSON.stringify(cache)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}
