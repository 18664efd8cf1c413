/**
 * The facts of a workspace that the checks ask for, read once for all units: statuses by id, the catalog's text, the
 * pending dependencies and which files exist. A draft with its proposals is a cheap overlay on an index, not a new one.
 */

import type { RepoPath, WorkspaceView } from "../../artifact/workspace.ts";
import { type Fault, usageFault } from "../../fault.ts";
import { CATALOG_PATH, DEPS_PATH } from "../shared-files.ts";
import { CatalogText } from "./catalog-text.ts";
import { FilePresence } from "./file-presence.ts";
import { type FileStatus, isContentPath, SITE_GLOB, StatusTable, statusOfBytes, UNIT_GLOB } from "./file-status.ts";
import { pendingOf } from "./pending-deps.ts";
import type { WorkspaceFacts } from "./workspace-facts.ts";

/** The facts in the form in which they can be laid over. */
interface IndexParts {
  readonly statuses: StatusTable;
  readonly catalog: CatalogText;
  readonly pending: ReadonlySet<string>;
  readonly presence: FilePresence;
  /** What is wrong with the shared files; the checks then take them as empty. */
  readonly faults: readonly Fault[];
}

export interface WorkspaceIndex extends WorkspaceFacts {
  readonly parts: IndexParts;
}

/** Reads the facts of a view. A missing catalog or deps file counts as empty, a broken one too, with a fault. */
export function indexWorkspace(view: WorkspaceView): WorkspaceIndex {
  const files = new Map<RepoPath, FileStatus | undefined>();
  for (const path of view.list([UNIT_GLOB, SITE_GLOB])) {
    const bytes = view.bytes(path);
    if (bytes !== undefined) files.set(path, statusOfBytes(bytes));
  }
  return indexOf({
    statuses: new StatusTable(files),
    catalog: new CatalogText(() => view.bytes(CATALOG_PATH)),
    presence: FilePresence.of(view),
    ...depsParts(view.bytes(DEPS_PATH)),
  });
}

/** The index of the workspace with some files changed; undefined stands for a file that is gone. */
export function withOverlay(
  index: WorkspaceIndex,
  changes: ReadonlyMap<RepoPath, Uint8Array | undefined>,
): WorkspaceIndex {
  const statuses = new Map<RepoPath, FileStatus | undefined>();
  for (const [path, bytes] of changes) {
    if (isContentPath(path)) statuses.set(path, bytes === undefined ? undefined : statusOfBytes(bytes));
  }
  const { parts } = index;
  return indexOf({
    statuses: statuses.size === 0 ? parts.statuses : new StatusTable(statuses, parts.statuses),
    catalog: changes.has(CATALOG_PATH) ? new CatalogText(() => changes.get(CATALOG_PATH)) : parts.catalog,
    presence: parts.presence.with(changes),
    ...(changes.has(DEPS_PATH) ? depsParts(changes.get(DEPS_PATH)) : { pending: parts.pending, faults: parts.faults }),
  });
}

/** An index from its parts. */
export function indexOf(parts: IndexParts): WorkspaceIndex {
  return {
    parts,
    unitStatuses: (id) => parts.statuses.unitStatuses(id),
    contentStatuses: (id) => parts.statuses.contentStatuses(id),
    inCatalog: (text) => parts.catalog.contains(text),
    isPending: (id) => parts.pending.has(id),
    exists: (path) => parts.presence.exists(path),
  };
}

/** The pending ids of the deps file, with a fault where it cannot be read. */
export function depsParts(bytes: Uint8Array | undefined): Pick<IndexParts, "pending" | "faults"> {
  if (bytes === undefined) return { pending: new Set(), faults: [] };
  const pending = pendingOf(bytes);
  if (pending.ok) return { pending: new Set(pending.value), faults: [] };
  return {
    pending: new Set(),
    faults: [usageFault(pending.error, DEPS_PATH, "correct the file; until then nothing counts as pending")],
  };
}
