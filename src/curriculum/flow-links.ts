/**
 * How flows hang together (pass PE): what each one's `connections_outward` must hold so that every link is told on both
 * sides. What a flow declares, and what follows from another's declaration or prerequisites, is the whole of it.
 */
import { type Defect, defect } from "../exec/action.ts";
import { unreachable } from "../result.ts";
import { cyclesOf } from "./cycles.ts";
import type { Flow, Relation } from "./flow.ts";
import { byCodeUnit } from "./text-edit.ts";

/** A link that a flow ought to have and has not. */
export interface MissingLink {
  readonly flow: string;
  readonly to: string;
  readonly relation: Relation;
  /** Where it follows from. */
  readonly because: string;
}

/** The relation as the other flow must tell it. */
function inverse(relation: Relation): Relation {
  switch (relation) {
    case "feeds":
      return "fed-by";
    case "fed-by":
      return "feeds";
    case "parallel":
      return "parallel";
    default:
      return unreachable(relation);
  }
}

/** The links to be woven in, by flow and then by the flow they lead to. Links to unknown flows make none. */
export function missingLinks(flows: readonly Flow[]): readonly MissingLink[] {
  const known = new Set(flows.map((flow) => flow.id));
  const key = (flow: string, to: string, relation: Relation): string => `${flow} ${to} ${relation}`;
  const declared = new Set(
    flows.flatMap((flow) => flow.connections_outward.map((link) => key(flow.id, link.flow, link.relation))),
  );
  const missing = new Map<string, MissingLink>();
  const want = (flow: string, to: string, relation: Relation, because: string): void => {
    const id = key(flow, to, relation);
    if (known.has(flow) && known.has(to) && flow !== to && !declared.has(id) && !missing.has(id)) {
      missing.set(id, { flow, to, relation, because });
    }
  };
  // Prerequisites are the stronger reason; neither reason depends on the order in which the flows were read.
  const sorted = flows.toSorted((a, b) => byCodeUnit(a.id, b.id));
  for (const flow of sorted) {
    for (const before of flow.prerequisite_flows) {
      want(before, flow.id, "feeds", `${flow.id} has it as a prerequisite`);
      want(flow.id, before, "fed-by", `${before} is its prerequisite`);
    }
  }
  for (const flow of sorted) {
    for (const link of flow.connections_outward) {
      want(link.flow, flow.id, inverse(link.relation), `${flow.id} says that it ${said(link.relation)}`);
    }
  }
  const order = (link: MissingLink): string => key(link.flow, link.to, link.relation);
  return [...missing.values()].toSorted((a, b) => byCodeUnit(order(a), order(b)));
}

function said(relation: Relation): string {
  switch (relation) {
    case "feeds":
      return "feeds this flow";
    case "fed-by":
      return "is fed by this flow";
    case "parallel":
      return "is parallel to this flow";
    default:
      return unreachable(relation);
  }
}

/** Links to nothing or to itself, contradictions, missing counterparts, and prerequisites that form a cycle. */
export function linkDefects(flows: readonly Flow[]): readonly Defect[] {
  const known = new Set(flows.map((flow) => flow.id));
  const defects: Defect[] = [];
  for (const flow of flows) {
    const where = `flows/${flow.id}.md`;
    const relations = new Map<string, Relation>();
    for (const link of flow.connections_outward) {
      if (!known.has(link.flow) || link.flow === flow.id) {
        defects.push(defect(`connections_outward names ${link.flow}`, where, "name another flow that exists"));
      }
      const other = relations.get(link.flow);
      if (other !== undefined) {
        defects.push(defect(`${link.flow} is linked as ${other} and as ${link.relation}`, where, "keep one of them"));
      }
      relations.set(link.flow, link.relation);
    }
    for (const before of flow.prerequisite_flows) {
      if (!known.has(before))
        defects.push(defect(`the prerequisite flow ${before} does not exist`, where, "correct its id"));
    }
  }
  for (const link of missingLinks(flows)) {
    const mend = `add { flow: ${link.to}, relation: ${link.relation} } to connections_outward`;
    defects.push(defect(`a link to ${link.to} is missing: ${link.because}`, `flows/${link.flow}.md`, mend));
  }
  for (const { path } of cyclesOf(new Map(flows.map((flow) => [flow.id, flow.prerequisite_flows])))) {
    defects.push(
      defect(`prerequisite flows form a cycle: ${path.join(" needs ")}`, `flows/${path[0]}.md`, "drop one of them"),
    );
  }
  return defects;
}
