/**
 * The graph as one HTML file to attach to a CI run: no reference leads out of it, and nothing that a name says is taken
 * for markup. A fold for each book (or other member) holds its drawing; a panel shows the details of a target.
 */
import { digestOf } from "../../artifact/digest.ts";
import { formatRef } from "../../artifact/ref.ts";
import type { Address } from "../../graph/address.ts";
import { stateName } from "../../graph/describe.ts";
import { className, drawnEdges, type LastRun, type Picture, reasonsIn, STYLES } from "../../graph/printers.ts";
import { PAGE_SCRIPT, PAGE_STYLE } from "./graph-page-assets.ts";
import { duration, plural, usd } from "./plain.ts";

/** Targets that are drawn at most; of larger graphs the members that need attention most are drawn, the others listed. */
const DRAWN = 2000;
/** A member with more targets than this is listed: its drawing would take minutes. */
const LARGEST = 400;

export interface Page {
  readonly html: string;
  /** Targets that are listed and not drawn. */
  readonly listed: number;
}

/** A member of a collection, with its targets. */
interface Fold {
  readonly name: string;
  readonly ids: readonly Address[];
}

/** The worst first: what needs attention is drawn before what does not. */
const URGENCY = ["failed", "blocked", "waiting", "edited", "stale", "pending", "drifted", "unknown", "fresh"];

export async function graphPage(picture: Picture, title: string): Promise<Page> {
  // Half a megabyte of Graphviz: loaded only where a page is made.
  const { instance } = await import("@viz-js/viz");
  const viz = await instance();
  const folds = foldsOf(picture);
  const number = new Map(picture.ids.map((id, index) => [id, index]));
  const drawn = chooseDrawn(folds, picture);
  const sections = folds.map((fold) => {
    const body = drawn.has(fold.name)
      ? svgOf(viz.renderString(dotOf(fold.ids, picture, number), { format: "svg" }), fold.name)
      : listOf(fold.ids, picture, number);
    const open = folds.length === 1 ? " open" : "";
    return `<details class="fold" id="${anchorOf(fold.name)}"${open}><summary>${escapeHtml(fold.name)} ${chips(fold.ids, picture)}</summary>${body}</details>`;
  });
  const listed = folds.reduce((sum, fold) => (drawn.has(fold.name) ? sum : sum + fold.ids.length), 0);
  const note =
    listed === 0
      ? ""
      : `<p class="note">${plural(picture.ids.length, "target")} are too many to draw: ${listed} of them are listed, without a drawing. What needs attention most is drawn.</p>`;
  const data = JSON.stringify(picture.ids.map((id) => detailsOf(id, picture, number))).replaceAll("<", "\\u003c");
  const scriptHash = Buffer.from(digestOf(PAGE_SCRIPT), "hex").toString("base64");
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${scriptHash}'`;
  const html = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>${PAGE_STYLE}${stateStyles()}</style>
</head>
<body>
<header><h1>${escapeHtml(title)}</h1><p>${plural(picture.ids.length, "target")}: ${chips(picture.ids, picture, "button")}</p>
<p><input id="search" type="search" placeholder="Find targets" aria-label="Find targets"> <span id="found" role="status"></span></p>${note}</header>
<main>${sections.join("\n")}</main>
<aside id="panel" aria-live="polite"><p>Choose a target.</p></aside>
<script type="application/json" id="data">${data}</script>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
  return { html, listed };
}

/** A member's targets belong together: the first two steps of their addresses. */
function foldsOf({ ids }: Picture): Fold[] {
  const folds = new Map<string, Address[]>();
  for (const id of ids) {
    const name = id.split("/").slice(0, 2).join("/");
    const fold = folds.get(name);
    if (fold === undefined) folds.set(name, [id]);
    else fold.push(id);
  }
  return [...folds].map(([name, members]) => ({ name, ids: members }));
}

function chooseDrawn(folds: readonly Fold[], picture: Picture): ReadonlySet<string> {
  const urgency = ({ ids }: Fold): number =>
    Math.min(...ids.map((id) => URGENCY.indexOf(className(picture.status(id)))));
  const chosen = new Set<string>();
  let left = DRAWN;
  for (const fold of folds.length === 1 ? folds : [...folds].sort((a, b) => urgency(a) - urgency(b))) {
    if (fold.ids.length > LARGEST || fold.ids.length > left) continue;
    left -= fold.ids.length;
    chosen.add(fold.name);
  }
  return chosen;
}

