/**
 * PV over the whole curriculum: all units and all flows, with samples of each (ten pairs, five flows, ten units, three
 * bridges), drawn by a seed. Books are judged one batch at a time before; this is the word on all of them together.
 */

import { readUtf8 } from "../../artifact/utf8.ts";
import type { WorkspaceView } from "../../artifact/workspace.ts";
import { continuityRun } from "../../curriculum/book-continuity.ts";
import type { BookUnit } from "../../curriculum/book-units.ts";
import { CONNECTIONS_PATH, readConnections } from "../../curriculum/connections.ts";
import type { ContinuityPolicy } from "../../curriculum/continuity-report.ts";
import type { Flow } from "../../curriculum/flow.ts";
import { throughlineCoverage } from "../../curriculum/flow-checks.ts";
import { FLOWS_GLOB, flowIn } from "../../curriculum/flow-files.ts";
import { describeSamples, pickSamples, unread } from "../../curriculum/pick-samples.ts";
import { again, agent, call, defect, toPerson } from "../../exec/action.ts";
import { collection } from "../collection.ts";
import { type Rule, rule } from "../rule.ts";
import { file, glob, intermediate, product } from "../source.ts";
import { CORPUS } from "./p2-gap.ts";

const UNITS = "content/**/*.md";

const curriculum = collection("curriculum", {
  items: [{ name: "fasttrack", title: "the whole curriculum", author: "all books" }],
  key: (each) => each.name,
});

const WHOLE = () => ({ units: glob(UNITS), flows: glob(FLOWS_GLOB) });

function unitsIn(view: WorkspaceView): readonly BookUnit[] {
  return view.list([UNITS]).flatMap((path) => {
    const [, id] = /(\d{2}\.\d{2}\.(?:\d{2}|E\d{1,2}))-[^/]*\.md$/.exec(path) ?? [];
    const bytes = view.bytes(path);
    return id === undefined || bytes === undefined ? [] : [{ id, path, text: readUtf8(bytes) }];
  });
}

function flowsIn(view: WorkspaceView): readonly Flow[] {
  return view.list([FLOWS_GLOB]).flatMap((path) => {
    const read = flowIn(view, path);
    return read.ok ? [read.value] : [];
  });
}

const picks = rule({
  name: "PV_curriculum_picks",
  each: curriculum,
  inputs: WHOLE,
  outputs: () => ({ picks: intermediate() }),
  run: call(({ view, ask }) => {
    const registry = readConnections(ask(CONNECTIONS_PATH) ?? '{"connections":[]}');
    if (!registry.ok) return { outputs: {}, defects: [defect(registry.error, CONNECTIONS_PATH, "mend the registry")] };
    const ids = unitsIn(view).map(({ id }) => id);
    // Another curriculum gets other samples, the same one the same.
    const seed = `curriculum ${ids.length} ${ids.at(-1) ?? ""}`;
    return { outputs: { picks: describeSamples(pickSamples(seed, ids, registry.value.entries, flowsIn(view))) } };
  }),
  estimate: { seconds: 5, usd: 0 },
});

const samples = rule({
  name: "PV_curriculum_samples",
  each: curriculum,
  inputs: (params) => ({ picks: product(picks, params, "picks") }),
  reads: CORPUS,
  outputs: () => ({ samples: intermediate() }),
  pool: "verification",
  shared: "read",
  run: agent({ prompt: "prompts/pv-curriculum.md" }),
  check: ({ inputs, outputs }) =>
    unread(inputs.picks ?? "", outputs.samples ?? "").map((id) =>
      defect(`the sample ${id} was not read`, "samples", "read every sample that was drawn, and name it"),
    ),
  recovery: [again({ hint: "Report on every sample that was drawn." }), toPerson()],
  estimate: { seconds: 40 * 60, usd: 3 },
});

/** @param policy what must be reached. */
export const curriculumRules = (policy: ContinuityPolicy): readonly Rule[] => [
  picks,
  samples,
  rule({
    name: "PV_curriculum",
    each: curriculum,
    identity: () => policy,
    inputs: (params) => ({ ...WHOLE(), samples: product(samples, params, "samples") }),
    outputs: () => ({ report: file("manifests/reports/curriculum/continuity_report.md") }),
    pool: "verification",
    shared: "read",
    run: call(({ inputs, view, ask }) =>
      continuityRun(unitsIn(view), flowsIn(view).map(throughlineCoverage), inputs.samples ?? "", policy, ask),
    ),
    // Which batch to weave again, a person says: `codex reject` its weaving with the figures as the reason.
    recovery: [toPerson()],
    estimate: { seconds: 30, usd: 0 },
  }),
];
