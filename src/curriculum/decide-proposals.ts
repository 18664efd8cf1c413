/**
 * A person's decision on queued connections: an approved one enters the registry under the next number, and the units
 * that name the proposal then name the connection.
 */
import { encodeUtf8 } from "../artifact/utf8.ts";
import type { RepoPath, WorkspaceView } from "../artifact/workspace.ts";
import { err, ok, type Result } from "../result.ts";
import { sharedText } from "./apply-draft.ts";
import {
  addToConnections,
  CONNECTIONS_PATH,
  type Connection,
  ConnectionNumbers,
  readConnections,
} from "./connections.ts";
import {
  connectionOf,
  type Decision,
  decideProposal,
  PROPOSALS_PATH,
  type Proposal,
  readProposals,
} from "./proposals.ts";
import { UNIT_GLOB } from "./rubric/file-status.ts";

export interface DecidedProposals {
  /** Files that differ from the view's, whole. */
  readonly changes: ReadonlyMap<RepoPath, Uint8Array>;
  /** One line for every thing that is done. */
  readonly actions: readonly string[];
}

/** The queue as it stands; empty where there is no file. */
export const proposalsOf = (view: WorkspaceView): readonly Proposal[] =>
  view.bytes(PROPOSALS_PATH) === undefined ? [] : readProposals(sharedText(view, PROPOSALS_PATH));

/**
 * Decides pending proposals, all or none.
 * @param ids such as `conn:proposal:014`
 * @returns the error is one sentence: an id that is not there, decided already, or without what a connection needs.
 */
export function decideProposals(
  view: WorkspaceView,
  ids: readonly string[],
  decision: Decision,
): Result<DecidedProposals, string> {
  const queued = proposalsOf(view);
  const connections =
    view.bytes(CONNECTIONS_PATH) === undefined ? '{ "connections": [] }\n' : sharedText(view, CONNECTIONS_PATH);
  const registry = readConnections(connections);
  if (!registry.ok) return err(`${CONNECTIONS_PATH} ${registry.error}`);
  const numbers = new ConnectionNumbers(registry.value.entries);
  const entries: Connection[] = [];
  const idOf = new Map<string, string>();
  const actions: string[] = [];
  let queue = queued.length === 0 ? "" : sharedText(view, PROPOSALS_PATH);
  for (const id of new Set(ids)) {
    const proposal = queued.find((each) => each.id === id);
    if (proposal === undefined) return err(`there is no proposal ${id}`);
    if (proposal.status !== "pending")
      return err(`${id} is ${proposal.fields.get("status") ?? "without a status"}, not pending`);
    let note = decision.note;
    if (decision.status === "approved") {
      const asked = connectionOf(proposal);
      if (!asked.ok) return asked;
      const same = [...registry.value.entries, ...entries].find(
        (entry) => entry.from === asked.value.from && entry.to === asked.value.to && entry.type === asked.value.type,
      );
      if (same !== undefined) return err(`${same.id} already registers the connection that ${id} asks for; reject it`);
      const entry = { ...asked.value, id: numbers.next(slugFrom(asked.value.to)) };
      entries.push(entry);
      idOf.set(id, entry.id);
      note = note === "" ? `registered as ${entry.id}` : `${note} (registered as ${entry.id})`;
      actions.push(`${id} is approved and registered as ${entry.id}`);
    } else actions.push(`${id} is ${decision.status}`);
    const edit = decideProposal(queue, id, { ...decision, note });
    if (!edit.ok) return edit;
    queue = edit.value.text;
  }
  const changes = new Map<RepoPath, Uint8Array>([[PROPOSALS_PATH, encodeUtf8(queue)]]);
  if (entries.length > 0) {
    const edit = addToConnections(connections, entries);
    if (!edit.ok) return err(`${CONNECTIONS_PATH} ${edit.error}`);
    changes.set(CONNECTIONS_PATH, encodeUtf8(edit.value.text));
    for (const path of view.list([UNIT_GLOB])) {
      const bytes = view.bytes(path);
      // Most units name no proposal; to look for it in their bytes costs less than to decode them.
      if (bytes === undefined || !Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(MARK))
        continue;
      const text = sharedText(view, path);
      const renamed = text.replace(PROPOSAL_ID, (written) => idOf.get(written) ?? written);
      if (renamed === text) continue;
      changes.set(path, encodeUtf8(renamed));
      actions.push(`${path} names it by its number`);
    }
  }
  return ok({ changes, actions });
}

const MARK = "conn:proposal:";
const PROPOSAL_ID = /\bconn:proposal:\d+\b/g;

/** The last word of a concept's id, which the registry's ids end with. */
const slugFrom = (concept: string): string =>
  (concept.split(".").at(-1) ?? "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "") || "connection";
