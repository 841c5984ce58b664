/**
 * @module
 * Seeded numbers (mulberry32), so that what is drawn at random at each step is the same in every run.
 */

/** A source of uniform numbers in [0, 1). */
export function seededNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `count` different whole numbers below `size`, ascending. */
export function sampleIndices(size: number, count: number, next: () => number): number[] {
  const left = Array.from({ length: size }, (_, index) => index);
  const taken: number[] = [];
  while (taken.length < count && left.length > 0) {
    taken.push(...left.splice(Math.floor(next() * left.length), 1));
  }
  return taken.toSorted((a, b) => a - b);
}
