/**
 * How far a build has come: a pure reducer over its events. The live view draws what this says and nothing else, so that
 * what is on the screen can be tested without one.
 */
import type { Event } from "../../events.ts";
import type { Fault } from "../../fault.ts";
import { unreachable } from "../../result.ts";

/** A target that is at work. Times are milliseconds since the epoch, money is US dollars. */
export interface Running {
  readonly target: string;
  readonly executor: "agent" | "command" | "call" | "person";
  readonly startedAt: number;
  /** From 1. */
  readonly attempt: number;
  /** The rung of the ladder that this attempt is on; empty for the first attempt. */
  readonly rung: string;
  /** The turn of the conversation with the agent; 0 before the first. */
  readonly turn: number;
  /** Tokens of the calls that have ended. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Tokens that the call under way has answered so far. */
  readonly streamedTokens: number;
  /** What the calls that have ended cost. */
  readonly callsUsd: number;
  /** What the sessions that have ended cost: the only figure where a provider makes no single calls known. */
  readonly sessionsUsd: number;
  /** Why it waits to ask again, and until when; undefined where it does not. */
  readonly retry: { readonly error: string; readonly until: number } | undefined;
}

/** The nearest ceiling that has been told of. */
export interface Ceiling {
  readonly scope: string;
  readonly ceilingUsd: number;
  readonly reached: boolean;
}

export interface Progress {
  readonly provider: string;
  /** Targets that the goals need. */
  readonly targets: number;
  readonly startedAt: number;
  readonly running: ReadonlyMap<string, Running>;
  readonly ran: number;
  readonly restored: number;
  readonly failed: number;
  /** What targets that are no longer running have cost. */
  readonly settledUsd: number;
  readonly ceilings: ReadonlyMap<string, Ceiling>;
  readonly paused: Fault | undefined;
  readonly finished: boolean;
}

export const NO_PROGRESS: Progress = {
  provider: "",
  targets: 0,
  startedAt: 0,
  running: new Map(),
  ran: 0,
  restored: 0,
  failed: 0,
  settledUsd: 0,
  ceilings: new Map(),
  paused: undefined,
  finished: false,
};

/** What a running target has cost so far. */
export const spentOn = (running: Running): number => Math.max(running.callsUsd, running.sessionsUsd);

/** What the build has cost so far. */
export const spent = (progress: Progress): number =>
  [...progress.running.values()].reduce((sum, each) => sum + spentOn(each), progress.settledUsd);

/** Takes one event in. */
export function advance(progress: Progress, event: Event): Progress {
  switch (event.type) {
    case "buildStarted":
      return { ...NO_PROGRESS, provider: event.provider, targets: event.targets, startedAt: event.at };
    case "targetStarted":
      return withRunning(progress, {
        target: event.target,
        executor: event.executor,
        startedAt: event.at,
        attempt: 1,
        rung: "",
        turn: 0,
        inputTokens: 0,
        outputTokens: 0,
        streamedTokens: 0,
        callsUsd: 0,
        sessionsUsd: 0,
        retry: undefined,
      });
    case "attemptFailed":
      return amend(progress, event.target, {
        attempt: event.attempt + 1,
        rung: event.next,
        turn: 0,
        streamedTokens: 0,
        retry: undefined,
      });
    case "agentInvoked":
      return amend(progress, event.target, (running) => ({ sessionsUsd: running.sessionsUsd + event.usd }));
    case "callDispatched":
      return amend(progress, event.target, {
        attempt: event.attempt,
        turn: event.turn,
        streamedTokens: 0,
        retry: undefined,
      });
    case "callProgress":
      return amend(progress, event.target, { turn: event.turn, streamedTokens: event.outputTokens });
    case "callSettled":
      return amend(progress, event.target, (running) => ({
        turn: event.turn,
        streamedTokens: 0,
        inputTokens:
          running.inputTokens +
          event.usage.inputTokens +
          event.usage.cacheReadTokens +
          event.usage.cacheWriteTokens +
          event.usage.cacheWriteHourTokens,
        outputTokens: running.outputTokens + event.usage.outputTokens,
        callsUsd: running.callsUsd + event.usage.usd,
      }));
    case "callRetried":
      return amend(progress, event.target, { retry: { error: event.error, until: event.at + event.inMs } });
    case "budgetAlert": {
      const { scope, ceilingUsd, reached } = event;
      return { ...progress, ceilings: new Map(progress.ceilings).set(scope, { scope, ceilingUsd, reached }) };
    }
    case "paused":
      return { ...progress, paused: event.fault };
    case "targetFinished": {
      const next = without(progress, event.target, event.usd);
      return event.how === "ran" ? { ...next, ran: next.ran + 1 } : { ...next, restored: next.restored + 1 };
    }
    case "targetFailed": {
      const running = progress.running.get(event.target);
      const next = without(progress, event.target, running === undefined ? 0 : spentOn(running));
      return { ...next, failed: next.failed + 1 };
    }
    case "notice":
      return progress;
    case "buildFinished":
      // What was stopped has told of no end.
      return { ...progress, settledUsd: spent(progress), running: new Map(), finished: true };
    default:
      return unreachable(event);
  }
}

const withRunning = (progress: Progress, running: Running): Progress => ({
  ...progress,
  running: new Map(progress.running).set(running.target, running),
});

/** Changes a running target; an event of one that is not running changes nothing. */
function amend(
  progress: Progress,
  target: string,
  change: Partial<Running> | ((running: Running) => Partial<Running>),
): Progress {
  const running = progress.running.get(target);
  if (running === undefined) return progress;
  return withRunning(progress, { ...running, ...(typeof change === "function" ? change(running) : change) });
}

function without(progress: Progress, target: string, usd: number): Progress {
  const running = new Map(progress.running);
  running.delete(target);
  return { ...progress, running, settledUsd: progress.settledUsd + usd };
}
