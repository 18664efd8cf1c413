/**
 * One draft applied to a workspace: the unit's file and its entries in the catalog and in deps, as changed files. The
 * same step serves an agent that checks its own draft and the integration of a batch. Connections are registered for
 * the whole batch afterwards (`register-connections.ts`), because they get numbers there.
 */

import { decodeUtf8, encodeUtf8 } from "../artifact/utf8.ts";
import type { RepoPath, WorkspaceView } from "../artifact/workspace.ts";
import { FaultError, usageFault } from "../fault.ts";
import { err, ok, type Result } from "../result.ts";
import { putEntry } from "./catalog-edit.ts";
import { slugOf } from "./connections.ts";
import type { Corpus } from "./corpus-checks.ts";
import { addToDeps } from "./deps.ts";
import { type Draft, unproposedSlugs } from "./draft.ts";
import { CATALOG_PATH, DEPS_PATH } from "./shared-files.ts";
import { isComplete, readUnitCard } from "./unit-card.ts";

export interface AppliedDraft {
  /** Files that differ from the view's, whole. */
  readonly changes: ReadonlyMap<RepoPath, Uint8Array>;
  /** Fragments put into shared files. */
  readonly refs: readonly string[];
  /** What was done, for the report. */
  readonly actions: readonly string[];
  /** What is odd but no defect. */
  readonly notices: readonly string[];
}

/**
 * Applies a draft. The errors are defects of the draft, a sentence each.
 * @param corpus what `readCorpus` makes of the same view.
 * @throws FaultError where a shared file is missing or broken: no draft is to blame for that.
 */
export function applyDraft(view: WorkspaceView, corpus: Corpus, draft: Draft): Result<AppliedDraft, readonly string[]> {
  const defects = [...placeDefects(view, corpus, draft), ...connectionDefects(corpus, draft)];
  const changes = new Map<RepoPath, Uint8Array>();
  const refs: string[] = [];
  const actions: string[] = [];
  const notices: string[] = [];
  const put = (path: RepoPath, text: string): boolean => {
    const bytes = encodeUtf8(text);
    const old = view.bytes(path);
    if (old !== undefined && Buffer.compare(old, bytes) === 0) return false;
    changes.set(path, bytes);
    return true;
  };

  const { unitId, unitPath, lean, catalog, deps } = draft;
  const owned = corpus.units.get(unitPath);
  for (const file of [{ path: unitPath, text: draft.unit }, ...(lean === undefined ? [] : [lean])]) {
    const verb = view.bytes(file.path) === undefined ? "new file" : "replaced";
    actions.push(put(file.path, file.text) ? `${verb}: ${file.path}` : `unchanged: ${file.path}`);
  }

  if (catalog !== undefined) {
    const { id, title, prerequisites, tier_anchors: tierAnchors, notes } = catalog;
    const entry = { id, title, prerequisites, tierAnchors: definedOf(tierAnchors), notes };
    const edit = putEntry(sharedText(view, CATALOG_PATH), entry, { replace: owned?.concept === id });
    if (!edit.ok) defects.push(`proposals: ${edit.error}; leave "catalog" out if that entry is right as it is`);
    else if (put(CATALOG_PATH, edit.value.text)) {
      refs.push(edit.value.ref);
      actions.push(`catalog: ${id} ${edit.value.action} (${edit.value.place})`);
    } else actions.push(`catalog: ${id} was there (${edit.value.place})`);
  }

  // The draft's own unit is registered whether it says so or not; parseDraft lets no other unit through.
  const nodes = deps.nodes.length > 0 ? deps.nodes : [{ id: unitId }];
  const edit = addToDeps(sharedText(view, DEPS_PATH), { nodes, edges: deps.edges });
  if (!edit.ok) throw brokenFile(DEPS_PATH, edit.error);
  if (put(DEPS_PATH, edit.value.text)) {
    refs.push(...edit.value.added);
    actions.push(...edit.value.added.map((ref) => `deps: added ${fragmentOf(ref)}`));
    actions.push(...edit.value.changed.map((ref) => `deps: changed ${fragmentOf(ref)}`));
  } else actions.push(`deps: ${unitId} and its edges were there`);

  for (const id of draft.prerequisites) {
    const has = [...corpus.deps.edges, ...deps.edges].some((edge) => edge.from === id && edge.to === unitId);
    if (!has) notices.push(`the prerequisite ${id} has no edge to ${unitId}`);
  }
  return defects.length > 0 ? err(defects) : ok({ changes, refs, actions, notices });
}

