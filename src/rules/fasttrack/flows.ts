/**
 * Flows: ordered walks through units (seed §3.2). An author flow hangs off its book, the others off the flows that they are
 * made of. Each pass edits the flow's one file, as the next link of its chain; a unit that changes makes the flow's
 * verification stale, and its bridges drift.
 */
import type { ContinuityPolicy } from "../../curriculum/continuity-report.ts";
import { type Flow, readFlow } from "../../curriculum/flow.ts";
import {
  bridgeDefects,
  lastBridgeDefects,
  orderDefects,
  pauseDefects,
  throughlineCoverage,
  uncoveredSections,
  unshippedDefects,
} from "../../curriculum/flow-checks.ts";
import {
  addLinks,
  FLOWS_GLOB,
  flowIdOf,
  flowIn,
  trajectoryOf,
  unitGraph,
  withoutLinks,
} from "../../curriculum/flow-files.ts";
import { linkDefects, missingLinks } from "../../curriculum/flow-links.ts";
import { type FlowPlan, parseFlows, sectionsOf } from "../../curriculum/flow-list.ts";
import { DEPS_PATH } from "../../curriculum/shared-files.ts";
import {
  again,
  agent,
  type CheckContext,
  call,
  type Defect,
  defect,
  type RunContext,
  toPerson,
} from "../../exec/action.ts";
import type { Address } from "../../graph/address.ts";
import { collection } from "../collection.ts";
import { type Rule, rule } from "../rule.ts";
import { file, glob, type InputSpec, intermediate, orderOnly, section, soft } from "../source.ts";
import { groupsOfTier } from "./collections.ts";
import { CORPUS } from "./p2-gap.ts";
import { unitFile } from "./p4-production.ts";

export const flows = collection("flow", {
  from: file("manifests/books.yaml"),
  items: parseFlows,
  key: (flow: FlowPlan) => flow.id,
  groups: (flow) => (flow.book === undefined ? [] : groupsOfTier(flow.book.tier)),
});

type InFlow = { readonly flow: FlowPlan };

/** The units of a flow's steps, once its trajectory is there. */
const steppedFlows = flows.with("units", {
  from: ({ flow }) => file(flow.path),
  read: (text, { flow }): readonly string[] => {
    const read = readFlow(text, flow.id);
    return read.ok ? [...new Set(read.value.steps.map(({ unit }) => unit))] : [];
  },
});

const unitInputs = (units: readonly string[]): Record<string, InputSpec> =>
  Object.fromEntries(units.map((id) => [id, glob(unitFile(id))]));

/** What the flows that this one is made of come to, without their links. */
const partsOf = ({ flow }: InFlow): Record<string, InputSpec> =>
  Object.fromEntries(
    flow.flows.map((id) => [
      id,
      {
        source: { kind: "product", of: `flow/${id}/PD_verification` as Address, name: "flow" },
        input: "hard",
      } as const,
    ]),
  );

const reportOf = ({ flow }: InFlow, name: string) => file(`manifests/reports/flow-${flow.id}/${name}.md`);

/** The flow as a pass left it, or why it cannot be read. */
function judged(context: CheckContext<InFlow>, judge: (flow: Flow, before: Flow | undefined) => readonly Defect[]) {
  const read = flowIn(context.after, context.params.flow.path);
  if (!read.ok) return read.error;
  const before = flowIn(context.view, context.params.flow.path);
  return judge(read.value, before.ok ? before.value : undefined);
}

/** A pass that adds to a flow must leave its steps as they were. */
const sameSteps = (flow: Flow, before: Flow | undefined): readonly Defect[] =>
  before === undefined || trajectoryOf(flow) === trajectoryOf(before)
    ? []
    : [defect("the steps were changed", "", "leave n, unit, tier and section_anchor of every step as they were")];

const graphOf = ({ ask }: Pick<RunContext, "ask">) => unitGraph(ask(DEPS_PATH) ?? "{}");

/** What a trajectory must be before anything is built on it. */
function trajectoryDefects(flow: Flow, context: RunContext<InFlow>): readonly Defect[] {
  const { flow: plan } = context.params;
  const graph = graphOf(context);
  return [
    ...(flow.kind === plan.kind ? [] : [defect(`its kind is ${flow.kind}, it was asked for as ${plan.kind}`)]),
    ...(flow.steps.length > 0 ? [] : [defect("the flow has no step")]),
    ...(flow.throughline === undefined ? [defect("the flow has no throughline")] : []),
    ...orderDefects(flow, graph),
    ...unshippedDefects(flow, graph.isShipped),
    ...uncoveredSections(flow, sectionsOf(plan)),
  ];
}

