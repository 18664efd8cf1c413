/** When the campaign has converged (seed §10): the criteria of each release, met or how far off. */
import { TIER_SIGNS, type Tier } from "../curriculum/books.ts";
import type { CampaignFacts } from "./campaign-facts.ts";

export const RELEASES = ["v0.7", "v0.9", "v1.0"] as const;
export type Release = (typeof RELEASES)[number];

/** The tiers that must be complete for a release: each contains the one before. */
const TIERS: Readonly<Record<Release, readonly Tier[]>> = {
  "v0.7": ["alpha"],
  "v0.9": ["alpha", "beta"],
  "v1.0": ["alpha", "beta", "gamma"],
};

/** Strands of the curriculum, each with a flow of its own. */
export const STRANDS = 9;
export const SYNTHESIS_FLOW = "fasttrack-canonical";

export interface Criterion {
  readonly what: string;
  readonly have: number;
  readonly need: number;
  readonly met: boolean;
  /** What is missing, by address. */
  readonly missing: readonly string[];
}

/**
 * The criteria of a release. Strand and synthesis flows and the curriculum's continuity belong to the end of the
 * campaign, so only the last release asks for them.
 *
 * @param shortfalls the continuity metrics of the whole curriculum that are below their thresholds, each described
 */
export function convergence(
  facts: CampaignFacts,
  shortfalls: readonly string[],
  release: Release,
): readonly Criterion[] {
  const criteria: Criterion[] = [];
  for (const tier of TIERS[release]) {
    const sign = TIER_SIGNS[tier];
    const books = facts.books.filter((book) => book.tier === tier && book.state !== "deferred");
    criteria.push(
      criterion(
        `books of tier ${sign} are equivalence-covered`,
        books.map(({ slug, state }) => ({ name: `book/${slug} (${state})`, met: state === "equivalence-covered" })),
      ),
      criterion(
        `books of tier ${sign} are continuity-verified`,
        books.map(({ slug, passes }) => ({
          name: `book/${slug}/PV_continuity (${passes.PV_continuity ?? "pending"})`,
          met: passes.PV_continuity === "completed",
        })),
      ),
      // Every book has an author flow in the end: one that is not begun is missing, not absent.
      criterion(
        `author flows of tier ${sign} are attenuation-verified`,
        books.flatMap(({ slug }) => {
          const flows = facts.flows.filter((flow) => flow.kind === "author" && flow.book === slug);
          return flows.length === 0
            ? [{ name: `an author flow of book/${slug}`, met: false }]
            : flows.map(({ id, state }) => ({ name: `flow/${id} (${state})`, met: state === VERIFIED }));
        }),
      ),
    );
  }
  if (release !== "v1.0") return criteria;
  const strands = facts.flows.filter((flow) => flow.kind === "strand");
  const synthesis = facts.flows.find((flow) => flow.id === SYNTHESIS_FLOW);
  return [
    ...criteria,
    criterion("strand flows are attenuation-verified", [
      ...strands.map(({ id, state }) => ({ name: `flow/${id} (${state})`, met: state === VERIFIED })),
      ...Array.from({ length: Math.max(0, STRANDS - strands.length) }, (_, index) => ({
        name: `a strand flow, ${strands.length + index + 1} of ${STRANDS}`,
        met: false,
      })),
    ]),
    criterion(`the synthesis flow ${SYNTHESIS_FLOW} is attenuation-verified`, [
      { name: `flow/${SYNTHESIS_FLOW} (${synthesis?.state ?? "not begun"})`, met: synthesis?.state === VERIFIED },
    ]),
    {
      what: "continuity metrics over the curriculum meet their thresholds",
      have: shortfalls.length === 0 ? 1 : 0,
      need: 1,
      met: shortfalls.length === 0,
      missing: shortfalls,
    },
  ];
}

const VERIFIED = "attenuation-verified";

/** A tier without books is complete only if it has none: nothing is met by an empty list. */
function criterion(what: string, items: readonly { readonly name: string; readonly met: boolean }[]): Criterion {
  const missing = items.filter(({ met }) => !met).map(({ name }) => name);
  const have = items.length - missing.length;
  return { what, have, need: items.length, met: items.length > 0 && missing.length === 0, missing };
}
