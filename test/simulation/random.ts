/** All chance in a simulation comes from one number, so that the number is enough to see a run again. */

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Whether something of this probability happens. */
  chance(probability: number): boolean;
  /** A whole number in [0, below). */
  int(below: number): number;
  /** Uniform in [from, to). */
  between(from: number, to: number): number;
  pick<T>(list: readonly T[]): T;
  /** A stream of its own: what it is asked does not move the other streams. */
  fork(): Random;
}

/** sfc32, seeded by a number: small, quick and good enough to be judged by nobody. */
export function random(seed: number): Random {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = seed | 0;
  let counter = (seed / 0x100000000) | 1;
  const word = (): number => {
    const result = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + result;
    return result >>> 0;
  };
  for (let i = 0; i < 12; i++) word();
  const next = (): number => word() / 0x100000000;
  return {
    next,
    chance: (probability) => next() < probability,
    int: (below) => Math.floor(next() * below),
    between: (from, to) => from + next() * (to - from),
    pick: (list) => list[Math.floor(next() * list.length)]!,
    fork: () => random(word()),
  };
}
