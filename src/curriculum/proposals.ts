/**
 * `manifests/connection_proposals.md`: connections that integration could not register, queued for a person. Each is a
 * block under `## conn:proposal:NNN — from ↔ to` with one bullet a field; a decision changes three of them.
 */
import { lineEndingOf } from "../artifact/lines.ts";
import { formatRef } from "../artifact/ref.ts";
import type { RepoPath } from "../artifact/workspace.ts";
import { err, ok, type Result } from "../result.ts";
import { CONNECTION_TYPES, type Connection, STRENGTHS } from "./connections.ts";
import { applyEdits, type TextEdit } from "./text-edit.ts";

export const PROPOSALS_PATH = "manifests/connection_proposals.md" as RepoPath;

/** What a workspace without the file begins with. */
export const EMPTY_PROPOSALS =
  "# Connection proposals\n\nConnections that could not be registered by themselves; a person approves or rejects each.\n";

export type ProposalStatus = "pending" | "approved" | "rejected";

export interface Proposal {
  /** `conn:proposal:014`. */
  readonly id: string;
  readonly title: string;
  /** 1-based line of the heading. */
  readonly line: number;
  /** Every field as written, by name. */
  readonly fields: ReadonlyMap<string, string>;
  /** Undefined where the file says something else. */
  readonly status: ProposalStatus | undefined;
}

/** The content of a proposal to be queued; every text is one line. */
export interface NewProposal {
  readonly proposer: string;
  /** UTC, ISO 8601; empty where the caller keeps no time. */
  readonly proposedAt: string;
  readonly connection: Omit<Connection, "id">;
  readonly rationale: string;
}

