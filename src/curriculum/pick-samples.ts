/**
 * Which samples PV reads: drawn by a seed that follows from what is judged, so that nobody chooses them, the agent least of
 * all, and the same curriculum is asked for the same ones.
 */
import { digestOf } from "../artifact/digest.ts";
import type { Connection } from "./connections.ts";
import type { Flow } from "./flow.ts";

/** As many as are drawn (seed: ten pairs, five flows, ten units, three bridges). */
export const SAMPLE_SIZES = { pairs: 10, flows: 5, units: 10, bridges: 3 } as const;

export interface Samples {
  /** Two units that a registered connection joins. */
  readonly pairs: readonly { readonly connection: string; readonly units: readonly [string, string] }[];
  readonly units: readonly string[];
  readonly flows: readonly string[];
  /** A step of a flow, whose bridge leads on. */
  readonly bridges: readonly { readonly flow: string; readonly step: number }[];
}

/** Uniform in [0, 1), the same for the same seed (mulberry32). */
export function seeded(seed: string): () => number {
  let state = Number.parseInt(digestOf(seed).slice(0, 8), 16);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** So many of a list, in the list's order; all where there are no more. */
function draw<T>(list: readonly T[], many: number, random: () => number): readonly T[] {
  const left = list.map((_, index) => index);
  const drawn: number[] = [];
  while (drawn.length < many && left.length > 0) drawn.push(left.splice(Math.floor(random() * left.length), 1)[0]!);
  return drawn.sort((a, b) => a - b).map((index) => list[index]!);
}

/** @param unitIds the units that are judged; only connections between them make pairs. */
export function pickSamples(
  seed: string,
  unitIds: readonly string[],
  registry: readonly Connection[],
  flows: readonly Flow[],
): Samples {
  const random = seeded(seed);
  const known = new Set(unitIds);
  const pairs = registry.flatMap(({ id, appears_in_units: [from, to] }) =>
    from !== undefined && to !== undefined && known.has(from) && known.has(to)
      ? [{ connection: id, units: [from, to] as const }]
      : [],
  );
  const bridges = flows.flatMap(({ id, steps }) =>
    steps.flatMap(({ n, bridge_after }) => (bridge_after === "" ? [] : [{ flow: id, step: n }])),
  );
  return {
    pairs: draw(pairs, SAMPLE_SIZES.pairs, random),
    units: draw([...known].sort(), SAMPLE_SIZES.units, random),
    flows: draw(
      flows.map(({ id }) => id),
      SAMPLE_SIZES.flows,
      random,
    ),
    bridges: draw(bridges, SAMPLE_SIZES.bridges, random),
  };
}

/** The samples as the agent is given them. */
export function describeSamples({ pairs, units, flows, bridges }: Samples): string {
  const list = (title: string, none: string, lines: readonly string[]): string[] => [
    `## ${title}`,
    "",
    ...(lines.length === 0 ? [none] : lines.map((line) => `- ${line}`)),
    "",
  ];
  return [
    ...list(
      "Pairs",
      "No registered connection joins two of these units.",
      pairs.map((pair) => `${pair.units.join(" and ")} (${pair.connection})`),
    ),
    ...list("Units", "There is no unit.", units),
    ...list("Flows", "No flow is judged here.", flows),
    ...list(
      "Bridges",
      "No flow is judged here.",
      bridges.map(({ flow, step }) => `${flow}, after step ${step}`),
    ),
  ]
    .join("\n")
    .trimEnd()
    .concat("\n");
}

/** The ids of the samples that a report does not name: they were not read. */
export function unread(samples: string, report: string): readonly string[] {
  const drawn = samples.split("\n").flatMap((line) => {
    const [, item] = /^- (.+)$/.exec(line) ?? [];
    if (item === undefined) return [];
    // A connection's id stands for nothing that can be read.
    return (
      item.replace(/ \(conn:[^)]*\)$/, "").match(/\d{2}\.\d{2}\.(?:\d{2}|E\d{1,2})|[a-z0-9]+(?:-[a-z0-9]+)+/g) ?? []
    );
  });
  return [...new Set(drawn)].filter((id) => !report.includes(id));
}
