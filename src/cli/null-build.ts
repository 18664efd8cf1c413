/** Keeps a build that found nothing to do, for `start.ts` to find: see `src/cache/null-build.ts`. */
import { digestOf } from "../artifact/digest.ts";
import { isOwnCache, keepNullBuild } from "../cache/null-build.ts";
import { Witness } from "../cache/witness.ts";
import type { BuildOutcome } from "../exec/build.ts";
import type { Host } from "../host.ts";
import type { BuildFlags } from "./build-flags.ts";
import type { Workspace } from "./open.ts";
import type { Terminal } from "./terminal.ts";
import { planLines, planOf } from "./view/plan.ts";

/** Flags that change nothing about what there is to do. */
const HARMLESS = new Set(["fail", "jobs", "quiet"]);

/** Sees what a build looks at, from the opening of the workspace on. */
export class NullBuildWatch {
  private witness: Witness | undefined;
  private real: Host | undefined;

  /** The host to give to the build. */
  around(host: Host, flags: BuildFlags): Host {
    // What another kind of build finds is no answer to a plain one.
    if (Object.entries(flags).some(([name, value]) => value && !HARMLESS.has(name))) return host;
    this.real = host;
    this.witness = new Witness(host.fs, host.now, isOwnCache(host.root));
    return { ...host, fs: this.witness.fs, env: this.witness.env(host.env) };
  }

  /** Keeps the outcome if nothing was done, nothing is left to do. Only where nothing else was said: a later build would have to say it again. */
  keep({ engine, loaded }: Workspace, goals: readonly string[], outcome: BuildOutcome): void {
    const { witness, real } = this;
    const { snapshot, staleAgain } = outcome;
    const { fresh, usd, seconds, ...others } = outcome.summary;
    const isNull = Object.values(others).every((count) => count === 0) && staleAgain.length === 0;
    if (witness === undefined || real === undefined || !isNull || !loaded.isSelfContained) return;
    if (!loaded.inputs.every(([path, digest]) => digestOf(witness.fs.readFileSync(path)) === digest)) return;
    const plan = planLines(planOf(snapshot, engine), snapshot, PLAIN);
    keepNullBuild(real.fs, witness, loaded.path, CODEX_BUILD, { goals, fresh, plan });
  }
}

const PLAIN = new Proxy({} as Terminal["colours"], { get: () => String });
