/**
 * The connection brief: what a unit's author is told of the curriculum around the unit. Production depends on the brief
 * and not on the registry, so the brief holds what concerns the unit and nothing else, in an order of its own: an entry
 * about something else, or another order of the registry, leaves it as it was, byte for byte.
 */
import { byCodeUnit } from "./text-edit.ts";

/** A registered connection, as `manifests/connections.json` has it. */
export interface BriefConnection {
  readonly id: string;
  /** Concept ids. */
  readonly from: string;
  readonly to: string;
  readonly type: string;
  readonly strength: string;
  readonly anchor_phrase: string;
  readonly appears_in_units: readonly string[];
  readonly synthesis_note: string;
}

/** The unit that is to be written, as its plan has it. */
export interface BriefUnit {
  readonly id: string;
  readonly title: string;
  readonly conceptId: string;
  readonly prerequisites: readonly string[];
  readonly peers: readonly string[];
}

/** An existing unit nearby, with what its frontmatter says of connections. */
export interface BriefNeighbour {
  readonly id: string;
  readonly title: string;
  readonly conceptId: string;
  /** Ids of the connections that it says it invokes. */
  readonly connections: readonly string[];
}

/** A flow, as far as its throughline goes; a flow that was read (`flow.ts`) is one. */
export interface BriefFlow {
  readonly id: string;
  readonly title: string;
  readonly steps: readonly { readonly n: number; readonly unit: string }[];
  readonly throughline?:
    | {
        readonly central_question: string;
        readonly recurring_concepts: readonly string[];
        readonly synthesis_beats: readonly { readonly after_step: number; readonly claim: string }[];
      }
    | undefined;
}

export interface BriefInput<C extends BriefConnection = BriefConnection> {
  readonly unit: BriefUnit;
  /** The whole registry, in any order. */
  readonly registry: readonly C[];
  readonly flows: readonly BriefFlow[];
  /** Units nearby; those that are no neighbours of the unit are left out. */
  readonly neighbours: readonly BriefNeighbour[];
  /** §1.7 of the book's audit, with or without its heading. */
  readonly perspective: string;
}

const byId = (a: { readonly id: string }, b: { readonly id: string }): number => byCodeUnit(a.id, b.id);

/** The connections that the unit must invoke: those of its concept, and those that name the unit. */
const connectionsOf = <C extends BriefConnection>(unit: BriefUnit, registry: readonly C[]): readonly C[] =>
  registry
    .filter(
      ({ from, to, appears_in_units }) => [from, to].includes(unit.conceptId) || appears_in_units.includes(unit.id),
    )
    .toSorted(byId);

/** Ids of the units whose text the unit's author should know of: prerequisites, peers, other ends of connections. */
export function neighboursOf(unit: BriefUnit, registry: readonly BriefConnection[]): readonly string[] {
  const connected = connectionsOf(unit, registry).flatMap((connection) => connection.appears_in_units);
  const ids = new Set([...unit.prerequisites, ...unit.peers, ...connected]);
  ids.delete(unit.id);
  return [...ids].toSorted(byCodeUnit);
}

