/**
 * `npm run sim -- --seeds N [--seed S]`: more campaigns than CI has time for; with `--seed` alone, one, told line by line.
 * `npm run sim -- --campaign [--seed S]`: the Fast Track's shape, and a report of what it took, with and without gates.
 */
import { parseArgs } from "node:util";
import { reportLines } from "./fast-track-report.ts";
import { PROTOCOL, runFastTrack, UNATTENDED } from "./fast-track-run.ts";
import { many, seedsFrom } from "./many.ts";
import { simulate } from "./simulate.ts";

const { values } = parseArgs({
  options: { seeds: { type: "string" }, seed: { type: "string" }, campaign: { type: "boolean" } },
});
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

if (values.campaign) {
  const seed = Number(values.seed ?? 1);
  say("As the protocol has it, with an operator who looks in once a day:\n");
  for (const line of reportLines(await runFastTrack(seed, PROTOCOL))) say(line);
  say("\nThe same without gates and ceilings, for the makespan alone:\n");
  for (const line of reportLines(await runFastTrack(seed, UNATTENDED))) say(line);
} else if (values.seed !== undefined && values.seeds === undefined) {
  const { violation, digest } = await simulate(Number(values.seed), {}, say);
  say(violation === undefined ? `No violation. Digest of the run: ${digest}` : violation.message);
  process.exitCode = violation === undefined ? 0 : 1;
} else {
  const started = Date.now();
  const batch = await many(seedsFrom(Number(values.seed ?? 1), Number(values.seeds ?? 500)));
  const seconds = (Date.now() - started) / 1000;
  say(
    `Simulated: ${batch.campaigns} campaigns, ${batch.lives} commands in bad weather, ${batch.crashes} crashes, ${batch.paid} paid calls, ${Math.round(batch.hours)} hours in ${seconds.toFixed(0)} s.`,
  );
  for (const finding of batch.findings) say(finding);
  say(
    batch.findings.length === 0 ? "No violation." : "Run one of them again, told line by line: npm run sim -- --seed N",
  );
  process.exitCode = batch.findings.length === 0 ? 0 : 1;
}
