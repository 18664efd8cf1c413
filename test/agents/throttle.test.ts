import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Buckets } from "../../src/agents/rate-buckets.ts";
import { type Load, Throttle } from "../../src/agents/throttle.ts";
import { clock } from "./clock.ts";

const NEVER = new AbortController().signal;
const SMALL = { input: 1, output: 1 };
const enter = async (throttle: Throttle): Promise<(load: Load) => void> => {
  const leave = await throttle.enter(SMALL, NEVER);
  if (leave === undefined) throw new Error("not let in");
  return leave;
};

describe("Throttle", () => {
  it("halves at a limit, once for all that was under way, and never falls below its floor", async () => {
    const throttle = new Throttle(clock(), { floor: 2, ceiling: 16 });
    const burst = await Promise.all(Array.from({ length: 16 }, () => enter(throttle)));
    for (const leave of burst) leave("limited");
    expect(throttle.limit).toBe(8);
    for (let n = 0; n < 10; n++) (await enter(throttle))("limited");
    expect(throttle.limit).toBe(2);
  });

  it("grows by one a round of answers, up to its ceiling", async () => {
    const throttle = new Throttle(clock(), { floor: 1, ceiling: 4 });
    for (let n = 0; n < 3; n++) (await enter(throttle))("limited");
    expect(throttle.limit).toBe(1);
    (await enter(throttle))("answered");
    expect(throttle.limit).toBe(2);
    for (let n = 0; n < 100; n++) (await enter(throttle))("answered");
    expect(throttle.limit).toBe(4);
  });

  it("does not grow for a while after an overload, and does not shrink either", async () => {
    const host = clock();
    const throttle = new Throttle(host, { floor: 1, ceiling: 4 });
    (await enter(throttle))("limited");
    (await enter(throttle))("overloaded");
    for (let n = 0; n < 20; n++) (await enter(throttle))("answered");
    expect(throttle.limit).toBe(2);
    host.after(31_000, () => {});
    await host.next();
    for (let n = 0; n < 20; n++) (await enter(throttle))("answered");
    expect(throttle.limit).toBe(4);
  });

  it("lets in no more than its limit, whatever happens, and everybody in the end", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom<Load>("answered", "limited", "overloaded", "other"), { maxLength: 60 }),
        fc.integer({ min: 1, max: 6 }),
        async (loads, ceiling) => {
          const throttle = new Throttle(clock(), { floor: 1, ceiling });
          let running = 0;
          await Promise.all(
            loads.map(async (load) => {
              const leave = await enter(throttle);
              running++;
              expect(running).toBeLessThanOrEqual(ceiling);
              await new Promise((resolve) => setImmediate(resolve));
              running--;
              leave(load);
            }),
          );
          expect(throttle.limit).toBeGreaterThanOrEqual(1);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("lets go of whoever is stopped before its turn", async () => {
    const throttle = new Throttle(clock(), { floor: 1, ceiling: 1 });
    const first = await enter(throttle);
    const stop = new AbortController();
    const second = throttle.enter(SMALL, stop.signal);
    const third = throttle.enter(SMALL, NEVER);
    stop.abort();
    expect(await second).toBeUndefined();
    first("answered");
    expect(await third).toBeDefined();
  });

  it("waits until the bucket is full again", async () => {
    const host = clock();
    const throttle = new Throttle(host, { floor: 1, ceiling: 9 });
    const reset = new Date(host.now() + 5000).toISOString();
    throttle.observe(limits("requests", { limit: "50", remaining: "1", reset }));
    const started = host.now();
    await enter(throttle);
    await host.until(enter(throttle));
    expect(host.now() - started).toBe(5000);
  });
});

const limits = (name: string, values: Readonly<Record<string, string>>): Headers =>
  new Headers(Object.entries(values).map(([what, value]) => [`anthropic-ratelimit-${name}-${what}`, value]));

describe("Buckets", () => {
  const now = Date.UTC(2026, 0, 1);
  const reset = new Date(now + 10_000).toISOString();

  it("counts tokens in and out by themselves and together", () => {
    const buckets = new Buckets();
    buckets.observe(limits("input-tokens", { limit: "1000", remaining: "100", reset }), now);
    expect(buckets.take({ input: 60, output: 5000 }, now)).toBe(0);
    expect(buckets.take({ input: 60, output: 0 }, now)).toBe(10_000);
    expect(buckets.take({ input: 40, output: 0 }, now)).toBe(0);
    expect(buckets.take({ input: 900, output: 0 }, now + 10_000)).toBe(0);
  });

  it("lets pass what is larger than the limit itself, when nothing was taken yet", () => {
    const buckets = new Buckets();
    buckets.observe(limits("output-tokens", { limit: "1000", remaining: "1000", reset }), now);
    expect(buckets.take({ input: 0, output: 64_000 }, now)).toBe(0);
  });

  it("goes by the server's clock", () => {
    const buckets = new Buckets();
    const headers = limits("requests", { limit: "5", remaining: "0", reset });
    headers.set("date", new Date(now + 4000).toUTCString());
    buckets.observe(headers, now);
    expect(buckets.take(SMALL, now)).toBe(6000);
  });

  it.each([{}, { limit: "x", remaining: "0", reset }, { limit: "5", remaining: "0", reset: "soon" }])(
    "takes no notice of %j",
    (values) => {
      const buckets = new Buckets();
      buckets.observe(limits("requests", values), now);
      expect(buckets.take(SMALL, now)).toBe(0);
    },
  );
});