const HEADING = /^## (conn:proposal:(\d+))(?:[ \t]+[—–-]+[ \t]+(.*))?[ \t]*$/;
const ANY_HEADING = /^#{1,2}[ \t]/;
const FIELD = /^- \*\*([a-z_]+)\*\*:(.*)$/;
const FENCE = /^ {0,3}(?:```|~~~)/;

interface Block extends Proposal {
  /** The heading's text, as a reference to the section names it. */
  readonly heading: string;
  /** Where each field's value stands in the text. */
  readonly spans: ReadonlyMap<string, { readonly offset: number; readonly length: number }>;
}

/** Reads the proposals in file order. The template in a code fence is none. */
export const readProposals = (text: string): readonly Proposal[] => blocksOf(text);

function blocksOf(text: string): readonly Block[] {
  const blocks: (Block & { fields: Map<string, string>; spans: Map<string, { offset: number; length: number }> })[] =
    [];
  let open = false;
  let fenced = false;
  let offset = 0;
  for (const [at, whole] of text.split("\n").entries()) {
    const line = whole.endsWith("\r") ? whole.slice(0, -1) : whole;
    const heading = fenced ? null : HEADING.exec(line);
    if (FENCE.test(line)) fenced = !fenced;
    else if (heading?.[1] !== undefined) {
      const [fields, spans] = [new Map<string, string>(), new Map<string, { offset: number; length: number }>()];
      const title = (heading[3] ?? "").trim();
      const id = heading[1];
      blocks.push({ id, title, line: at + 1, heading: line.slice(3).trim(), fields, spans, status: undefined });
      open = true;
    } else if (!fenced && ANY_HEADING.test(line)) open = false;
    else if (open && !fenced) {
      const field = FIELD.exec(line);
      const block = blocks.at(-1);
      if (field?.[1] !== undefined && block !== undefined && !block.fields.has(field[1])) {
        const label = `- **${field[1]}**:`.length;
        block.fields.set(field[1], (field[2] ?? "").trim());
        block.spans.set(field[1], { offset: offset + label, length: line.length - label });
      }
    }
    offset += whole.length + 1;
  }
  return blocks.map((block) => ({ ...block, status: statusOf(block.fields.get("status")) }));
}

function statusOf(text: string | undefined): ProposalStatus | undefined {
  return text === "pending" || text === "approved" || text === "rejected" ? text : undefined;
}

/** The connection that a proposal asks for, as the registry would hold it. The error lists what is missing. */
export function connectionOf(proposal: Proposal): Result<Omit<Connection, "id">, string> {
  const field = (name: string): string => proposal.fields.get(name) ?? "";
  const type = CONNECTION_TYPES.find((known) => known === field("type"));
  const strength = STRENGTHS.find((known) => known === field("strength"));
  const anchor = unquote(field("anchor_phrase"));
  const wrong = [
    ...["from", "to"].filter((name) => field(name) === ""),
    ...(type === undefined ? ["type"] : []),
    ...(strength === undefined ? ["strength"] : []),
    ...(anchor === "" ? ["anchor_phrase"] : []),
  ];
  if (type === undefined || strength === undefined || wrong.length > 0) {
    return err(`${proposal.id} has no usable ${wrong.join(", ")}`);
  }
  return ok({
    from: field("from"),
    to: field("to"),
    type,
    strength,
    anchor_phrase: anchor,
    // A person may have written a remark behind an id: `"03.08.05 (forthcoming)"`.
    appears_in_units: [...new Set(field("appears_in_units").match(/\b\d{2}\.\d{2}\.[0-9E]\d{1,2}\b/g) ?? [])],
    appears_in_flows: [],
    synthesis_note: field("synthesis_note"),
  });
}

function unquote(text: string): string {
  if (!/^".*"$/.test(text)) return text;
  try {
    return String(JSON.parse(text));
  } catch {
    return text.slice(1, -1);
  }
}

export interface ProposalsEdit {
  /** The whole file after the edit. */
  readonly text: string;
  readonly id: string;
  /** The fragment written. */
  readonly ref: string;
  readonly action: "queued" | "unchanged" | "decided";
}

const refOf = (heading: string): string =>
  formatRef({ path: PROPOSALS_PATH, fragment: { kind: "titled", title: heading } });

/** Queues a proposal under the next free number. One that asks for the same connection already, in any state, stands for it. */
export function queueProposal(text: string, proposal: NewProposal): ProposalsEdit {
  const blocks = blocksOf(text);
  const { connection } = proposal;
  const same = blocks.find((block) => {
    const asked = connectionOf(block);
    return asked.ok && relationOf(asked.value) === relationOf(connection);
  });
  if (same !== undefined) return { text, id: same.id, ref: refOf(same.heading), action: "unchanged" };

  const last = blocks.reduce((most, { id }) => Math.max(most, Number(HEADING.exec(`## ${id}`)?.[2] ?? 0)), 0);
  const id = `conn:proposal:${String(last + 1).padStart(3, "0")}`;
  const heading = `${id} — ${connection.from} ↔ ${connection.to}`;
  const eol = lineEndingOf(text);
  const rule = /(?:^|\n)---\s*$/.test(text.slice(-200)) ? [] : ["---", ""];
  const lines = [
    ...(text === "" || text.endsWith("\n") ? [] : [""]),
    ...(/\n\r?\n$/.test(text) || text === "" ? [] : [""]),
    ...(text === "" ? [] : rule),
    `## ${heading}`,
    "",
    `- **proposer**: ${proposal.proposer}`,
    `- **proposed_at**: ${proposal.proposedAt}`.trimEnd(),
    `- **from**: ${connection.from}`,
    `- **to**: ${connection.to}`,
    `- **type**: ${connection.type}`,
    `- **strength**: ${connection.strength}`,
    `- **anchor_phrase**: ${JSON.stringify(connection.anchor_phrase)}`,
    `- **synthesis_note**: ${connection.synthesis_note}`.trimEnd(),
    `- **appears_in_units**: [${connection.appears_in_units.map((unit) => JSON.stringify(unit)).join(", ")}]`,
    `- **rationale**: ${proposal.rationale}`,
    "- **status**: pending",
    "- **decision_at**:",
    "- **decision_note**:",
  ];
  return { text: text + lines.join(eol) + eol, id, ref: refOf(heading), action: "queued" };
}

const relationOf = ({ from, to, type, anchor_phrase }: Omit<Connection, "id">): string =>
  [from, to, type, anchor_phrase].join("\u0000");

export interface Decision {
  readonly status: ProposalStatus;
  /** UTC, ISO 8601. */
  readonly at: string;
  /** One line. */
  readonly note: string;
}

/** Writes a person's decision into a proposal's fields. The error is one sentence. */
export function decideProposal(text: string, id: string, decision: Decision): Result<ProposalsEdit, string> {
  const block = blocksOf(text).find((other) => other.id === id);
  if (block === undefined) return err(`there is no proposal ${id}`);
  const edits: TextEdit[] = [];
  for (const [name, value] of [
    ["status", decision.status],
    ["decision_at", decision.at],
    ["decision_note", decision.note],
  ] as const) {
    const span = block.spans.get(name);
    if (span === undefined) return err(`${id} has no line for ${name}`);
    edits.push({ ...span, text: value === "" ? "" : ` ${value}` });
  }
  return ok({ text: applyEdits(text, edits), id, ref: refOf(block.heading), action: "decided" });
}
