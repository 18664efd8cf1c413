import { it } from "vitest";
import { simulate } from "./simulate.ts";

it("tries", { timeout: 900_000 }, async () => {
  const started = Date.now();
  const from = Number(process.env.SEED ?? 1),
    n = Number(process.env.SEEDS ?? 20);
  const list = process.env.LIST
    ? process.env.LIST.split(" ").map(Number)
    : Array.from({ length: n }, (_, i) => from + i);
  const kinds = new Map<string, number[]>();
  let lives = 0,
    crashes = 0,
    paid = 0;
  for (const seed of list) {
    try {
      const result = await simulate(seed);
      lives += result.lives;
      crashes += result.crashes;
      paid += result.paid;
      if (result.violation) {
        const k = result.violation.message.slice(0, 200);
        kinds.set(k, [...(kinds.get(k) ?? []), seed]);
      }
    } catch (error) {
      const k = (error as Error).stack!.slice(0, 900);
      kinds.set(k, [...(kinds.get(k) ?? []), seed]);
    }
  }
  console.log((Date.now() - started) / list.length, "ms a campaign", { lives, crashes, paid });
  for (const [k, seeds] of kinds) console.log(seeds.join(" "), k);
});
