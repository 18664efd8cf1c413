/** The three tiers of a unit and which of them a heading's marker covers. */
export const TIERS = ["beginner", "intermediate", "master"] as const;
export type Tier = (typeof TIERS)[number];

export const isTier = (word: unknown): word is Tier => (TIERS as readonly unknown[]).includes(word);

/**
 * The tiers covered by a marker such as `Beginner` or `Intermediate+` (without its brackets). `X+` covers X and all
 * above it; any other word covers nothing.
 */
export function tiersOf(marker: string | undefined): readonly Tier[] {
  if (marker === undefined) return [];
  const upwards = marker.endsWith("+");
  const from = (TIERS as readonly string[]).indexOf((upwards ? marker.slice(0, -1) : marker).toLowerCase());
  if (from === -1) return [];
  return TIERS.slice(from, upwards ? undefined : from + 1);
}
