/**
 * PV: the last word on continuity. Samples are drawn by a seed, an agent reads them, the metrics are computed here, and the
 * report holds all of it. Below a threshold the batch is woven again, three rounds in all; then a person looks (seed §6).
 */
import { continuityRun } from "../../curriculum/book-continuity.ts";
import { bookUnits } from "../../curriculum/book-units.ts";
import { CONNECTIONS_PATH, readConnections } from "../../curriculum/connections.ts";
import type { ContinuityPolicy } from "../../curriculum/continuity-report.ts";
import { describeSamples, pickSamples, unread } from "../../curriculum/pick-samples.ts";
import { again, agent, call, defect, route, toPerson } from "../../exec/action.ts";
import type { Collection } from "../collection.ts";
import { type Rule, rule } from "../rule.ts";
import { intermediate, product } from "../source.ts";
import { continuityReportOf, WEAVINGS, type WeavingRound, weavingReport } from "./collections.ts";
import { CORPUS } from "./p2-gap.ts";
import { unitInputs } from "./p5-verification.ts";

/**
 * The rules of PV over what is woven together.
 * @param rounds what is woven together, and how often. @param policy what must be reached; another policy is another question.
 */
export function continuityRules(rounds: Collection<WeavingRound>, policy: ContinuityPolicy): readonly Rule[] {
  const picks = rule({
    name: "PV_picks",
    each: rounds,
    inputs: ({ batch, round }) => ({
      weaving: weavingReport(batch, round),
      units: unitInputs(batch.production),
    }),
    outputs: () => ({ picks: intermediate() }),
    run: call<WeavingRound>(({ params: { batch, round }, view, ask }) => {
      const registry = readConnections(ask(CONNECTIONS_PATH) ?? '{"connections":[]}');
      if (!registry.ok)
        return { outputs: {}, defects: [defect(registry.error, CONNECTIONS_PATH, "mend the registry")] };
      const ids = bookUnits(view, batch.production).map(({ id }) => id);
      // Flows hang off books: those are sampled when the whole curriculum is judged.
      const seed = `${batch.place.join("/")} round ${round}`;
      return { outputs: { picks: describeSamples(pickSamples(seed, ids, registry.value.entries, [])) } };
    }),
    estimate: { seconds: 1, usd: 0 },
  });

  const samples = rule({
    name: "PV_samples",
    each: rounds,
    inputs: (params) => ({
      picks: product(picks, params, "picks"),
      units: unitInputs(params.batch.production),
      weaving: weavingReport(params.batch, params.round),
    }),
    reads: CORPUS,
    outputs: () => ({ samples: intermediate() }),
    pool: "verification",
    shared: "read",
    run: agent({ prompt: "prompts/pv-continuity.md" }),
    check: ({ inputs, outputs }) =>
      unread(inputs.picks ?? "", outputs.samples ?? "").map((id) =>
        defect(`the sample ${id} was not read`, "samples", "read every sample that was drawn, and name it"),
      ),
    recovery: [again({ hint: "Report on every sample that was drawn." }), toPerson()],
    estimate: { seconds: 30 * 60, usd: 1.5 },
  });

  const continuity = rule({
    name: "PV_continuity",
    each: rounds,
    identity: () => policy,
    inputs: (params) => ({
      samples: product(samples, params, "samples"),
      units: unitInputs(params.batch.production),
    }),
    outputs: ({ batch, round }) => ({ report: continuityReportOf(batch, round) }),
    pool: "verification",
    shared: "read",
    run: call<WeavingRound>(({ params, inputs, view, ask }) =>
      continuityRun(bookUnits(view, params.batch.production), [], inputs.samples ?? "", policy, ask),
    ),
    recovery: [
      route<WeavingRound>({
        to: "PW_weaving",
        settle: ({ params, outputs }) =>
          params.round < WEAVINGS && outputs?.report !== undefined ? { report: outputs.report } : undefined,
      }),
      toPerson(),
    ],
    estimate: { seconds: 5, usd: 0 },
  });
  return [picks, samples, continuity];
}
