/** What a call used of a model, and what that cost: counted by providers, priced once, kept by ledgers. */
import { sumUsd } from "./money.ts";

export interface Usage {
  /** Tokens of the prompt that no cache had. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  /** Written to the prompt cache for five minutes, and for an hour. */
  readonly cacheWriteTokens: number;
  readonly cacheWriteHourTokens: number;
  /** Searches that the server made for the model; they have a price of their own. */
  readonly webSearches: number;
  /** Exact to the micro-dollar. */
  readonly usd: number;
}

export const NO_USAGE: Usage = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  cacheWriteHourTokens: 0,
  webSearches: 0,
  usd: 0,
};

export const addUsage = (a: Usage, b: Usage): Usage => ({
  inputTokens: a.inputTokens + b.inputTokens,
  outputTokens: a.outputTokens + b.outputTokens,
  cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
  cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
  cacheWriteHourTokens: a.cacheWriteHourTokens + b.cacheWriteHourTokens,
  webSearches: a.webSearches + b.webSearches,
  usd: sumUsd([a.usd, b.usd]),
});

/** All of the prompt, cached or not: what prices by size are about. */
export const promptTokens = (usage: Usage): number =>
  usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens + usage.cacheWriteHourTokens;
