import { it } from "vitest";
import { runFastTrack } from "./fast-track-run.ts";

it("big", { timeout: 900_000 }, async () => {
  const t = Date.now();
  const gates = process.env.GATES ? ["P2_gap", "P3_plan", "P5_verification"] : [];
  const r = await runFastTrack(Number(process.env.SEED ?? 1), {
    gates,
    line: { overloaded: 0.02, stalled: 0.005, lost: 0.003 },
    badly: process.env.GATES ? 1 : 1,
  });
  console.log(JSON.stringify(r, null, 1), "ratio", r.atWork / r.bound, "real s", (Date.now() - t) / 1000);
});
