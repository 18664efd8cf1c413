/**
 * What models cost: dated rules, because a price depends on the day, the size of the prompt, the cache class and
 * whether the request came in a batch. A model without a price is refused before anything is sent to it.
 */
import { type Fault, usageFault } from "../fault.ts";
import type { Micros } from "../money.ts";
import { err, ok, type Result } from "../result.ts";
import { promptTokens, type Usage } from "../usage.ts";

/** Prices of one model for prompts of one range of sizes, from one day on. US dollars per million tokens. */
export interface PriceRule {
  /** The first day on which it holds, UTC, `YYYY-MM-DD`; since ever where left out. */
  readonly from?: string | undefined;
  /** The largest prompt that it holds for, in tokens, cached ones included; any where left out. */
  readonly promptUpTo?: number | undefined;
  readonly input: number;
  readonly output: number;
  /** Read from the prompt cache; as `input` where left out. */
  readonly cacheRead?: number | undefined;
  /** Written to the prompt cache for five minutes; 1.25 times `input` where left out. */
  readonly cacheWrite?: number | undefined;
  /** Written to it for an hour; twice `input` where left out. */
  readonly cacheWriteHour?: number | undefined;
  /** US dollars for a web search of the server; a cent where left out. */
  readonly webSearch?: number | undefined;
  /** US dollars for each call besides: for programs that bill by the call, or nothing. */
  readonly call?: number | undefined;
}

/** Prices by model. A dated name (`claude-opus-5-5-20261012`) is priced as the one without the date. */
export type PriceList = Readonly<Record<string, readonly PriceRule[]>>;

/** The published price of the server's web search: 10 US dollars for a thousand. */
const WEB_SEARCH = 0.01;
/** Message batches cost half. */
const BATCH = 0.5;

/** As published in October and November 2026. An hour's cache writing is twice the input's price where it is not listed. */
export const PRICES: PriceList = {
  "claude-fable-5-1": [
    { from: "2026-10-01", input: 10, output: 50, cacheWrite: 12.5, cacheWriteHour: 20, cacheRead: 0.25 },
  ],
  "claude-opus-5-5": [{ from: "2026-10-01", input: 4, output: 20, cacheWrite: 5, cacheWriteHour: 8, cacheRead: 0.2 }],
  "claude-sonnet-5-5": [
    { from: "2026-10-01", input: 2, output: 10, cacheWrite: 2.5, cacheWriteHour: 4, cacheRead: 0.1 },
  ],
  "claude-haiku-5-5": [
    {
      from: "2026-10-01",
      promptUpTo: 100_000,
      input: 0.1,
      output: 0.5,
      cacheWrite: 0.125,
      cacheWriteHour: 0.2,
      cacheRead: 0.01,
    },
    { from: "2026-10-01", input: 0.5, output: 2.5, cacheWrite: 0.625, cacheRead: 0.05 },
  ],
  "claude-opus-5": [{ from: "2026-10-01", input: 5, output: 25, cacheWrite: 6.25, cacheWriteHour: 10, cacheRead: 0.5 }],
  "claude-haiku-4-5": [
    { from: "2026-10-01", input: 1, output: 5, cacheWrite: 1.25, cacheWriteHour: 2, cacheRead: 0.1 },
  ],
};

/** What a request may use at the most: what is set aside for it before it leaves. */
export interface Bound {
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly webSearches: number;
}

/** Prices of one model on one day. */
export interface ModelPrice {
  /** What the usage cost. */
  cost(usage: Usage, batch: boolean): Micros;
  /** The most that a request within the bound can cost, whatever the prompt cache does. */
  most(bound: Bound): Micros;
}

export class Prices {
  readonly #list: PriceList;

  /** @param own prices of the configuration: a model named here is priced by these rules alone. */
  constructor(own: PriceList = {}) {
    this.#list = { ...PRICES, ...own };
  }

