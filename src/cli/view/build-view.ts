/** What a build is shown through: lines, a live screen, or JSON for scripts. One is chosen at the start. */
import type { Event } from "../../events.ts";
import type { Snapshot } from "../../exec/build.ts";
import type { Terminal } from "../terminal.ts";
import { plainView } from "./plain.ts";

export interface BuildView {
  event(event: Event): void;
  /** Told of every new evaluation. */
  snapshot(snapshot: Snapshot): void;
  /** What else is said while the build runs goes through this. */
  readonly terminal: Terminal;
  /** Ends the view: what is printed after it stays below. */
  close(): void;
}

/** The version of the events that `--json` prints; docs/reference/events.md says what may change within one. */
export const EVENTS_VERSION = 1;

export const jsonView = (terminal: Terminal): BuildView => ({
  event: (event) => terminal.out(JSON.stringify({ v: EVENTS_VERSION, ...event })),
  snapshot() {},
  terminal,
  close() {},
});

/** Lines that can be copied, and piped: for all that is no terminal. */
export const lineView = (terminal: Terminal, options: { readonly quiet: boolean }): BuildView => ({
  event: plainView(terminal, options),
  snapshot() {},
  terminal,
  close() {},
});
