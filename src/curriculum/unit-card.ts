/**
 * A unit as the shared files see it: who it is, which concept it treats, what it builds on, which connections it invokes.
 * Only the frontmatter is read.
 */
import type { RepoPath } from "../artifact/workspace.ts";
import { err, ok, type Result } from "../result.ts";
import { CONNECTION_TYPES, STRENGTHS } from "./connections.ts";
import { readHead } from "./unit/unit-head.ts";
import { field, stringOf, type YamlNode } from "./unit/yaml-node.ts";

/** A connection written out in a unit's frontmatter instead of named by its id. */
export interface Annotation {
  readonly to: string;
  readonly type: string;
  readonly strength: string;
  readonly anchorPhrase: string;
}

export interface UnitCard {
  readonly path: RepoPath;
  readonly id: string;
  readonly status: string;
  readonly concept: string;
  readonly prerequisites: readonly string[];
  readonly pendingPrerequisites: boolean;
  readonly leanModule: string;
  /** Ids `conn:…` under `connections`, in order, each once. */
  readonly connections: readonly string[];
  readonly annotations: readonly Annotation[];
}

/** Reads the card from the bytes of a unit's file. The error is one clause. */
export function readUnitCard(path: RepoPath, bytes: Uint8Array): Result<UnitCard, string> {
  const head = readHead(bytes);
  if (!head.ok) return err(`${head.error.what} (line ${head.error.place.line})`);
  const { frontmatter } = head.value;
  const text = (key: string): string => wordOf(field(frontmatter, key));
  const ids: string[] = [];
  const annotations: Annotation[] = [];
  gather(field(frontmatter, "connections"), ids, annotations);
  return ok({
    path,
    id: text("id"),
    status: text("status"),
    concept: text("concept_catalog_id"),
    prerequisites: itemsOf(field(frontmatter, "prerequisites"))
      .map(wordOf)
      .filter((id) => id !== ""),
    pendingPrerequisites: /^(?:true|yes|on)$/i.test(text("pending_prereqs")),
    leanModule: text("lean_module"),
    connections: [...new Set(ids)],
    annotations,
  });
}

/** A scalar's text; what is absent or null has none. */
const wordOf = (node: YamlNode | undefined): string =>
  node?.kind === "scalar" && node.value === null ? "" : stringOf(node);

const itemsOf = (node: YamlNode | undefined): readonly YamlNode[] => (node?.kind === "sequence" ? node.items : []);

/** The block is a list, or lists under `in`, `out` and `lateral`; claims stand beside them and are prose. */
function gather(node: YamlNode | undefined, ids: string[], annotations: Annotation[]): void {
  if (node === undefined) return;
  if (node.kind === "scalar") {
    const text = wordOf(node);
    if (text.startsWith("conn:")) ids.push(text);
  } else if (node.kind === "sequence") {
    for (const item of node.items) gather(item, ids, annotations);
  } else {
    const member = (key: string): string => wordOf(field(node, key));
    if (field(node, "to") !== undefined) {
      const anchorPhrase = member("anchor_phrase");
      annotations.push({ to: member("to"), type: member("type"), strength: member("strength"), anchorPhrase });
    } else if (field(node, "id") !== undefined) gather(field(node, "id"), ids, annotations);
    else for (const key of ["in", "out", "lateral"]) gather(field(node, key), ids, annotations);
  }
}

/** Whether an annotation says enough to be looked up or queued. */
export const isComplete = ({ to, type, strength, anchorPhrase }: Annotation): boolean =>
  to !== "" &&
  anchorPhrase !== "" &&
  CONNECTION_TYPES.some((known) => known === type) &&
  STRENGTHS.some((known) => known === strength);
