/**
 * @module
 * How well distances from copies to photographs find the photographs again.
 */
import { at } from 'lpips-core';

/** Distances of one copy to all photographs, and which of these it was made of. */
export interface Ranked {
  readonly source: number;
  readonly distances: readonly number[];
}

/** Share of the copies whose nearest photograph is their own. Of equally near ones, each counts for its part. */
export function recallAtOne(copies: readonly Ranked[]): number {
  const hits = copies.map(({ source, distances }) => {
    const least = distances.reduce(
      (smallest, distance) => Math.min(smallest, distance),
      Number.POSITIVE_INFINITY,
    );
    if (at(distances, source) > least) return 0;
    return 1 / distances.filter((distance) => distance === least).length;
  });
  return mean(hits);
}

/**
 * Share of right pairs among all pairs of a copy and a photograph within one distance, which is the smallest at which `recall` of
 * the copies are within it of their own photograph.
 */
export function precisionAt(copies: readonly Ranked[], recall: number): number {
  const own = copies.map(({ source, distances }) => at(distances, source)).sort((a, b) => a - b);
  const limit = at(own, Math.ceil(recall * own.length) - 1);
  const right = own.filter((distance) => distance <= limit).length;
  const all = copies.reduce(
    (sum, { distances }) => sum + distances.filter((distance) => distance <= limit).length,
    0,
  );
  return right / all;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
