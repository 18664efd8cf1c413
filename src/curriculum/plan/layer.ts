/** The seven layers in which a book is measured, their names in plans, and what P5 asks of each (protocol §3). */

export type Layer = "theorems" | "exercises" | "examples" | "notation" | "sequencing" | "intuition" | "applications";

interface LayerFacts {
  /** As scorecards name it. */
  readonly name: string;
  /** Number of its table in §2. */
  readonly section: string;
  /** Per cent that P5 asks for. */
  readonly threshold: number;
  readonly pattern: RegExp;
}

const FACTS: Readonly<Record<Layer, LayerFacts>> = {
  theorems: { name: "Theorems", section: "2.1", threshold: 95, pattern: /^theorem/i },
  exercises: { name: "Exercises", section: "2.2", threshold: 80, pattern: /^exercise/i },
  examples: { name: "Worked examples", section: "2.3", threshold: 90, pattern: /^worked[ -]example|^example/i },
  notation: { name: "Notation", section: "2.4", threshold: 100, pattern: /^notation/i },
  sequencing: { name: "Sequencing", section: "2.5", threshold: 100, pattern: /^sequenc/i },
  intuition: { name: "Intuition", section: "2.6", threshold: 100, pattern: /^intuition/i },
  applications: { name: "Applications", section: "2.7", threshold: 80, pattern: /^application/i },
};

/** In the order of §2. */
export const LAYERS = Object.keys(FACTS) as readonly Layer[];

export const layerName = (layer: Layer): string => FACTS[layer].name;
export const layerSection = (layer: Layer): string => FACTS[layer].section;

export type LayerThresholds = Readonly<Record<Layer, number>>;

/** Per cent, by layer. */
export const LAYER_THRESHOLDS = Object.fromEntries(
  LAYERS.map((layer) => [layer, FACTS[layer].threshold]),
) as LayerThresholds;

/** The layer that a row or a heading is about: `Exercises (groups)`, `**Theorem layer**`. */
export function layerOf(text: string): Layer | undefined {
  const name = text.replaceAll("*", "").trim();
  return LAYERS.find((layer) => FACTS[layer].pattern.test(name));
}
