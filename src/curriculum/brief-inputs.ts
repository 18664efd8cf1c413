/** Gathers what a connection brief is made of, by recorded reads: only what the brief is made from can make it stale. */
import type { RunContext } from "../exec/action.ts";
import { FaultError, usageFault } from "../fault.ts";
import { type BriefFlow, type BriefNeighbour, connectionBrief, neighboursOf } from "./brief.ts";
import { CONNECTIONS_PATH, type Connection, readConnections } from "./connections.ts";
import { readFlow } from "./flow.ts";
import { UNIT_ID } from "./ids.ts";
import type { ProducedUnit } from "./production.ts";
import { readHead } from "./unit/unit-head.ts";
import { field, stringOf } from "./unit/yaml-node.ts";
import { readUnitCard } from "./unit-card.ts";

type Asking = Pick<RunContext, "ask" | "askList">;

/** @param perspective §1.7 of the book's audit. */
export function briefOf(unit: ProducedUnit, perspective: string, asking: Asking): string {
  const registry = registryOf(asking);
  // The registry may name anything as a unit; what is no id would be another glob.
  const ids = neighboursOf(unit, registry).filter((id) => UNIT_ID.test(id));
  const neighbours = ids.flatMap((id) => neighbourOf(id, asking));
  return connectionBrief({ unit, registry, flows: flowsOf(asking), neighbours, perspective });
}

function registryOf({ ask }: Asking): readonly Connection[] {
  const read = readConnections(ask(CONNECTIONS_PATH) ?? '{"connections":[]}');
  if (!read.ok) throw new FaultError(usageFault(`the registry ${read.error}`, CONNECTIONS_PATH, "mend the file"));
  return read.value.entries;
}

function neighbourOf(id: string, { ask, askList }: Asking): BriefNeighbour[] {
  return askList(`content/**/${id}-*.md`).flatMap((path) => {
    const frontmatter = ask(`${path}#frontmatter`);
    const bytes = new TextEncoder().encode(`---\n${frontmatter ?? ""}\n---\n`);
    const head = readHead(bytes);
    const card = readUnitCard(path, bytes);
    if (!head.ok || !card.ok) return [];
    return [
      {
        id,
        title: stringOf(field(head.value.frontmatter, "title")),
        conceptId: card.value.concept,
        connections: card.value.connections,
      },
    ];
  });
}

function flowsOf({ ask, askList }: Asking): BriefFlow[] {
  return askList("flows/*.md").flatMap((path) => {
    const flow = readFlow(ask(path) ?? "", path.slice("flows/".length, -".md".length));
    return flow.ok ? [flow.value] : [];
  });
}
