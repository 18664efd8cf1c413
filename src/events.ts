/**
 * Everything that happens in a build, as one union. The engine emits; screens, logs and ledgers only consume.
 * Times are milliseconds since the epoch, money is US dollars, durations are seconds.
 */
import type { Fault } from "./fault.ts";
import type { Usage } from "./usage.ts";

export type Event =
  | {
      readonly type: "buildStarted";
      readonly at: number;
      readonly goals: readonly string[];
      readonly targets: number;
      readonly provider: /** Who answers for agents. */ string;
    }
  | {
      readonly type: "targetStarted";
      readonly at: number;
      readonly target: string;
      readonly executor: "agent" | "command" | "call" | "person";
      readonly reasons: readonly string[];
    }
  | {
      readonly type: "attemptFailed";
      readonly at: number;
      readonly target: string;
      readonly attempt: number;
      /** What was wrong, a line each. */
      readonly defects: readonly string[];
      /** The next rung of the ladder. */
      readonly next: string;
      /** The ladder has ended: a person has the next turn. */
      readonly givenUp?: true;
      /** It ran out of time: by the wall clock, or without a sign of life. */
      readonly timedOut?: true;
    }
  /** One session of an agent, whatever its outcome: what the cost ledger records. */
  | {
      readonly type: "agentInvoked";
      readonly at: number;
      readonly target: string;
      readonly agent: string;
      readonly model: string;
      readonly attempt: number;
      readonly inputTokens: number;
      readonly outputTokens: number;
      readonly usd: number;
      readonly seconds: number;
      readonly outcome: "answered" | "failed";
    }
  /** One request to a model, before it leaves: its highest possible cost is set aside. */
  | {
      readonly type: "callDispatched";
      readonly at: number;
      readonly target: string;
      readonly attempt: number;
      readonly turn: number;
      readonly call: string;
      readonly model: string;
      readonly reservedUsd: number;
    }
  /** The same request, when it has ended, whatever the outcome. `journal`: answered from the journal, and not paid again. */
  | {
      readonly type: "callSettled";
      readonly at: number;
      readonly target: string;
      readonly attempt: number;
      readonly turn: number;
      readonly call: string;
      readonly model: string;
      readonly usage: Usage;
      readonly seconds: number;
      readonly outcome: "answered" | "journal" | "refused" | "truncated" | "failed" | "lost";
      /** The provider's name of the error, where it failed. */
      readonly error?: string;
    }
  /** A call failed on its way and will be tried again: no rung of the ladder is used. */
  | {
      readonly type: "callRetried";
      readonly at: number;
      readonly target: string;
      readonly turn: number;
      readonly error: string;
      readonly inMs: number;
    }
  /** A sign of life of a running call, at most one a second. */
  | {
      readonly type: "callProgress";
      readonly at: number;
      readonly target: string;
      readonly attempt: number;
      readonly turn: number;
      readonly outputTokens: number;
    }
  /** Money: a ceiling is near, or reached. */
  | {
      readonly type: "budgetAlert";
      readonly at: number;
      /** e.g. `run`, `campaign`, `tier/alpha`, `book/<slug>`. */
      readonly scope: string;
      readonly spentUsd: number;
      readonly ceilingUsd: number;
      readonly reached: boolean;
    }
  /** Nothing more is dispatched until a person acts: a budget, a spend limit, a hard stop. */
  | { readonly type: "paused"; readonly at: number; readonly fault: Fault }
  | {
      readonly type: "targetFinished";
      readonly at: number;
      readonly target: string;
      readonly how: "ran" | "restored";
      /** Where it was restored from the shared cache. */
      readonly shared?: true;
      readonly seconds: number;
      readonly usd: number;
      readonly attempts: number;
      readonly agent: string;
      readonly reasons: readonly string[];
      /** Whether any output differs from what was there: if not, the wave stops here. */
      readonly changed: boolean;
    }
  | {
      readonly type: "targetFailed";
      readonly at: number;
      readonly target: string;
      readonly attempts: number;
      readonly seconds: number;
      readonly fault: Fault;
    }
  | { readonly type: "notice"; readonly at: number; readonly text: string }
  | { readonly type: "buildFinished"; readonly at: number; readonly summary: BuildSummary };

export interface BuildSummary {
  readonly ran: number;
  readonly restored: number;
  /** How many of those that were restored came from the shared cache; left out where none did. */
  readonly shared?: number;
  readonly fresh: number;
  readonly failed: number;
  /** Wait for a person, or are blocked by something that does. */
  readonly waiting: number;
  readonly blocked: number;
  readonly seconds: number;
  readonly usd: number;
}

export type Emit = (event: Event) => void;