  /** Models that have a price. */
  models(): string[] {
    return Object.keys(this.#list);
  }

  /**
   * The prices of a model.
   * @param at the time of the call, in milliseconds since the epoch.
   * @returns a fault that says how to add it, where the model has no price.
   */
  of(model: string, at: number): Result<ModelPrice, Fault> {
    const rules = this.#rulesOf(model);
    if (rules === undefined || rules.length === 0) {
      return err(
        usageFault(
          `the model ${model} has no price, and nothing is bought at an unknown price`,
          model,
          `add it to codex.config.ts, in dollars per million tokens: prices: { ${JSON.stringify(model)}: { input: …, output: … } }`,
        ),
      );
    }
    return ok(priceBy(inForce(rules, new Date(at).toISOString().slice(0, 10))));
  }

  #rulesOf(model: string): readonly PriceRule[] | undefined {
    const undated = model.replace(/-\d{8}$/, "");
    return [model, undated]
      .map((name) => (Object.hasOwn(this.#list, name) ? this.#list[name] : undefined))
      .find(Boolean);
  }
}

/** The rules of the latest day that is not after `day`; of a day before all of them, the earliest. */
function inForce(rules: readonly PriceRule[], day: string): readonly PriceRule[] {
  const days = [...new Set(rules.map((rule) => rule.from ?? ""))].sort();
  const since = days.filter((from) => from <= day).at(-1) ?? days[0];
  return rules
    .filter((rule) => (rule.from ?? "") === since)
    .sort((a, b) => (a.promptUpTo ?? Infinity) - (b.promptUpTo ?? Infinity));
}

/** @param rules in force, by size of the prompt. */
function priceBy(rules: readonly PriceRule[]): ModelPrice {
  return {
    cost(usage, batch) {
      const size = promptTokens(usage);
      const rule = rules.find((each) => size <= (each.promptUpTo ?? Infinity)) ?? rules.at(-1)!;
      const tokens =
        nano(rule.input) * usage.inputTokens +
        nano(rule.output) * usage.outputTokens +
        nano(readPrice(rule)) * usage.cacheReadTokens +
        nano(writePrice(rule)) * usage.cacheWriteTokens +
        nano(hourPrice(rule)) * usage.cacheWriteHourTokens;
      return rounded(tokens * (batch ? BATCH : 1) + extras(rule, usage.webSearches));
    },
    most(bound) {
      // The prompt may turn out smaller than the bound: every size below it counts.
      const upTo = rules.findIndex((rule) => bound.promptTokens <= (rule.promptUpTo ?? Infinity));
      const possible = upTo < 0 ? rules : rules.slice(0, upTo + 1);
      return Math.max(
        ...possible.map((rule) => {
          const prompt = Math.max(rule.input, readPrice(rule), writePrice(rule), hourPrice(rule));
          return rounded(
            nano(prompt) * bound.promptTokens +
              nano(rule.output) * bound.outputTokens +
              extras(rule, bound.webSearches),
          );
        }),
      ) as Micros;
    },
  };
}

const readPrice = (rule: PriceRule): number => rule.cacheRead ?? rule.input;
const writePrice = (rule: PriceRule): number => rule.cacheWrite ?? rule.input * 1.25;
const hourPrice = (rule: PriceRule): number => rule.cacheWriteHour ?? rule.input * 2;

/** What does not depend on tokens, in nano-dollars. */
const extras = (rule: PriceRule, webSearches: number): number =>
  Math.round(((rule.webSearch ?? WEB_SEARCH) * webSearches + (rule.call ?? 0)) * 1e9);

/** Dollars per million tokens as nano-dollars a token: whole, for every price with at most three decimals. */
const nano = (perMillion: number): number => Math.round(perMillion * 1000);

/** Nano-dollars as micro-dollars, rounded up: a call is never counted for less than it cost. */
const rounded = (nanos: number): Micros => Math.ceil(nanos / 1000) as Micros;
