/**
 * Money is whole micro-dollars while it is counted: sums of floats drift, and a ceiling that is compared with a drifted
 * sum is no ceiling. Outside (ledgers, events, screens) it is US dollars.
 */

/** A whole number of millionths of a US dollar. */
export type Micros = number & { readonly __brand: "Micros" };

const PER_USD = 1_000_000;

/** Dollars as micro-dollars, rounded to the nearest. */
export const microsOf = (usd: number): Micros => Math.round(usd * PER_USD) as Micros;

export const usdOf = (micros: Micros): number => micros / PER_USD;

export const addMicros = (a: Micros, b: Micros): Micros => (a + b) as Micros;

/** The sum of amounts in dollars, exact to the micro-dollar. */
export const sumUsd = (amounts: Iterable<number>): number => {
  let sum = 0;
  for (const usd of amounts) sum += microsOf(usd);
  return sum / PER_USD;
};
