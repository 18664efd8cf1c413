import { it } from "vitest";
import { simulate } from "./simulate.ts";

it("one", { timeout: 600_000 }, async () => {
  const r = await simulate(Number(process.env.SEED), {}, true);
  console.log(r.violation?.message, r);
});
