/**
 * The model's side of a simulation: it outlives every process, answers late, wrongly or not at all, and keeps count of
 * what it was paid. What it counts is the truth that journals, budgets and ledgers are held against.
 */
import type { AgentReply, AgentRequest, Block, CallFailure, Provider } from "../../src/agents/provider.ts";
import { digestOf } from "../../src/artifact/digest.ts";
import type { Host } from "../../src/host.ts";
import { err, ok, type Result } from "../../src/result.ts";
import { NO_USAGE, type Usage } from "../../src/usage.ts";
import type { Random } from "./random.ts";

/** The model that the simulation pays for. */
export const MODEL = "sim-1";
/** Micro-dollars a token, in and out. */
export const PRICE = { input: 2, output: 10 } as const;

/** How often things go wrong, each a probability a call. */
export interface Weather {
  /** Refused at once and for nothing: 429, 5xx, 529. */
  readonly overloaded: number;
  /** Answered and paid, but the answer never arrives. */
  readonly lost: number;
  /** Never answered; part of it may be paid. */
  readonly stalled: number;
  /** Answered without the outputs that were asked for. */
  readonly malformed: number;
  /** Cut off at the limit of tokens. */
  readonly truncated: number;
}

export const CALM: Weather = { overloaded: 0, lost: 0, stalled: 0, malformed: 0, truncated: 0 };

/** What a good answer to a request is. */
export type Script = (request: AgentRequest) => readonly Block[];

/** One call that the server took money for. */
export interface Paid {
  readonly address: string;
  readonly attempt: number;
  readonly turn: number;
  /** Of all that was sent. */
  readonly content: string;
  readonly micros: number;
}

export class Server {
  readonly paid: Paid[] = [];
  /** All that was ever taken, in micro-dollars. */
  micros = 0;
  weather: Weather = CALM;
  private readonly random: Random;
  private readonly script: Script;

  constructor(random: Random, script: Script) {
    this.random = random;
    this.script = script;
  }

  /**
   * The connection of one process: one attempt a request.
   * @param onRequest told of each request as it arrives, before anything is paid.
   */
  wire(host: Host, onRequest: (request: AgentRequest) => void): Provider {
    return {
      name: "sim",
      send: (request, signal) => {
        onRequest(request);
        return this.serve(host, request, signal);
      },
    };
  }

  private async serve(
    host: Host,
    request: AgentRequest,
    signal: AbortSignal,
  ): Promise<Result<AgentReply, CallFailure>> {
    const { random, weather } = this;
    const fate = random.next();
    let edge = weather.overloaded;
    if (fate < edge) {
      await wait(host, random.between(50, 3000), signal);
      return failure("overloaded_error", NO_USAGE);
    }
    const content = this.script(request);
    const input = Math.ceil(JSON.stringify([request.messages, request.tools]).length / 4);
    const output = Math.min(request.maxTokens, 100 + random.int(900));
    // What is paid is paid when the server has worked, whether or not anybody hears of it.
    const usage = this.charge(request, input, output);
    edge += weather.stalled;
    if (fate < edge) {
      await aborted(signal);
      return failure("stalled", usage);
    }
    await wait(host, random.between(5_000, 400_000), signal);
    edge += weather.lost;
    if (fate < edge || signal.aborted) return failure("connection_error", usage);
    edge += weather.malformed;
    if (fate < edge) return this.reply([{ type: "text", text: "I would rather not say." }], usage, "end_turn");
    edge += weather.truncated;
    if (fate < edge) return this.reply([{ type: "text", text: "It begins thus" }], usage, "max_tokens");
    const stop = content.some((block) => block.type === "tool_use") ? "tool_use" : "end_turn";
    return this.reply(content, usage, stop);
  }

  private charge(request: AgentRequest, inputTokens: number, outputTokens: number): Usage {
    const micros = inputTokens * PRICE.input + outputTokens * PRICE.output;
    this.micros += micros;
    const { address, attempt, turn } = request;
    this.paid.push({ address, attempt, turn, content: contentOf(request), micros });
    return { ...NO_USAGE, inputTokens, outputTokens, usd: micros / 1_000_000 };
  }

  private reply(content: readonly Block[], usage: Usage, stop: AgentReply["stop"]): Result<AgentReply, CallFailure> {
    return ok({ content, usage, model: MODEL, stop });
  }
}

/** The digest of all that a request sends. */
export const contentOf = ({ model, messages, tools, maxTokens }: AgentRequest): string =>
  digestOf(JSON.stringify([model, messages, tools, maxTokens]));

const failure = (error: string, usage: Usage): Result<AgentReply, CallFailure> =>
  err({
    kind: "transient",
    error,
    usage,
    fault: { what: `the simulated server: ${error}`, where: "", mend: "build again", exit: 1 },
  });

/** Waits, but no longer than until the signal says stop. */
function wait(host: Host, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const cancel = host.after(ms, () => resolve());
    signal.addEventListener(
      "abort",
      () => {
        cancel();
        resolve();
      },
      { once: true },
    );
  });
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
