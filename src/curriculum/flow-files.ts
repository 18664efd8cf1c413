/** Flows as files of a workspace: read with their reasons where they cannot be, and their links written in place. */
import { frontmatter } from "../artifact/markdown.ts";
import { readUtf8 } from "../artifact/utf8.ts";
import type { WorkspaceView } from "../artifact/workspace.ts";
import { type Defect, defect } from "../exec/action.ts";
import { err, ok, type Result } from "../result.ts";
import { readDeps } from "./deps.ts";
import { type Flow, readFlow } from "./flow.ts";
import type { Prerequisites } from "./flow-checks.ts";
import type { MissingLink } from "./flow-links.ts";

export const FLOWS_GLOB = "flows/*.md";

/** A flow's id, from its file's path. */
export const flowIdOf = (path: string): string => path.slice("flows/".length, -".md".length);

/** Reads the flow of a view. */
export function flowIn(view: WorkspaceView, path: string): Result<Flow, readonly Defect[]> {
  const bytes = view.bytes(path as never);
  if (bytes === undefined) return err([defect("the flow is not there", path, "extract its trajectory first")]);
  return readFlow(readUtf8(bytes), flowIdOf(path));
}

/** What the graph of units says, by the text of `deps.json`: prerequisites, and which units are shipped. */
export function unitGraph(deps: string): Prerequisites & { readonly isShipped: (unitId: string) => boolean } {
  const read = readDeps(deps);
  const { nodes, edges } = read.ok ? read.value : { nodes: [], edges: [] };
  const shipped = new Set(nodes.flatMap(({ id, state }) => (state === "shipped" ? [id] : [])));
  const before = new Map<string, string[]>();
  for (const { from, to } of edges) before.set(to, [...(before.get(to) ?? []), from]);
  return { of: (id) => before.get(id) ?? [], isShipped: (id) => shipped.has(id) };
}

/** What of a flow later passes may not change. */
export const trajectoryOf = (flow: Flow): string =>
  flow.steps.map(({ n, unit, tier, section_anchor }) => `${n} ${unit} ${tier} ${section_anchor}`).join("\n");

/** A flow without its links: what other flows are made from, so that a link that is added makes nothing stale. */
export function withoutLinks(flow: Flow): string {
  const { connections_outward: _, ...rest } = flow;
  return `${JSON.stringify(rest, null, 2)}\n`;
}

/** Adds links to a flow's front matter; every other byte stays. */
export function addLinks(source: string, links: readonly MissingLink[]): Result<string, string> {
  if (links.length === 0) return ok(source);
  const front = frontmatter(source);
  if (front === undefined) return err("the flow has no front matter");
  const items = links.map(
    ({ to, relation, because }) => `  - { flow: ${to}, relation: ${relation}, note: ${JSON.stringify(because)} }\n`,
  );
  const head = source.slice(front.contentStart, front.contentEnd);
  const key = /^connections_outward:[ \t]*(\[\s*\])?[ \t]*(?:#.*)?$/m.exec(head);
  if (key === null) {
    if (/^connections_outward:/m.test(head)) return err("connections_outward is no list with an item on each line");
    const at = front.contentEnd;
    const gap = head.endsWith("\n") || head === "" ? "" : "\n";
    return ok(
      `${source.slice(0, at)}${gap}connections_outward:\n${items.join("").trimEnd()}${gap === "" ? "\n" : ""}${source.slice(at)}`,
    );
  }
  const start = front.contentStart + key.index;
  const end = start + key[0].length;
  return ok(`${source.slice(0, start)}connections_outward:\n${items.join("").trimEnd()}${source.slice(end)}`);
}
