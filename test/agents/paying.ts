/** What pays for agents, over a disk, with a wire that the test scripts. */
import type { Ceiling } from "../../src/agents/budget.ts";
import { Paying, type PayingOptions } from "../../src/agents/paying.ts";
import type { AgentReply, AgentRequest, CallFailure, Provider } from "../../src/agents/provider.ts";
import type { Event } from "../../src/events.ts";
import type { Host } from "../../src/host.ts";
import { microsOf } from "../../src/money.ts";
import { err, ok, type Result } from "../../src/result.ts";
import { NO_USAGE, type Usage } from "../../src/usage.ts";
import { address, text } from "./scripted.ts";

export const request = (changes: Partial<AgentRequest> = {}): AgentRequest => ({
  address: address("book/x/P1"),
  attempt: 1,
  turn: 1,
  model: undefined,
  messages: [{ role: "user", content: [text("what is a spinor?")] }],
  tools: [],
  maxTokens: 1000,
  ...changes,
});

export type Answer = Result<AgentReply, CallFailure>;

export const answer = (said: string, changes: Partial<AgentReply> = {}): Answer =>
  ok({ content: [text(said)], usage: used(1000, 100), model: "m-1", stop: "end_turn", ...changes });

export const used = (inputTokens: number, outputTokens: number): Usage => ({ ...NO_USAGE, inputTokens, outputTokens });

export const failure = (kind: CallFailure["kind"], error: string, usage: Usage = NO_USAGE): Answer =>
  err({
    kind,
    error,
    usage,
    fault: { what: `it failed: ${error}`, where: "wire", mend: "", exit: kind === "pause" ? 5 : 1 },
  });

export interface Wire extends Provider {
  readonly asked: AgentRequest[];
}

/** @param script what it answers to the n-th request, from 1. */
export function wireOf(
  script: (request: AgentRequest, n: number, signal: AbortSignal) => Answer | Promise<Answer>,
  traits: Partial<Provider> = {},
): Wire {
  const asked: AgentRequest[] = [];
  return {
    name: "wire",
    ...traits,
    asked,
    async send(sent, signal) {
      asked.push(sent);
      return script(sent, asked.length, signal);
    },
  };
}

export interface Till {
  readonly paying: Paying;
  readonly provider: Provider;
  readonly events: Event[];
  send(changes?: Partial<AgentRequest>): Promise<Answer>;
}

/** A dollar for a million tokens in, ten for a million out: a thousand of each is a cent and a tenth. */
const PRICES = { "m-1": [{ input: 1, output: 10 }] };

/** Puts it together as one run of a command does. */
export function till(
  host: Host,
  wire: Provider,
  ceilings: Readonly<Record<string, number>> = {},
  options: Partial<PayingOptions> = {},
): Till {
  const events: Event[] = [];
  const limits = new Map(
    Object.entries(ceilings).map(([scope, usd]): [string, Ceiling] => [
      scope,
      { amount: microsOf(usd), atCeiling: "pause", mend: "raise it" },
    ]),
  );
  const paying = new Paying(host, (event) => events.push(event), {
    model: "m-1",
    prices: PRICES,
    ceilings: () => limits,
    scopesOf: () => ["run"],
    spentBefore: () => new Map(),
    margin: 1.1,
    alertAt: 0.8,
    generation: () => "",
    ...options,
  });
  const provider = paying.outer(paying.inner(wire));
  return {
    paying,
    provider,
    events,
    send: (changes) => provider.send(request(changes), new AbortController().signal),
  };
}
