/**
 * `manifests/cost_ledger.jsonl`: a line for every call to a model, whatever came of it, the seed's keys first. A call
 * stands in it once: it is written when the call ends, and what a crash kept from it is taken from the call journal.
 */
import { agentId } from "../agents/agent-id.ts";
import type { Call, SettledCall } from "../cache/call-record.ts";
import { leftBehind } from "../cache/left-behind.ts";
import type { Event } from "../events.ts";
import type { Host } from "../host.ts";
import { sumUsd, usdOf } from "../money.ts";
import { NO_USAGE, type Usage } from "../usage.ts";
import { appendLine, readLines } from "./jsonl.ts";

/** How a call ended, as the ledger says it. `lost`: nobody knows, and the most that it can have cost is charged. */
export type CostOutcome = "answered" | "refused" | "truncated" | "failed" | "lost";

/** A line of the ledger: the seed's keys, then ours. */
export interface CostLine {
  /** When the call ended; of a lost one, when it was dispatched. UTC. */
  readonly timestamp: string;
  /** The book's slug; null for what is no book's. */
  readonly book: string | null;
  readonly pass: string;
  readonly agent_id: string;
  readonly model: string;
  /** Tokens of the prompt that no cache had. */
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cost_usd: number;
  readonly duration_s: number;
  readonly address: string;
  readonly unit?: string;
  readonly attempt: number;
  readonly turn: number;
  /** The call's name, unlike that of any other. */
  readonly call: string;
  readonly outcome: CostOutcome;
  readonly error?: string;
  readonly cache_read_tokens: number;
  readonly cache_write_tokens: number;
  readonly cache_write_hour_tokens: number;
  readonly web_searches: number;
}

/** What was taken in from runs that died. */
export interface Recovered {
  /** Calls that had ended and were not in the ledger. */
  readonly settled: number;
  /** Calls that nobody knows the end of. */
  readonly lost: number;
  readonly lostUsd: number;
  /** Damaged lines of the journal, as `path:line`. */
  readonly damaged: readonly string[];
}

type Told = Pick<CostLine, "address" | "attempt" | "turn" | "call" | "model" | "outcome" | "error"> & {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly seconds: number;
  readonly usage: Usage;
};

export class CostLedger {
  readonly #host: Host;
  readonly #path: string;

  /** @param path absolute path of the ledger. */
  constructor(host: Host, path: string) {
    this.#host = host;
    this.#path = path;
  }

  /** Takes in one event: a call that has ended is a line. What the journal answered was paid, and written down, before. */
  record(event: Event): void {
    if (event.type !== "callSettled" || event.outcome === "journal") return;
    const { outcome, target: address } = event;
    this.#append(lineOf({ ...event, outcome, address }));
  }

  /**
   * Takes in what runs that died have left in the call journal, once. Safe to repeat after a crash of its own. Undefined
   * where nothing was left. Only for the one who holds the writer's lock.
   */
  recover(): Recovered | undefined {
    const left = leftBehind(this.#host);
    if (left === undefined) return undefined;
    const known = new Set(this.lines().map((line) => line.call));
    const settled = left.settled.filter(({ call }) => !known.has(call));
    const lost = left.lost.filter(({ call }) => !known.has(call));
    for (const call of settled) this.#append(costLineOf(call));
    for (const call of lost) this.#append(lostLineOf(call));
    left.close();
    return {
      settled: settled.length,
      lost: lost.length,
      lostUsd: sumUsd(lost.map((call) => usdOf(call.reserved))),
      damaged: left.damaged,
    };
  }

  /** The readable lines, in the order of the file. */
  lines(): CostLine[] {
    return readLines(this.#host, this.#path).flatMap((value) => costLine(value) ?? []);
  }

  #append(line: CostLine): void {
    appendLine(this.#host, this.#path, line);
  }
}

function lineOf({ address, usage, at, ...told }: Told): CostLine {
  const [kind = "", key = "", pass = "", unit] = address.split("/");
  return {
    timestamp: `${new Date(at).toISOString().slice(0, 19)}Z`,
    book: kind === "book" ? key : null,
    pass,
    agent_id: agentId(address, told.attempt),
    model: told.model,
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cost_usd: usage.usd,
    duration_s: Math.round(told.seconds * 1000) / 1000,
    address,
    ...(unit === undefined ? {} : { unit }),
    attempt: told.attempt,
    turn: told.turn,
    call: told.call,
    outcome: told.outcome,
    ...(told.error === undefined ? {} : { error: told.error }),
    cache_read_tokens: usage.cacheReadTokens,
    cache_write_tokens: usage.cacheWriteTokens,
    cache_write_hour_tokens: usage.cacheWriteHourTokens,
    web_searches: usage.webSearches,
  };
}

/** A call of the journal as a line. */
export const costLineOf = (call: SettledCall): CostLine => lineOf({ ...call, at: call.at + call.seconds * 1000 });

/** A lost call as a line: the most that it can have cost, and no tokens, which nobody counted. */
export const lostLineOf = (call: Call): CostLine =>
  lineOf({ ...call, outcome: "lost", seconds: 0, usage: { ...NO_USAGE, usd: usdOf(call.reserved) } });

/** A line of the ledger as it was read. One with the seed's keys alone, of a campaign that was run without Codex, counts too. */
function costLine(value: unknown): CostLine | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const line = value as Partial<CostLine>;
  if (typeof line.timestamp !== "string" || typeof line.cost_usd !== "number") return undefined;
  const { book = null, pass = "" } = line;
  return {
    agent_id: "",
    model: "",
    input_tokens: 0,
    output_tokens: 0,
    duration_s: 0,
    address: [...(book === null ? [] : ["book", book]), pass].join("/"),
    attempt: 1,
    turn: 1,
    call: "",
    outcome: "answered",
    cache_read_tokens: 0,
    cache_write_tokens: 0,
    cache_write_hour_tokens: 0,
    web_searches: 0,
    ...line,
    timestamp: line.timestamp,
    cost_usd: line.cost_usd,
    book,
    pass,
  };
}
