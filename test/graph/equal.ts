import { expect } from "vitest";

/**
 * `expect(actual).toEqual(expected)` of plain data, for those who compare millions of things: vitest is asked only where
 * the two differ, to say how.
 */
export function equal(actual: unknown, expected: unknown, message?: string): void {
  if (Object.is(actual, expected) || JSON.stringify(actual) === JSON.stringify(expected)) return;
  expect(actual, message).toEqual(expected);
}
