/** `codex build`: bring targets up to date; with `-n`, say what that would take. */
import { resolveGoals, unreadable } from "../../exec/build.ts";
import { layOut } from "../../exec/engine.ts";
import { FaultError } from "../../fault.ts";
import type { BuildFlags } from "../build-flags.ts";
import { dryRun } from "../dry-run.ts";
import { EXIT } from "../exit.ts";
import { interrupts } from "../interrupts.ts";
import { NullBuildWatch } from "../null-build.ts";
import { afterwards, exitCode } from "../outcome.ts";
import type { Profiling } from "../profiling.ts";
import { buildOnce, openSession } from "../session.ts";
import type { Terminal } from "../terminal.ts";
import { withLock } from "../with-lock.ts";

export async function buildCommand(terminal: Terminal, typed: readonly string[], flags: BuildFlags): Promise<number> {
  const goals = typed.length === 0 ? ["all"] : typed;
  if (flags.dryRun || flags.check) return dryRun(terminal, goals, flags);
  if (flags.until === undefined) return realBuild(terminal, goals, flags);
  const { buildUntil } = await import("./build-until.ts");
  return buildUntil(terminal, goals, flags.until, flags, () => realBuild(terminal, goals, flags));
}

async function realBuild(terminal: Terminal, goals: readonly string[], flags: BuildFlags): Promise<number> {
  const watch = new NullBuildWatch();
  const profiling = await openProfiling(flags.profile, process.env);
  const session = await openSession(terminal, flags, {
    around: (host) => watch.around(host, flags),
    emit: (event) => profiling?.take(event),
  });
  const { engine, host } = session.workspace;
  // Whatever is wrong with what was typed is said before anything is written, the lock included.
  const [fault, ...more] = unreadable(resolveGoals(layOut(engine.expand), goals));
  if (fault !== undefined) {
    throw new FaultError(
      more.length === 0
        ? fault
        : { ...fault, what: `${fault.what} (and ${more.length} more such faults: codex build -n lists them)` },
    );
  }

  return withLock(host, "codex build", async () => {
    const signals = interrupts(session.view.terminal);
    const outcome = await buildOnce(session, goals, flags, signals).finally(signals.release);
    const { snapshot } = outcome;
    await profiling?.finish(session, snapshot, flags.json ? terminal.err : terminal.out);
    const more = new Set(afterwards(snapshot));
    if (!flags.json) for (const line of more) terminal.out(line);
    if (signals.drain.aborted) return EXIT.interrupted;
    if (more.size === 0) watch.keep(session.workspace, goals, outcome);
    return exitCode(snapshot, outcome.paused, outcome.failures);
  }).finally(() => session.view.close());
}

/** What listens to a build that is profiled, or traced with OpenTelemetry; loaded only where either was asked for. */
async function openProfiling(path: string | undefined, env: NodeJS.ProcessEnv): Promise<Profiling | undefined> {
  const isTraced = Boolean(env.OTEL_EXPORTER_OTLP_ENDPOINT || env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT);
  if (path === undefined && !isTraced) return undefined;
  const { Profiling } = await import("../profiling.ts");
  return new Profiling(path, isTraced);
}
