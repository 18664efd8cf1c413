/** Which domain a unit belongs to, by the first part of its id, and what counts as evidence in it. */
type Domain =
  | "math"
  | "physics"
  | "chemistry"
  | "biology"
  | "philosophy"
  | "psychology"
  | "sociology"
  | "language"
  | "world";

const PARTS: ReadonlyMap<string, Domain> = new Map(
  (
    [
      ["physics", "09 10 11 12 13"],
      ["chemistry", "14 15 16"],
      ["biology", "17 18 19"],
      ["philosophy", "20"],
      ["language", "22 51"],
      ["world", "23 32 52"],
      ["psychology", "29"],
      ["sociology", "30"],
    ] as const
  ).flatMap(([domain, parts]) => parts.split(" ").map((part) => [part, domain] as const)),
);

/** A heading that contains one of these is the domain's evidence section. */
export const EVIDENCE_TERMS: Readonly<Record<Domain, readonly string[]>> = {
  math: ["key theorem", "key result", "key derivation"],
  physics: ["key theorem", "key result", "key derivation", "core model"],
  chemistry: ["key theorem", "key mechanism", "key result", "key derivation", "core model", "advanced treatment"],
  biology: ["key mechanism", "key experiment", "evidence pattern", "core model", "key theorem", "key result"],
  philosophy: ["key argument", "argument reconstruction", "case analysis", "key theorem", "key concepts"],
  psychology: ["key mechanism", "key experiment", "key model", "key result", "core model", "evidence pattern"],
  sociology: [
    "key concepts",
    "key model",
    "case study",
    "comparative framework",
    "institutional analysis",
    "academic perspectives",
    "social theory",
    "key argument",
    "competing perspectives",
  ],
  language: [
    "key concepts",
    "diagnostics",
    "close reading",
    "rhetorical analysis",
    "linguistic theory",
    "critical theory",
  ],
  world: [
    "key concepts",
    "key model",
    "case study",
    "comparative framework",
    "institutional analysis",
    "academic perspectives",
    "political theory",
    "geographic theory",
    "economic theory",
  ],
};

/** The first part of an id such as `03.09.02`; empty where the id has no parts. */
export const partOf = (id: string): string => (id.includes(".") ? id.slice(0, id.indexOf(".")) : "");

/** The domain of a unit; a part that no domain claims is judged by the terms of mathematics. */
export const domainOf = (id: string): Domain => PARTS.get(partOf(id)) ?? "math";
