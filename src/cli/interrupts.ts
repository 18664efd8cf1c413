/** Ctrl-C during a build: what is settled is kept, and what runs may settle. */
import type { Terminal } from "./terminal.ts";

/**
 * The first Ctrl-C lets what is running finish; the second stops it. What is settled is kept either way.
 * @param isIdle whether nothing runs, so that there is nothing to say.
 */
export function interrupts(
  terminal: Terminal,
  isIdle: () => boolean = () => false,
): { drain: AbortSignal; abort: AbortSignal; release: () => void } {
  const drain = new AbortController();
  const abort = new AbortController();
  const onSignal = (): void => {
    if (drain.signal.aborted) abort.abort();
    else {
      drain.abort();
      if (!isIdle())
        terminal.err("Stopping: running targets finish, nothing new starts. Press Ctrl-C again to stop them too.");
    }
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return {
    drain: drain.signal,
    abort: abort.signal,
    release: () => {
      process.off("SIGINT", onSignal);
      process.off("SIGTERM", onSignal);
    },
  };
}
