/** Gathers what `converge`, `watchdog`, `pilot` and the operator's report ask of a campaign. Reads only. */
import { parsePath } from "../artifact/path.ts";
import { readUtf8 } from "../artifact/utf8.ts";
import type { LogLine } from "../campaign/audit-log.ts";
import { type CampaignFacts, campaignFacts } from "../campaign/campaign-facts.ts";
import { isEntry } from "../campaign/chain.ts";
import { readLines } from "../campaign/jsonl.ts";
import {
  parseSamples,
  parseScores,
  SAMPLES_PATH,
  type ScoredUnit,
  type Shipped,
  scoresPath,
} from "../curriculum/quality.ts";
import { layOut } from "../exec/engine.ts";
import { campaignView, readingRecorder } from "./campaign.ts";
import { campaignFolder, manifestsOf } from "./manifests.ts";
import type { Workspace } from "./open.ts";

/** The audit log as far as it can be read, oldest first. */
export const logOf = (workspace: Workspace): readonly LogLine[] =>
  readLines(workspace.host, `${workspace.host.root}/${manifestsOf(workspace)}/campaign.log.jsonl`).filter(isEntry);

/** The campaign as it stands now, whatever its ledger file says. Throws a `FaultError` where there is no campaign. */
export function factsOf(workspace: Workspace): CampaignFacts {
  campaignFolder(workspace, "ledger");
  const text = readingRecorder(workspace)!.projections(campaignView(workspace)).get("campaign.json")!;
  return campaignFacts(text, logOf(workspace));
}

/** The units that integration shipped, with when: by the traces of the batches, so that a rebuilt one counts anew. */
export function shippedUnits({ engine }: Workspace): readonly (Shipped & { readonly book: string })[] {
  const { graph } = layOut(engine.expand);
  return [...graph.targets.values()].flatMap(({ id, rule }) => {
    const trace = rule === "integrate" ? engine.world.trace(id) : undefined;
    if (trace === undefined) return [];
    const [, book = ""] = id.split("/");
    return Object.keys(trace.outputs).flatMap((path) => {
      const unit = /^content\/.*\/(\d\d\.\d\d\.\w+)-[^/]*\.md$/.exec(path)?.[1];
      return unit === undefined ? [] : [{ id: unit, path, at: Date.parse(trace.run.at), book }];
    });
  });
}

/** What readers have scored so far; a file that cannot be read counts as not scored. */
export function scoredUnits(workspace: Workspace): readonly ScoredUnit[] {
  const { files } = workspace.engine;
  const list = files.bytes(SAMPLES_PATH);
  if (list === undefined) return [];
  return parseSamples(readUtf8(list)).flatMap(({ date, units }) =>
    units.flatMap((unit) => {
      const path = parsePath(scoresPath(date, unit.id));
      const bytes = path.ok ? files.bytes(path.value) : undefined;
      const scores = bytes === undefined ? undefined : parseScores(readUtf8(bytes));
      return scores?.ok ? [{ ...unit, date, scores: scores.value }] : [];
    }),
  );
}