const missedBeats = (flow: Flow): readonly Defect[] =>
  throughlineCoverage(flow).missed.map((claim) =>
    defect(`no bridge says “${claim}”`, "bridge_after", "say the claim in a bridge, in its own words"),
  );

const trajectory = rule({
  name: "PA_trajectory",
  each: flows,
  identity: ({ flow: { kind, title, sections, flows: of } }) => ({ kind, title, sections, flows: of }),
  inputs: (params) => {
    const { book } = params.flow;
    return {
      ...(book === undefined
        ? {}
        : {
            audit: section(book.plan, "§1"),
            plan: section(book.plan, "§3"),
            verified: orderOnly(section(book.plan, "§4")),
          }),
      flows: partsOf(params),
    };
  },
  reads: CORPUS,
  outputs: ({ flow }) => ({ flow: file(flow.path) }),
  pool: "flow",
  run: agent({ prompt: "prompts/pa-trajectory.md" }),
  check: (context) => judged(context, (flow) => trajectoryDefects(flow, context)),
  recovery: [again({ hint: "Mend every defect that is listed, and nothing else." }), toPerson()],
  estimate: { seconds: 20 * 60, usd: 1 },
});

const EDITING = { tools: ["read", "list", "search", "lookup", "propose_edit"], turns: 60 } as const;

const bridges = rule({
  name: "PB_bridges",
  each: steppedFlows,
  inputs: ({ units }) => ({
    units: Object.fromEntries(Object.entries(unitInputs(units)).map(([id, input]) => [id, soft(input)])),
  }),
  reads: CORPUS,
  amends: ({ flow }) => [flow.path],
  outputs: () => ({ notes: intermediate() }),
  pool: "flow",
  run: agent({ prompt: "prompts/pb-bridges.md", ...EDITING }),
  check: (context) =>
    judged(context, (flow, before) => [...sameSteps(flow, before), ...bridgeDefects(flow), ...missedBeats(flow)]),
  recovery: [again({ hint: "Mend every defect that is listed, and nothing else." }), toPerson()],
  estimate: { seconds: 20 * 60, usd: 1.5 },
});

const pauses = rule({
  name: "PC_pauses",
  each: steppedFlows,
  // A chain has an order: pauses come after the bridges that they stand between.
  after: ({ flow }) => [`flow/${flow.id}/PB_bridges`],
  reads: CORPUS,
  amends: ({ flow }) => [flow.path],
  outputs: () => ({ notes: intermediate() }),
  pool: "flow",
  run: agent({ prompt: "prompts/pc-pauses.md", ...EDITING }),
  check: (context) =>
    judged(context, (flow, before) => [
      ...sameSteps(flow, before),
      ...bridgeDefects(flow),
      ...missedBeats(flow),
      ...pauseDefects(flow),
    ]),
  recovery: [again({ hint: "Mend every defect that is listed, and nothing else." }), toPerson()],
  estimate: { seconds: 10 * 60, usd: 0.5 },
});

/** Other flows' titles, as a last bridge may name them. */
const titlesIn = ({ ask, askList }: Pick<RunContext, "ask" | "askList">): ReadonlyMap<string, string> =>
  new Map(allFlows({ ask, askList }).map(({ id, title }) => [id, title]));

function allFlows({ ask, askList }: Pick<RunContext, "ask" | "askList">): readonly Flow[] {
  return askList(FLOWS_GLOB).flatMap((path) => {
    const read = readFlow(ask(path) ?? "", flowIdOf(path));
    return read.ok ? [read.value] : [];
  });
}

const bullets = (lines: readonly string[], none: string): string =>
  lines.length === 0 ? `${none}\n` : `${lines.map((line) => `- ${line}`).join("\n")}\n`;

