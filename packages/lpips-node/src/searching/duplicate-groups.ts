/**
 * @module
 * Groups of near-duplicates by the names of their files.
 */
import { at } from 'lpips-core';
import { groupPairs, type NearPair } from 'lpips-search';

/** Images that are near-duplicates of each other, directly or by way of others. */
export interface DuplicateGroup {
  readonly images: readonly string[];
  /** By ascending distance. Of equal images, the first is in the pairs of all; the others have one with it alone. */
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
  const groups = groupPairs(pairs);
  const groupOf = new Map(groups.flatMap((rows, number) => rows.map((row) => [row, number] as const)));
  const pairsOf = groups.map((): DuplicatePair[] => []);
  for (const { a, b, distance } of pairs)
    at(pairsOf, groupOf.get(a) ?? 0).push({ image: nameOf(a), reference: nameOf(b), distance });
  return groups.map((rows, number) => ({ images: rows.map(nameOf), pairs: at(pairsOf, number) }));
}
