/** `codex record`: build targets with a live provider, and keep what the agents said as recordings. */
import { type RecordingFiles, recordingOf, Transcripts } from "../../agents/record.ts";
import { recordingPath } from "../../agents/recording.ts";
import { resolveGoals } from "../../exec/build.ts";
import { layOut } from "../../exec/engine.ts";
import { FaultError, usageFault } from "../../fault.ts";
import type { Host } from "../../host.ts";
import { redactor } from "../../redact.ts";
import type { BuildFlags } from "../build-flags.ts";
import { EXIT } from "../exit.ts";
import { interrupts } from "../interrupts.ts";
import { exitCode } from "../outcome.ts";
import { buildOnce, openSession } from "../session.ts";
import type { Terminal } from "../terminal.ts";
import { withLock } from "../with-lock.ts";

export interface RecordFlags extends Pick<BuildFlags, "budget" | "force" | "jobs" | "quiet"> {
  /** Replace recordings that are there. */
  readonly replace?: boolean;
}

export async function recordCommand(
  terminal: Terminal,
  addresses: readonly string[],
  flags: RecordFlags,
): Promise<number> {
  const transcripts = new Transcripts();
  const session = await openSession(terminal, flags, { outermost: (provider) => transcripts.of(provider) });
  const { engine, host, config } = session.workspace;
  const { provider, recordings } = config.agents;
  if (provider === "replay") {
    throw new FaultError(
      usageFault(
        "recordings are made from live runs, and agents are replayed here",
        "agents.provider",
        "set it to anthropic or command in codex.config.ts",
      ),
    );
  }
  const { goals, tasks } = resolveGoals(layOut(engine.expand), addresses);
  const wanted = goals.filter((id) => tasks.get(id)!.action.kind === "agent");
  const present = wanted.filter((id) => engine.files.list([recordingPath(recordings, id)]).length > 0);
  if (present.length > 0 && !flags.replace) {
    const more = present.length > 1 ? ` (and ${present.length - 1} more)` : "";
    throw new FaultError(
      usageFault(
        `${present[0]} has a recording already${more}`,
        recordingPath(recordings, present[0]!),
        "codex record --replace writes it anew",
      ),
    );
  }

  return withLock(host, "codex record", async () => {
    const signals = interrupts(session.view.terminal);
    const outcome = await buildOnce(session, addresses, flags, signals).finally(signals.release);
    const scrub = redactor(host.env);
    const on = new Date(host.now()).toISOString().slice(0, 10);
    let complete = true;
    for (const id of wanted) {
      const attempts = transcripts.attempts(id);
      if (attempts === undefined) {
        terminal.out(`Not recorded: ${id} was not asked. codex record --force asks again, at its price.`);
        complete = false;
        continue;
      }
      const model = attempts.at(-1)!.at(-1)!.model;
      const files = recordingOf(recordings, id, attempts, { by: `codex record (${provider}, ${model})`, on });
      if (!files.ok) {
        terminal.err(`Not recorded: ${id}, because a recording cannot hold it: ${files.error}`);
        complete = false;
        continue;
      }
      write(host, scrubbed(files.value, scrub));
      terminal.out(`Recorded: ${id} in ${recordingPath(recordings, id)}`);
    }
    if (signals.drain.aborted) return EXIT.interrupted;
    const code = exitCode(outcome.snapshot, outcome.paused, outcome.failures);
    return code === EXIT.done && !complete ? EXIT.failed : code;
  }).finally(() => session.view.close());
}

const scrubbed = (files: RecordingFiles, scrub: (text: string) => string): RecordingFiles =>
  new Map([...files].map(([path, text]) => [path, scrub(text)]));

function write(host: Host, files: RecordingFiles): void {
  for (const [path, text] of files) {
    const absolute = `${host.root}/${path}`;
    host.fs.mkdirSync(absolute.slice(0, absolute.lastIndexOf("/")), { recursive: true });
    host.fs.writeFileSync(absolute, text);
  }
}