const verification = rule({
  name: "PD_verification",
  each: steppedFlows,
  inputs: ({ flow, units }) => ({ flow: file(flow.path), units: unitInputs(units) }),
  after: ({ flow }) => [`flow/${flow.id}/PC_pauses`],
  outputs: (params) => ({ report: reportOf(params, "verification"), flow: intermediate() }),
  run: call<InFlow>((context) => {
    const { flow: plan } = context.params;
    const read = readFlow(context.inputs.flow ?? "", plan.id);
    if (!read.ok) return { outputs: {}, defects: read.error };
    const flow = read.value;
    const defects = [
      ...trajectoryDefects(flow, context),
      ...bridgeDefects(flow),
      ...pauseDefects(flow),
      ...(flow.connections_outward.length === 0 ? [] : lastBridgeDefects(flow, titlesIn(context))),
    ];
    const steps = flow.steps.map(({ n, unit, section_anchor }) => `${n}. ${unit} (${section_anchor || "–"})`);
    const report = [
      `# Verification of the flow ${plan.id}`,
      "",
      `Steps: ${flow.steps.length}. Every unit is shipped, the order respects the prerequisites, ${sectionsOf(plan).length} sections are covered, every bridge has 80 to 150 words.`,
      "",
      ...steps,
      "",
    ].join("\n");
    return { outputs: { report, flow: withoutLinks(flow) }, defects };
  }),
  recovery: [toPerson()],
  estimate: { seconds: 1, usd: 0 },
});

const weaving = rule({
  name: "PE_weaving",
  each: steppedFlows,
  inputs: (params) => ({ verification: reportOf(params, "verification") }),
  amends: ({ flow }) => [flow.path],
  outputs: () => ({ links: intermediate() }),
  run: call<InFlow>((context) => {
    const { flow: plan } = context.params;
    const source = context.view.bytes(plan.path as never);
    const text = new TextDecoder().decode(source);
    const own = readFlow(text, plan.id);
    if (!own.ok) return { outputs: {}, defects: own.error };
    const others = allFlows(context).filter(({ id }) => id !== plan.id);
    const links = missingLinks([own.value, ...others]).filter(({ flow }) => flow === plan.id);
    const linked = addLinks(text, links);
    if (!linked.ok) return { outputs: {}, defects: [defect(linked.error, plan.path, "write the links as a list")] };
    return {
      outputs: {
        links: bullets(
          links.map(({ to, relation, because }) => `${relation} ${to}: ${because}`),
          "No link was missing.",
        ),
      },
      amended: new Map(links.length === 0 ? [] : [[plan.path, new TextEncoder().encode(linked.value)]]),
    };
  }),
  recovery: [toPerson()],
  estimate: { seconds: 1, usd: 0 },
});

/** @param policy what of the throughline the bridges must carry. */
const attenuation = ({ thresholds }: ContinuityPolicy): Rule<InFlow & { readonly units: readonly string[] }> =>
  rule({
    name: "PV_attenuation",
    each: steppedFlows,
    identity: () => thresholds.throughlineCoverage,
    inputs: ({ flow, units }) => ({ flow: file(flow.path), units: unitInputs(units) }),
    after: ({ flow }) => [`flow/${flow.id}/PE_weaving`],
    outputs: (params) => ({ report: reportOf(params, "attenuation") }),
    run: call<InFlow>((context) => {
      const { flow: plan } = context.params;
      const read = readFlow(context.inputs.flow ?? "", plan.id);
      if (!read.ok) return { outputs: {}, defects: read.error };
      const { beats, missed } = throughlineCoverage(read.value);
      const share = beats === 0 ? 1 : (beats - missed.length) / beats;
      const others = allFlows(context).filter(({ id }) => id !== plan.id);
      const defects = [
        ...(share >= thresholds.throughlineCoverage ? [] : missedBeats(read.value)),
        ...linkDefects([read.value, ...others]).filter(({ where }) => where === plan.path),
      ];
      const report = [
        `# Attenuation of the flow ${plan.id}`,
        "",
        `Synthesis beats that a bridge carries: ${beats - missed.length} of ${beats}. Links outward: ${read.value.connections_outward.length}.`,
        "",
      ].join("\n");
      return { outputs: { report }, defects };
    }),
    recovery: [toPerson()],
    estimate: { seconds: 1, usd: 0 },
  });

/** The passes of flows. */
export const flowRules = (policy: ContinuityPolicy): readonly Rule[] => [
  trajectory,
  bridges,
  pauses,
  verification,
  weaving,
  attenuation(policy),
];
