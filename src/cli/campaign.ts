/** What commands that write tell the campaign's records: where `campaign` is configured, every transition is logged. */
import type { CampaignView } from "../campaign/campaign-view.ts";
import { Recorder } from "../campaign/recorder.ts";
import type { Book } from "../curriculum/books.ts";
import type { FlowPlan } from "../curriculum/flow-list.ts";
import { layOut } from "../exec/engine.ts";
import { type Survey, withoutFailures } from "../exec/survey.ts";
import { FaultError, usageFault } from "../fault.ts";
import { DEFAULT_POLICY, Evaluation } from "../graph/evaluate.ts";
import type { Graph } from "../graph/graph.ts";
import type { Trace } from "../graph/trace.ts";
import type { Collection } from "../rules/collection.ts";
import type { Workspace } from "./open.ts";

/** The books of the workspace's campaign; none where the configuration names no campaign. */
export function campaignBooks({ config, engine }: Pick<Workspace, "config" | "engine">): readonly Book[] {
  if (config.campaign === undefined) return [];
  // Checked to be a collection; that its members are books, its own reader checks.
  const books = config.campaign.books as unknown as Collection<{ readonly book: Book }>;
  const list = books.expand(engine.files).members.map((member) => member.params.book);
  if (list.some((book) => typeof book?.slug !== "string")) {
    throw new FaultError(
      usageFault(
        "campaign.books is no collection of books",
        "codex.config.ts",
        'give it collection("book", …) whose items have slug, tier, entry, title and plan',
      ),
    );
  }
  return list;
}

/** The flows of the workspace's campaign; none where the configuration names none. */
export function campaignFlows({ config, engine }: Pick<Workspace, "config" | "engine">): readonly FlowPlan[] {
  // Checked to be a collection, like the books.
  const flows = config.campaign?.flows as unknown as Collection<{ readonly flow: FlowPlan }> | undefined;
  return flows?.expand(engine.files).members.map((member) => member.params.flow) ?? [];
}

/**
 * The recorder of the workspace's campaign; undefined where the configuration names none. For commands that write: the
 * log is told first what a crash kept from it.
 */
export function recorderOf(workspace: Workspace): Recorder | undefined {
  const recorder = readingRecorder(workspace);
  recorder?.catchUp(allTraces(workspace));
  return recorder;
}

/** The same for those who only look. */
export function readingRecorder(workspace: Workspace): Recorder | undefined {
  const { config, host } = workspace;
  if (config.campaign === undefined) return undefined;
  const flowPlans = campaignFlows(workspace);
  return new Recorder(host, `${host.root}/${config.campaign.manifests}`, campaignBooks(workspace), flowPlans);
}

/** Every trace of the workspace, by address. */
export const allTraces = ({ engine }: Pick<Workspace, "engine">): ReadonlyMap<string, Trace> =>
  new Map(engine.traces.addresses().map((id) => [id, engine.traces.get(id)!]));

/**
 * The whole campaign as it stands, not only what was asked for. A question that answers differently is work to do, not
 * a step back: a book's state is how far it has come.
 */
export function campaignView({ engine }: Workspace, graph: Graph = layOut(engine.expand).graph): CampaignView {
  const evaluation = new Evaluation(graph, withoutFailures(engine.world), { ...DEFAULT_POLICY, trustReads: "all" });
  return {
    targets: [...graph.targets.values()],
    status: (id) => evaluation.status(id),
    trace: (id) => engine.world.trace(id),
  };
}

/** The same while a build goes on, at the cost of what has changed. */
export function livingView({ engine }: Workspace, survey: Survey): CampaignView {
  const evaluation = survey.settled();
  return {
    get targets() {
      return survey.snapshot.graph.targets.values();
    },
    ofBook: (slug) => survey.under(`book/${slug}`),
    status: (id) => evaluation.status(id),
    trace: (id) => engine.world.trace(id),
  };
}
