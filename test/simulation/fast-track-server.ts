/** Models for the Fast Track's shape: how long they take, what they cost and how often they fail is drawn for each call. */
import type { AgentReply, AgentRequest, CallFailure, Provider } from "../../src/agents/provider.ts";
import type { Host } from "../../src/host.ts";
import { err, ok, type Result } from "../../src/result.ts";
import { NO_USAGE } from "../../src/usage.ts";
import type { FastTrack } from "./fast-track.ts";
import type { Random } from "./random.ts";
import { MODEL } from "./server.ts";

/** US dollars per million tokens. */
export const PRICES = { [MODEL]: [{ input: 4, output: 20, cacheWrite: 5, cacheWriteHour: 8, cacheRead: 0.2 }] };
const USD_PER_OUTPUT = 20 / 1_000_000;

/** What goes wrong on the way to the model, each a probability a call. */
export interface Line {
  readonly overloaded: number;
  readonly stalled: number;
  readonly lost: number;
}

/** How long a stream is silent before it counts as stalled. */
const STALL_MS = 10 * 60_000;

export class FastTrackServer {
  calls = 0;
  usd = 0;
  private readonly random: Random;
  private readonly campaign: FastTrack;
  private readonly line: Line;
  /** Multiplies the probability that an answer is not good enough. */
  private readonly badly: number;

  constructor(random: Random, campaign: FastTrack, line: Line, badly = 1) {
    this.random = random;
    this.campaign = campaign;
    this.line = line;
    this.badly = badly;
  }

  wire(host: Host): Provider {
    return { name: "sim", send: (request, signal) => this.serve(host, request, signal) };
  }

  private async serve(
    host: Host,
    request: AgentRequest,
    signal: AbortSignal,
  ): Promise<Result<AgentReply, CallFailure>> {
    const { random, line } = this;
    const pass = this.campaign.passOf(request.address);
    this.calls++;
    const fate = random.next();
    if (fate < line.overloaded) {
      await wait(host, random.between(200, 4000), signal);
      return failed("overloaded_error", 0);
    }
    const ms = ((pass.minutes * 60_000) / pass.turns) * spread(random, 0.3);
    const usd = (pass.usd / pass.turns) * spread(random, 0.3);
    const outputTokens = Math.min(request.maxTokens, Math.round(usd / USD_PER_OUTPUT));
    if (fate < line.overloaded + line.stalled) {
      const part = Math.round(outputTokens * random.next());
      this.usd += part * USD_PER_OUTPUT;
      await wait(host, random.next() * ms + STALL_MS, signal);
      return failed("stalled", part);
    }
    this.usd += outputTokens * USD_PER_OUTPUT;
    await wait(host, ms, signal);
    if (fate < line.overloaded + line.stalled + line.lost) return failed("connection", outputTokens);
    const isLast = request.turn === pass.turns;
    const content =
      isLast && random.chance(pass.fails * this.badly)
        ? [{ type: "text" as const, text: "It is not what was asked for." }]
        : this.campaign.script(request);
    const stop = content.some((block) => block.type === "tool_use") ? "tool_use" : "end_turn";
    return ok({ content, usage: { ...NO_USAGE, outputTokens }, model: MODEL, stop });
  }
}

/** Log-normal around 1, with a mean of 1. */
function spread(random: Random, sigma: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  return Math.exp(sigma * normal - (sigma * sigma) / 2);
}

const failed = (error: string, outputTokens: number): Result<AgentReply, CallFailure> =>
  err({
    kind: "transient",
    error,
    usage: { ...NO_USAGE, outputTokens },
    fault: { what: `the simulated server: ${error}`, where: "", mend: "build again", exit: 1 },
  });

function wait(host: Host, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = host.after(ms, resolve);
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
