/**
 * @module
 * Near-duplicates of a collection: all pairs of images at most a distance apart, and groups of images that such pairs join.
 */
import { at, checkFunction, checkNumber, checkOptions, invalid, kindOf } from 'lpips-core';
import { distanceTolerance } from './bounds.js';
import { SearchIndex } from './search-index.js';

/** The distances of the image of a row to those of other rows, each undefined where one of both cannot be read. */
export type MeasureFrom = (
  row: number,
  others: readonly number[],
) => Promise<readonly (number | undefined)[]>;

/** Two images and their distance. */
export interface NearPair {
  /** The smaller row. */
  readonly a: number;
  readonly b: number;
  readonly distance: number;
}

/** What is near-duplicate in a collection. */
export interface NearDuplicates {
  /** By ascending distance. */
  readonly pairs: readonly NearPair[];
  /** Pairs whose distance was computed. */
  readonly examined: number;
}

/** How near-duplicates are searched. */
export interface NearDuplicatesOptions {
  /** Called while bounds are compared, with the pairs that are done and all of them. */
  readonly onPair?: (done: number, total: number) => void;
  /** Called while distances are computed, with those that are done and all of them. */
  readonly onComputed?: (done: number, total: number) => void;
}

/**
 * All pairs at most `distance` apart. Every pair that may be is computed, so none is missing.
 *
 * @throws LpipsError for arguments of another kind; what `measure` throws
 */
export async function findPairs(
  index: SearchIndex,
  distance: number,
  measure: MeasureFrom,
  options: NearDuplicatesOptions = {},
): Promise<NearDuplicates> {
  const where = 'findPairs';
  if (!(index instanceof SearchIndex)) {
    throw invalid(where, 'an index', 'index', kindOf(index), 'openIndex opens one.');
  }
  checkNumber(where, 'distance', distance);
  if (typeof measure !== 'function') throw invalid(where, 'a function', 'measure', kindOf(measure));
  checkOptions(where, options, ['onPair', 'onComputed']);
  const { onPair, onComputed } = options;
  checkFunction(where, 'onPair', onPair);
  checkFunction(where, 'onComputed', onComputed);
  const candidates = new Map<number, number[]>();
  let total = 0;
  for await (const { a, b } of index.closePairs(distance + distanceTolerance(distance), onPair)) {
    const others = candidates.get(a) ?? [];
    candidates.set(a, others);
    others.push(b);
    total++;
  }
  const pairs: NearPair[] = [];
  let [examined, done] = [0, 0];
  for (const [a, others] of [...candidates].sort(([one], [other]) => one - other)) {
    for (const [place, found] of (await measure(a, others)).entries()) {
      if (found === undefined) continue;
      examined++;
      if (found <= distance) pairs.push({ a, b: at(others, place), distance: found });
    }
    done += others.length;
    onComputed?.(done, total);
  }
  pairs.sort((one, other) => one.distance - other.distance || one.a - other.a || one.b - other.b);
  return { pairs, examined };
}

/**
 * Images that pairs join, directly or by way of others. Two images of a group may be further apart than any of its pairs.
 *
 * @returns groups of at least two rows, the largest first, rows in ascending order
 * @throws LpipsError unless `pairs` is a list of pairs
 */
export function groupPairs(pairs: readonly NearPair[]): number[][] {
  if (!Array.isArray(pairs)) throw invalid('groupPairs', 'a list of pairs', 'pairs', kindOf(pairs));
  const groupOf = new Map<number, number[]>();
  for (const { a, b } of pairs as Partial<NearPair>[]) {
    if (a === undefined || b === undefined) throw invalid('groupPairs', 'a list of pairs', 'pairs', 'others');
    const [left, right] = [groupOf.get(a) ?? [a], groupOf.get(b) ?? [b]];
    const joined = left === right ? left : [...left, ...right];
    for (const row of joined) groupOf.set(row, joined);
  }
  const groups = [...new Set(groupOf.values())].map((group) => group.toSorted((a, b) => a - b));
  return groups.sort((one, other) => other.length - one.length || at(one, 0) - at(other, 0));
}