function dotOf(ids: readonly Address[], picture: Picture, number: ReadonlyMap<Address, number>): string {
  // Graphviz reads entities in labels.
  const quote = (text: string): string =>
    `"${text.replaceAll("&", "&amp;").replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  const label = (id: Address): string => id.split("/").slice(2).join("/") || id;
  return [
    "digraph {",
    '  rankdir=LR; bgcolor="transparent"; nodesep=0.15; ranksep=0.4;',
    '  node [shape=box, style="rounded,filled", fontname="sans-serif", fontsize=11, height=0.3, margin="0.12,0.04"];',
    '  edge [arrowsize=0.6, color="#888888"];',
    ...ids.map((id) => {
      const state = className(picture.status(id));
      const anchor = `n${number.get(id)}`;
      return `  ${anchor} [id="${anchor}", class="s-${state}", label=${quote(label(id))}, width=${widthOf(label(id))}];`;
    }),
    ...drawnEdges({ graph: picture.graph, ids }).map(({ from, to }) => `  n${number.get(from)} -> n${number.get(to)};`),
    "}",
  ].join("\n");
}

/** How wide a node must be, in inches: Graphviz reckons with a narrower font than many systems have. */
const widthOf = (label: string): string => ((label.length * 6.6 + 14) / 72).toFixed(2);

/** The drawing alone, as it stands inside a page: without a prolog, and with no names of other documents. */
const svgOf = (svg: string, name: string): string =>
  `<div class="drawing">${svg
    .slice(svg.indexOf("<svg"))
    .replace(/ xmlns(:xlink)?="[^"]*"/g, "")
    .replace("<svg ", `<svg role="img" aria-label="${escapeHtml(name)}" `)
    // Names of parts are unique in a drawing, and not in a page of many.
    .replace(/<title>[^<]*<\/title>| id="(?:graph|edge)\d+"|<!--.*?-->/g, "")
    .replace(/\n\n+/g, "\n")}</div>`;

const listOf = (ids: readonly Address[], picture: Picture, number: ReadonlyMap<Address, number>): string =>
  `<ul>${ids
    .map((id) => {
      const state = className(picture.status(id));
      const anchor = `n${number.get(id)}`;
      return `<li id="${anchor}"><a href="#${anchor}" class="chip s-${state}">${escapeHtml(id)}</a></li>`;
    })
    .join("")}</ul>`;

/** How many targets are in each state; a button shows those alone. */
function chips(ids: readonly Address[], picture: Picture, tag: "span" | "button" = "span"): string {
  const counts = new Map<string, number>();
  for (const id of ids) {
    const name = stateName(picture.status(id));
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const classOf = (state: string): string => (state === "blocked by an edit" ? "blocked" : state);
  return [...counts]
    .map(([state, count]) => {
      const pressed = tag === "button" ? ` data-state="${escapeHtml(state)}" aria-pressed="false"` : "";
      return `<${tag} class="chip s-${classOf(state)}"${pressed}>${count} ${escapeHtml(state)}</${tag}>`;
    })
    .join(" ");
}

/** What the panel shows of a target. */
function detailsOf(id: Address, picture: Picture, number: ReadonlyMap<Address, number>): unknown {
  const target = picture.graph.targets.get(id)!;
  const status = picture.status(id);
  const link = (other: Address): { text: string; to?: number } => {
    const to = number.get(other);
    return to === undefined ? { text: other } : { text: other, to };
  };
  return {
    id,
    fold: anchorOf(id.split("/").slice(0, 2).join("/")),
    state: stateName(status),
    style: className(status),
    reasons: reasonsIn(picture, id),
    needs: [...picture.graph.dependencies(id)].map(([need, why]) => ({ ...link(need), why })),
    readers: [...picture.graph.dependents(id)].filter((reader) => number.has(reader)).map(link),
    writes: target.outputs.map((output) => (output.kind === "product" ? output.name : formatRef(output.ref))),
    last: lastRun(picture.last?.(id)),
  };
}

function lastRun(run: LastRun | undefined): string {
  if (run === undefined) return "never";
  const model = run.model === undefined ? "" : `, ${run.model}`;
  const attempts = run.attempts > 1 ? `, ${plural(run.attempts, "attempt")}` : "";
  return `${run.at} by ${run.agent}${model}, ${duration(run.seconds)}, ${usd(run.usd)}${attempts}`;
}

const anchorOf = (name: string): string => `f-${digestOf(name).slice(0, 12)}`;

/** The colours of the other formats, for drawings and chips. */
const stateStyles = (): string =>
  Object.entries(STYLES)
    .map(([state, style]) => {
      const [, fill = "", stroke = ""] = /fill:(#\w+),stroke:(#\w+)/.exec(style) ?? [];
      return `.s-${state}>path,.s-${state}>polygon{fill:${fill};stroke:${stroke}}.chip.s-${state}{background:${fill};border-color:${stroke}}`;
    })
    .join("");

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