/** The brief as Markdown. It depends on nothing but what concerns the unit: no date, no order of the inputs. */
export function connectionBrief<C extends BriefConnection>(input: BriefInput<C>): string {
  const { unit, registry } = input;
  const own = connectionsOf(unit, registry);
  const nearby = new Set(neighboursOf(unit, registry));
  const neighbours = input.neighbours.filter(({ id }) => nearby.has(id)).toSorted(byId);
  const invoked = new Set(neighbours.flatMap((neighbour) => neighbour.connections));
  const ownIds = new Set(own.map((connection) => connection.id));
  const around = registry.filter(({ id }) => invoked.has(id) && !ownIds.has(id)).toSorted(byId);

  return `${[
    `# Connection brief for ${unit.id} ${line(unit.title)}`,
    "## What the unit touches",
    list([
      `Concept: \`${line(unit.conceptId)}\``,
      `Prerequisites: ${ids(unit.prerequisites)}`,
      `Models of style: ${ids(unit.peers)}`,
    ]),
    "## Connections to invoke",
    own.length === 0
      ? "None is registered yet. Propose those that the unit needs as `conn:NEW.<slug>`."
      : list(own.map((connection) => connectionLine(connection, unit))),
    "## Anchor phrases, to be used letter for letter",
    list(own.map((connection) => `“${line(connection.anchor_phrase)}” (${line(connection.id)})`)),
    "## Connections that neighbouring units invoke",
    list(around.map((connection) => `${line(connection.id)}: “${line(connection.anchor_phrase)}”`)),
    "## Throughlines that the unit advances",
    list(input.flows.toSorted(byId).flatMap((flow) => throughlines(flow, unit))),
    "## Neighbouring units",
    list(neighbours.map((neighbour) => neighbourLine(neighbour, own))),
    "## The author's perspective",
    perspective(input.perspective),
    "## Rules",
    list([
      "Use an anchor phrase as it stands; do not paraphrase it.",
      "Invoke each connection above in the text and say what it means there.",
      "Propose a connection that is not registered as `conn:NEW.<slug>`; do not invoke it as if it were.",
    ]),
  ].join("\n\n")}\n`;
}

/** One line of a text that others wrote: it cannot start a heading or a list of its own in the brief. */
const line = (text: string): string => text.replace(/\s+/g, " ").trim();

const list = (items: readonly string[]): string =>
  items.length === 0 ? "None." : items.map((item) => `- ${item}`).join("\n");

const ids = (units: readonly string[]): string =>
  [...new Set(units)].toSorted(byCodeUnit).map(line).join(", ") || "none";

function connectionLine(connection: BriefConnection, unit: BriefUnit): string {
  const { id, from, to, type, strength, synthesis_note } = connection;
  const others = connection.appears_in_units.filter((other) => other !== unit.id);
  const where = others.length === 0 ? "no other unit invokes it yet" : `also in ${ids(others)}`;
  const note = line(synthesis_note);
  return `${line(id)}: \`${line(from)}\` → \`${line(to)}\`, ${line(type)}, ${line(strength)}; ${where}.${note === "" ? "" : ` ${note}`}`;
}

function neighbourLine(neighbour: BriefNeighbour, own: readonly BriefConnection[]): string {
  const shared = own.filter(
    ({ id, appears_in_units }) => neighbour.connections.includes(id) || appears_in_units.includes(neighbour.id),
  );
  const joined = shared.length === 0 ? "" : `; shares ${shared.map((connection) => line(connection.id)).join(", ")}`;
  return `${neighbour.id} ${line(neighbour.title)} (\`${line(neighbour.conceptId)}\`)${joined}`;
}

/** A flow's question, its recurring concepts, and the claims between which the unit stands. */
function throughlines(flow: BriefFlow, unit: BriefUnit): readonly string[] {
  const { throughline } = flow;
  if (!throughline) return [];
  return flow.steps
    .filter((step) => step.unit === unit.id)
    .map(({ n }) => {
      const beats = throughline.synthesis_beats.toSorted((a, b) => a.after_step - b.after_step);
      const before = beats.findLast((beat) => beat.after_step < n);
      const next = beats.find((beat) => beat.after_step >= n);
      return [
        `${line(flow.title)} (${line(flow.id)}), step ${n}: ${line(throughline.central_question)}`,
        ...(throughline.recurring_concepts.length === 0
          ? []
          : [`Recurring concepts: ${throughline.recurring_concepts.map(line).join(", ")}.`]),
        ...(before ? [`Claimed before it: “${line(before.claim)}”`] : []),
        ...(next ? [`To be claimed after step ${next.after_step}: “${line(next.claim)}”`] : []),
      ].join(" ");
    });
}

/** §1.7 as it stands, as a quotation, so that nothing in it is taken for a part of the brief. */
function perspective(text: string): string {
  const lines = text.replace(/\r\n?/g, "\n").trim().split("\n");
  const own = /^#{1,6}\s/.test(lines[0] ?? "") ? lines.slice(1) : lines;
  const body = own.join("\n").trim();
  return body === ""
    ? "The audit says nothing of it."
    : body
        .split("\n")
        .map((each) => `> ${each}`.trimEnd())
        .join("\n");
}
