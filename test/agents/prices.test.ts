/** Prices: by day, prompt size and cache class; exact in whole micro-dollars; nothing unpriced. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PRICES, type PriceList, Prices } from "../../src/agents/prices.ts";
import { NO_USAGE, type Usage } from "../../src/usage.ts";
import { error, value } from "./scripted.ts";

const NOW = Date.UTC(2026, 10, 22);
const usage = (part: Partial<Usage>): Usage => ({ ...NO_USAGE, ...part });
const cost = (model: string, part: Partial<Usage>, batch = false, own: PriceList = {}, at = NOW): number =>
  value(new Prices(own).of(model, at)).cost(usage(part), batch);

describe("the known prices", () => {
  it.each([
    ["claude-opus-5-5", { inputTokens: 1_000_000 }, 4_000_000],
    ["claude-opus-5-5", { outputTokens: 1_000_000 }, 20_000_000],
    ["claude-opus-5-5", { cacheWriteTokens: 1_000_000 }, 5_000_000],
    ["claude-opus-5-5", { cacheWriteHourTokens: 1_000_000 }, 8_000_000],
    ["claude-opus-5-5", { cacheReadTokens: 1_000_000 }, 200_000],
    ["claude-fable-5-1", { inputTokens: 1000, outputTokens: 1000 }, 60_000],
    ["claude-sonnet-5-5", { cacheWriteHourTokens: 1000 }, 4000],
    ["claude-opus-5", { cacheReadTokens: 1000, outputTokens: 1 }, 525],
    ["claude-haiku-4-5", { webSearches: 3 }, 30_000],
    ["claude-opus-5-5-20261012", { inputTokens: 1000 }, 4000],
  ] as const)("%s %j costs %d micro-dollars", (model, used, micros) => {
    expect(cost(model, used)).toBe(micros);
  });

  it("a large prompt has another price, counted with what the cache held", () => {
    expect(cost("claude-haiku-5-5", { inputTokens: 100_000 })).toBe(10_000);
    expect(cost("claude-haiku-5-5", { inputTokens: 100_001 })).toBe(50_001);
    expect(cost("claude-haiku-5-5", { inputTokens: 1, cacheReadTokens: 100_000, outputTokens: 1000 })).toBe(7501);
  });

  it("a batch costs half; searches do not", () => {
    expect(cost("claude-opus-5-5", { inputTokens: 1000, outputTokens: 1000 }, true)).toBe(12_000);
    expect(cost("claude-opus-5-5", { webSearches: 1 }, true)).toBe(10_000);
  });

  it("are rounded up to the micro-dollar, once a call", () => {
    expect(cost("claude-haiku-5-5", { inputTokens: 1 })).toBe(1);
    expect(cost("claude-haiku-5-5", { inputTokens: 1, outputTokens: 1 })).toBe(1);
    expect(cost("claude-haiku-5-5", { cacheReadTokens: 101 })).toBe(2);
  });
});

describe("a model without a price", () => {
  it("is refused with the line to add", () => {
    expect(error(new Prices().of("gpt-9", NOW))).toEqual({
      what: "the model gpt-9 has no price, and nothing is bought at an unknown price",
      where: "gpt-9",
      mend: 'add it to codex.config.ts, in dollars per million tokens: prices: { "gpt-9": { input: …, output: … } }',
      exit: 2,
    });
  });

  it.each(["constructor", "__proto__", "claude-opus", ""])("%j is one", (model) => {
    expect(new Prices().of(model, NOW).ok).toBe(false);
  });
});

describe("prices of one's own", () => {
  const own: PriceList = {
    mine: [
      { from: "2026-12-01", input: 3, output: 3 },
      { input: 1, output: 2 },
      { from: "2026-11-01", promptUpTo: 10, input: 5, output: 6 },
      { from: "2026-11-01", input: 7, output: 8 },
    ],
    "claude-opus-5-5": [{ input: 1, output: 1, cacheRead: 0, cacheWrite: 1, cacheWriteHour: 1 }],
    program: [{ input: 0, output: 0, call: 0.25, webSearch: 0 }],
  };

  it("hold from their day on", () => {
    const of = (day: string, tokens = 100): number =>
      cost("mine", { inputTokens: tokens }, false, own, Date.parse(`${day}T23:59:59Z`));
    expect([of("2020-01-01"), of("2026-10-31"), of("2026-11-01"), of("2026-11-01", 10), of("2026-12-01")]).toEqual([
      100, 100, 700, 50, 300,
    ]);
  });

  it("replace those that are known, and fill in the cache classes", () => {
    expect(cost("claude-opus-5-5", { outputTokens: 1000 }, false, own)).toBe(1000);
    expect(
      cost("mine", { cacheReadTokens: 100, cacheWriteTokens: 100, cacheWriteHourTokens: 100 }, false, own, 0),
    ).toBe(100 + 125 + 200);
  });

  it("may be by the call", () => {
    expect(cost("program", { inputTokens: 5000, webSearches: 9 }, false, own)).toBe(250_000);
  });
});

it("what is set aside covers whatever may come of the request", () => {
  const tokens = fc.integer({ min: 0, max: 200_000 });
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.keys(PRICES)),
      fc.record({
        input: tokens,
        read: tokens,
        write: tokens,
        hour: tokens,
        output: tokens,
        web: fc.nat(20),
        more: tokens,
      }),
      fc.boolean(),
      (model, used, batch) => {
        const price = value(new Prices().of(model, NOW));
        const most = price.most({
          promptTokens: used.input + used.read + used.write + used.hour + used.more,
          outputTokens: used.output + used.more,
          webSearches: used.web,
        });
        const spent = price.cost(
          usage({
            inputTokens: used.input,
            cacheReadTokens: used.read,
            cacheWriteTokens: used.write,
            cacheWriteHourTokens: used.hour,
            outputTokens: used.output,
            webSearches: used.web,
          }),
          batch,
        );
        expect(Number.isInteger(spent)).toBe(true);
        expect(spent).toBeLessThanOrEqual(most);
      },
    ),
    { numRuns: 500 },
  );
});

it("a smaller prompt than was reckoned with may be the dearer one", () => {
  const own: PriceList = {
    mine: [
      { promptUpTo: 100, input: 10, output: 0, cacheWrite: 0, cacheWriteHour: 0, cacheRead: 0 },
      { input: 1, output: 0, cacheWrite: 0, cacheWriteHour: 0, cacheRead: 0 },
    ],
  };
  const most = value(new Prices(own).of("mine", NOW)).most({ promptTokens: 200, outputTokens: 0, webSearches: 0 });
  expect(most).toBeGreaterThanOrEqual(cost("mine", { inputTokens: 100 }, false, own));
});
