/** The graph as text, mermaid, dot and JSON. Output is the same for the same graph. */
import { formatRef } from "../artifact/ref.ts";
import type { Address } from "./address.ts";
import { stateName, stateReasons } from "./describe.ts";
import type { Status } from "./evaluate.ts";
import type { Graph } from "./graph.ts";
import { formatSource, type Target } from "./target.ts";

export interface Picture {
  readonly graph: Graph;
  /** What to draw, dependencies first. */
  readonly ids: readonly Address[];
  readonly status: (id: Address) => Status;
  /** Colours a state's name, for a terminal. */
  readonly paint?: (state: string, status: Status) => string;
  /** Why what a target stands for cannot be read, where it stands for what an artifact decides. */
  readonly undecidable?: (id: Address) => string | undefined;
  /** What is known of a target's last run, for the formats with room for it. */
  readonly last?: (id: Address) => LastRun | undefined;
}

/** Why a target is in its state, a line each. */
export function reasonsIn(picture: Picture, id: Address): string[] {
  const why = picture.undecidable?.(id);
  return [...(why === undefined ? [] : [`cannot be decided: ${why}`]), ...stateReasons(picture.status(id))];
}

export interface LastRun {
  /** UTC, ISO 8601. */
  readonly at: string;
  readonly agent: string;
  readonly usd: number;
  readonly seconds: number;
  readonly attempts: number;
  readonly model?: string;
}

/** As many steps of search are taken to leave out shortcuts; a drawing that needs more keeps some. */
const STEPS = 1_000_000;

export interface DrawnEdge {
  readonly from: Address;
  readonly to: Address;
  readonly why: string;
}

/** Edges within the picture, without those that follow from others: a drawing needs no shortcut. */
export function drawnEdges({ graph, ids }: Pick<Picture, "graph" | "ids">): readonly DrawnEdge[] {
  const shown = new Set(ids);
  let steps = STEPS;
  /** Those of a target's needs that others of them need. */
  const implied = (needs: readonly Address[]): ReadonlySet<Address> => {
    const found = new Set<Address>();
    const wanted = new Set(needs);
    const first = needs.reduce((least, need) => Math.min(least, graph.position(need)), Number.POSITIVE_INFINITY);
    const seen = new Set<Address>();
    const stack = [...needs];
    while (stack.length > 0 && found.size < needs.length - 1 && steps-- > 0) {
      for (const next of graph.dependencies(stack.pop()!).keys()) {
        if (seen.has(next) || !shown.has(next) || graph.position(next) < first) continue;
        seen.add(next);
        if (wanted.has(next)) found.add(next);
        stack.push(next);
      }
    }
    return found;
  };
  return ids.flatMap((id) => {
    const needs = [...graph.dependencies(id)].filter(([need]) => shown.has(need));
    const left = implied(needs.map(([need]) => need));
    return needs.flatMap(([need, why]) => (left.has(need) ? [] : [{ from: need, to: id, why }]));
  });
}

export function printText(picture: Picture): string {
  return picture.ids
    .map((id) => {
      const status = picture.status(id);
      const reasons = reasonsIn(picture, id);
      const needs = [...picture.graph.dependencies(id).keys()];
      return [
        `${id}  [${picture.paint?.(stateName(status), status) ?? stateName(status)}]`,
        ...reasons.slice(0, 3).map((reason) => `    ${reason}`),
        ...(reasons.length > 3 ? [`    and ${reasons.length - 3} more`] : []),
        ...(needs.length > 0 ? [`    needs ${needs.join(", ")}`] : []),
      ].join("\n");
    })
    .join("\n");
}

const ENTITIES: Readonly<Record<string, string>> = {
  '"': "#quot;",
  "<": "#lt;",
  ">": "#gt;",
  "&": "#amp;",
  "#": "#35;",
  "`": "#96;",
};

const escapeMermaid = (text: string): string => text.replace(/["<>&#`]/g, (character) => ENTITIES[character]!);

export function printMermaid(picture: Picture): string {
  const name = new Map(picture.ids.map((id, index) => [id, `t${index}`]));
  const lines = ["flowchart TD"];
  for (const id of picture.ids)
    lines.push(`  ${name.get(id)}["${escapeMermaid(id)}"]:::${className(picture.status(id))}`);
  for (const { from, to, why } of drawnEdges(picture))
    lines.push(`  ${name.get(from)} -->|"${escapeMermaid(why)}"| ${name.get(to)}`);
  const used = new Set(picture.ids.map((id) => className(picture.status(id))));
  for (const [state, style] of Object.entries(STYLES)) if (used.has(state)) lines.push(`  classDef ${state} ${style}`);
  return lines.join("\n");
}

/** Colours of states, by `className`. */
export const STYLES: Readonly<Record<string, string>> = {
  fresh: "fill:#d8f0d8,stroke:#2f7d32",
  drifted: "fill:#eaf0d8,stroke:#7d7d32",
  edited: "fill:#d8e6f5,stroke:#2f5f9d",
  stale: "fill:#fbe3c0,stroke:#b06a00",
  pending: "fill:#fff3dc,stroke:#b06a00,stroke-dasharray:4",
  waiting: "fill:#efe0f7,stroke:#7a3f9d",
  blocked: "fill:#eeeeee,stroke:#777777",
  failed: "fill:#f8d7d7,stroke:#a02020",
  unknown: "fill:#ffffff,stroke:#999999,stroke-dasharray:4",
};

/** A state as one word, for styles. */
export const className = (status: Status): string => (status.kind === "blockedByEdit" ? "blocked" : stateName(status));

export function printDot(picture: Picture): string {
  const quote = (text: string): string => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  const fill = (id: Address): string => /fill:(#\w+)/.exec(STYLES[className(picture.status(id))]!)![1]!;
  return [
    "digraph codex {",
    "  rankdir=TB;",
    '  node [shape=box, style="rounded,filled", fontname="sans-serif"];',
    ...picture.ids.map(
      (id) => `  ${quote(id)} [fillcolor=${quote(fill(id))}, tooltip=${quote(stateName(picture.status(id)))}];`,
    ),
    ...drawnEdges(picture).map(({ from, to, why }) => `  ${quote(from)} -> ${quote(to)} [label=${quote(why)}];`),
    "}",
  ].join("\n");
}

/** One target for `graph --format json`; the format is described in docs/reference/cli.md. */
function targetJson(target: Target, picture: Picture): unknown {
  const status = picture.status(target.id);
  return {
    id: target.id,
    rule: target.rule,
    state: stateName(status),
    reasons: reasonsIn(picture, target.id),
    needs: [...picture.graph.dependencies(target.id).keys()],
    inputs: target.inputs.map((input) => ({ name: input.name, kind: input.kind, source: formatSource(input.source) })),
    outputs: target.outputs.map((output) => ({
      name: output.name,
      kind: output.kind,
      ...(output.kind === "product" ? {} : { ref: formatRef(output.ref) }),
    })),
    amends: target.amends.map(formatRef),
    mayAmend: target.mayAmend.map(formatRef),
    ...(picture.last === undefined ? {} : { last: picture.last(target.id) ?? null }),
  };
}

export function printJson(picture: Picture): string {
  return JSON.stringify(
    { version: 1, targets: picture.ids.map((id) => targetJson(picture.graph.targets.get(id)!, picture)) },
    null,
    2,
  );
}
