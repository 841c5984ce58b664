/**
 * @module
 * Groups of near-duplicates by the names of their files.
 */
import { groupPairs, type NearPair } from 'lpips-search';

/** Images that are near-duplicates of each other, directly or by way of others. */
export interface DuplicateGroup {
  readonly images: readonly string[];
  /** By ascending distance. */
  readonly pairs: readonly DuplicatePair[];
}

/** Two images of a group, and their distance. */
export interface DuplicatePair {
  readonly image: string;
  readonly reference: string;
  readonly distance: number;
}

/**
 * Groups of the images that pairs join.
 *
 * @param pairs by ascending distance
 */
export function groupsOf(pairs: readonly NearPair[], nameOf: (row: number) => string): DuplicateGroup[] {
  return groupPairs(pairs).map((rows) => {
    const isIn = new Set(rows);
    const own = pairs.filter(({ a }) => isIn.has(a));
    return {
      images: rows.map(nameOf),
      pairs: own.map(({ a, b, distance }) => ({ image: nameOf(a), reference: nameOf(b), distance })),
    };
  });
}
