/**
 * @module
 * A random sample without replacement.
 */

/** `count` different whole numbers below `size`, ascending; all of them if `size` is no larger than `count`. */
export function sampleIndices(size: number, count: number, next: () => number): number[] {
  const left = Array.from({ length: size }, (_, index) => index);
  const taken: number[] = [];
  while (taken.length < count && left.length > 0) {
    taken.push(...left.splice(Math.floor(next() * left.length), 1));
  }
  return taken.toSorted((a, b) => a - b);
}
