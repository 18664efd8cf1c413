/**
 * What a plan says, whichever of its two forms it has: the full one (audit, gap analysis, production plan,
 * verification; protocol §3) or the lighter one that most books of the campaign have (coverage table, punch list,
 * implementation sketch). Every record keeps the range it was read from. Lines count from 1, offsets are UTF-16.
 */
import type { Range } from "./blocks.ts";
import type { Layer } from "./layer.ts";

export type PlanForm = "full" | "light";

/** What a section is read as; `other` sections are kept by their place and not read. */
export type SectionRole =
  | { readonly kind: "inventory"; readonly of: InventoryKind }
  | { readonly kind: "coverage"; readonly layer: CoverageLayer }
  | { readonly kind: "scorecard" }
  | { readonly kind: "new-units" }
  | { readonly kind: "deepenings" }
  | { readonly kind: "exercise-packs" }
  | { readonly kind: "edges" }
  | { readonly kind: "agents" }
  | { readonly kind: "punch-list" }
  | { readonly kind: "sketch" }
  | { readonly kind: "claims" }
  | { readonly kind: "sign-off" }
  | { readonly kind: "other" };

export interface PlanSection extends Range {
  /** 2 or 3; deeper headings belong to their section. */
  readonly level: number;
  /** As written in the heading, without `§`: `2`, `2.8`. */
  readonly number: string | undefined;
  readonly title: string;
  readonly role: SectionRole;
}

export type InventoryKind = "theorems" | "exercises" | "examples";

export interface InventoryItem extends Range {
  readonly of: InventoryKind;
  /** Its number or label in the inventory: `12`, `T3`. */
  readonly label: string | undefined;
  /** What is in bold at its start, or the whole where nothing is. */
  readonly name: string;
  /** The heading or bold paragraph that it stands under. */
  readonly group: string | undefined;
}

/** The lighter form has one table for all layers: its rows are topics. */
export type CoverageLayer = Layer | "topics";

export type CoverageStatus = "covered" | "partial" | "gap";

export interface CoverageRow extends Range {
  readonly layer: CoverageLayer;
  readonly label: string | undefined;
  readonly item: string;
  readonly units: readonly string[];
  readonly status: CoverageStatus;
}

export interface ScorecardRow extends Range {
  readonly layer: Layer;
  /** The row's own name for the layer: `Exercises (groups)`. */
  readonly name: string;
  readonly covered: number | undefined;
  readonly total: number | undefined;
  /** Between 0 and 100, as the plan states it. */
  readonly percent: number | undefined;
}

export interface SignOffRow extends ScorecardRow {
  /** Per cent. */
  readonly threshold: number | undefined;
  /** Whether the plan says that the threshold is met; undefined where it says neither. */
  readonly met: boolean | undefined;
}

export interface PlannedUnit extends Range {
  /** The plan's own name for it: `N1`, or the item number in a punch list. */
  readonly label: string | undefined;
  readonly id: string | undefined;
  readonly title: string | undefined;
  readonly slug: string | undefined;
  readonly path: string | undefined;
  readonly conceptId: string | undefined;
  /** Ids; undefined where the plan does not say. */
  readonly prerequisites: readonly string[] | undefined;
  /** Ids of existing units that are its models of style; undefined where the plan does not say. */
  readonly peers: readonly string[] | undefined;
  readonly agent: string | undefined;
  readonly closes: readonly string[];
}

export interface Deepening extends Range {
  readonly label: string | undefined;
  readonly unitId: string | undefined;
  readonly title: string | undefined;
  readonly additions: readonly string[];
}

export interface ExercisePack extends Range {
  readonly label: string | undefined;
  readonly id: string | undefined;
  readonly title: string | undefined;
  readonly slug: string | undefined;
  readonly conceptId: string | undefined;
  readonly prerequisites: readonly string[] | undefined;
  readonly exercises: number | undefined;
}

/** `from` must be read before `to`. */
export interface DagEdge extends Range {
  readonly from: string;
  readonly to: string;
}

/** One agent's job: everything that it produces, as ids where the plan gives them and as the plan's labels elsewhere. */
export interface AgentJob extends Range {
  readonly name: string;
  readonly title: string | undefined;
  /** From 1. */
  readonly batch: number | undefined;
  readonly units: readonly string[];
  readonly deepens: readonly string[];
  readonly packs: readonly string[];
  /** Names of the agents whose work must be integrated first. */
  readonly after: readonly string[];
}

export type PunchTag = "NEW" | "DEEPEN" | "ENRICH" | "DEFERRED";

export interface PunchItem extends Range {
  readonly ordinal: number;
  /** 0 is the most urgent; undefined where the item stands under no priority. */
  readonly priority: number | undefined;
  readonly tag: PunchTag;
  /** Whether the plan writes the tag, or it follows from the item's words. */
  readonly tagged: "written" | "inferred";
  readonly id: string | undefined;
  readonly title: string;
}

/** A claim of §4.1: that a result of the book is under a heading of a unit. */
export interface CoverageClaim extends Range {
  readonly label: string | undefined;
  readonly result: string;
  readonly unit: string;
  readonly heading: string;
}

/** Something in a section that is read which the reader did not understand. */
export interface Unread {
  /** A row of a table that the section is read for; a whole table or a list item that it is not; or a part of an entry. */
  readonly kind: "row" | "table" | "item" | "part";
  readonly line: number;
  readonly text: string;
  readonly why: string;
}

export interface Plan {
  readonly form: PlanForm;
  readonly title: string | undefined;
  readonly sections: readonly PlanSection[];
  readonly inventories: readonly InventoryItem[];
  readonly coverage: readonly CoverageRow[];
  readonly scorecard: readonly ScorecardRow[];
  readonly newUnits: readonly PlannedUnit[];
  readonly deepenings: readonly Deepening[];
  readonly exercisePacks: readonly ExercisePack[];
  readonly edges: readonly DagEdge[];
  readonly agents: readonly AgentJob[];
  readonly punchList: readonly PunchItem[];
  readonly claims: readonly CoverageClaim[];
  readonly signOff: readonly SignOffRow[];
  readonly unread: readonly Unread[];
}
