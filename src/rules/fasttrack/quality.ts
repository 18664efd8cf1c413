/**
 * Quality sampling: a reader scores each unit of a sample. It has no tool that proposes edits: it only reports, and what
 * follows a person decides.
 */
import {
  parseSamples,
  parseScores,
  SAMPLES_PATH,
  type Sample,
  type SampledUnit,
  scoreSchema,
  scoresPath,
} from "../../curriculum/quality.ts";
import { again, agent, toPerson } from "../../exec/action.ts";
import { collection } from "../collection.ts";
import { rule } from "../rule.ts";
import { file } from "../source.ts";
import { CORPUS } from "./p2-gap.ts";

const samples = collection("sample", {
  from: file(SAMPLES_PATH),
  items: parseSamples,
  key: (sample: Sample) => sample.date,
  optional: true,
});

const sampledUnits = samples.within("unit", {
  from: () => file(SAMPLES_PATH),
  items: (text, { sample }) => parseSamples(text).find(({ date }) => date === sample.date)?.units ?? [],
  key: (unit: SampledUnit) => unit.id,
});

export const quality = rule({
  name: "quality",
  each: sampledUnits,
  inputs: ({ unit }) => ({ unit: file(unit.path) }),
  reads: CORPUS,
  outputs: ({ sample, unit }) => ({ scores: file(scoresPath(sample.date, unit.id)) }),
  pool: "sampling",
  shared: "read",
  run: agent({ prompt: "prompts/quality-sample.md", schemas: { scores: scoreSchema } }),
  check: ({ outputs }) => {
    const scores = parseScores(outputs.scores ?? "");
    return scores.ok ? [] : scores.error;
  },
  recovery: [again({ hint: "Keep to the form; a low score needs a defect that says why." }), toPerson()],
  estimate: { seconds: 10 * 60, usd: 0.6 },
});
