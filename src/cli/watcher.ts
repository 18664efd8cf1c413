/**
 * When `codex watch` builds: a state machine over saves and the clock, without either. A save wakes it only after it has
 * been quiet for a moment, because editors save in bursts; saves that come while it builds are built after.
 *
 *             saved                quiet, or waited for long enough
 *   ┌──────┐ ───────▶ ┌──────────┐ ───────▶ ┌──────────┐
 *   │ idle │          │ settling │          │ building │ ⟲ saved: kept for later
 *   └──────┘ ◀─┐      └──────────┘ ◀─────── └──────────┘
 *              │        ⟲ saved: wait on      ended, and something was saved meanwhile
 *              └──────────────────────────────┘
 *                         ended, and nothing was
 */
import { unreachable } from "../result.ts";

/** A burst is over when nothing was saved for so long. */
export const QUIET_MS = 20;
/** A folder into which somebody writes without end is built all the same. */
export const LONGEST_MS = 250;

export type WatchState =
  | { readonly kind: "idle" }
  /** `since` and `last`: when the first and the last save came, in milliseconds. */
  | {
      readonly kind: "settling";
      readonly changed: ReadonlySet<string>;
      readonly since: number;
      readonly last: number;
    }
  /** `changed`: what was saved since the build began. */
  | { readonly kind: "building"; readonly changed: ReadonlySet<string> };

export type WatchInput =
  | { readonly kind: "saved"; readonly path: string }
  /** Time has passed. */
  | { readonly kind: "tick" }
  | { readonly kind: "ended" };

export interface WatchStep {
  readonly state: WatchState;
  /** What to build for, when it is time. */
  readonly build?: ReadonlySet<string>;
  /** When to tick next. */
  readonly wakeAt?: number;
}

export const IDLE: WatchState = { kind: "idle" };

/** @param now milliseconds; only differences count. */
export function step(state: WatchState, input: WatchInput, now: number): WatchStep {
  switch (input.kind) {
    case "saved":
      return saved(state, input.path, now);
    case "tick":
      return tick(state, now);
    case "ended":
      if (state.kind !== "building") return { state };
      if (state.changed.size === 0) return { state: IDLE };
      return settle({ kind: "settling", changed: state.changed, since: now, last: now });
    default:
      return unreachable(input);
  }
}

function saved(state: WatchState, path: string, now: number): WatchStep {
  switch (state.kind) {
    case "idle":
      return settle({ kind: "settling", changed: new Set([path]), since: now, last: now });
    case "settling":
      return settle({ ...state, changed: new Set(state.changed).add(path), last: now });
    case "building":
      return { state: { kind: "building", changed: new Set(state.changed).add(path) } };
    default:
      return unreachable(state);
  }
}

function tick(state: WatchState, now: number): WatchStep {
  if (state.kind !== "settling") return { state };
  if (now < dueAt(state)) return settle(state);
  return { state: { kind: "building", changed: new Set() }, build: state.changed };
}

type Settling = Extract<WatchState, { kind: "settling" }>;

const dueAt = ({ since, last }: Settling): number => Math.min(last + QUIET_MS, since + LONGEST_MS);
const settle = (state: Settling): WatchStep => ({ state, wakeAt: dueAt(state) });