const fragmentOf = (ref: string): string => ref.slice(ref.indexOf("#"));

/** Drops the tiers that have no anchor, so that an absent one is absent and not undefined. */
function definedOf<K extends string>(record: { readonly [key in K]?: string | undefined }): { [key in K]?: string } {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as {
    [key in K]?: string;
  };
}

/** Whether the unit may be where it wants to be. */
function placeDefects(view: WorkspaceView, { units }: Corpus, draft: Draft): readonly string[] {
  const { unitId, unitPath, concept, lean } = draft;
  const there = units.get(unitPath);
  const defects: string[] = [];
  if (there !== undefined && there.id !== unitId) defects.push(`unit: ${unitPath} already holds the unit ${there.id}`);
  if (there === undefined && view.bytes(unitPath) !== undefined) {
    defects.push(`unit: ${unitPath} already exists and is no unit that can be read`);
  }
  for (const card of units.values()) {
    if (card.path === unitPath) continue;
    if (card.id === unitId) defects.push(`unit: the id ${unitId} is taken by ${card.path}`);
    if (card.concept === concept) defects.push(`unit: the concept ${concept} is claimed by ${card.id} (${card.path})`);
  }
  if (there === undefined && lean !== undefined && view.bytes(lean.path) !== undefined) {
    defects.push(`unit: the Lean module's file ${lean.path} already exists`);
  }
  return defects;
}

/** Connections that the unit's frontmatter names and nobody knows. */
function connectionDefects({ connections }: Corpus, draft: Draft): readonly string[] {
  const card = readUnitCard(draft.unitPath, encodeUtf8(draft.unit));
  if (!card.ok) return [`unit: ${card.error}`];
  const registered = new Set(connections.entries.map((entry) => entry.id));
  const slugs = new Set(connections.entries.map((entry) => slugOf(entry.id)));
  const unknown = card.value.connections.filter(
    (id) => !registered.has(id) && !id.startsWith("conn:NEW.") && !id.startsWith("conn:proposal:"),
  );
  return [
    ...unknown.map((id) => `unit: the connection ${id} is not registered; propose a new one as conn:NEW.slug`),
    ...unproposedSlugs(draft)
      .filter((slug) => !slugs.has(slug))
      .map((slug) => `unit: conn:NEW.${slug} is not among the draft's proposed connections`),
    ...card.value.annotations
      .filter((annotation) => !isComplete(annotation))
      .map(
        ({ to }) => `unit: the connection to ${JSON.stringify(to)} lacks a known type, a strength or an anchor_phrase`,
      ),
  ];
}

/** The text of a shared file. @throws FaultError where there is none that can be edited. */
export function sharedText(view: WorkspaceView, path: RepoPath): string {
  const bytes = view.bytes(path);
  if (bytes === undefined) throw brokenFile(path, "is missing");
  const text = decodeUtf8(bytes);
  if (!text.ok) throw brokenFile(path, "is not UTF-8 text, so it cannot be edited without changing other bytes");
  return text.value;
}

/** @param what the end of a sentence that begins with the file. */
export const brokenFile = (path: RepoPath, what: string): FaultError =>
  new FaultError(usageFault(`the shared file ${what}`, path, "mend the file, or restore it with git"));
