/**
 * @module
 * Near-duplicates of a collection: all pairs of images at most a distance apart, and groups of images that such pairs join.
 */
import { at, checkFunction, checkNumber, checkOptions, invalid, kindOf } from 'lpips-core';
import { distanceTolerance } from './bounds.js';
import { DisjointSets } from './disjoint-sets.js';
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

/**
 * A digest of the pixels of each row's image, as they pass the network, undefined where it cannot be read. Images of one digest are
 * taken to be equal.
 */
export type DigestsOf = (rows: readonly number[]) => Promise<readonly (string | undefined)[]>;

/** What is near-duplicate in a collection. */
export interface NearDuplicates {
  /**
   * By ascending distance. With `digestsOf`, an image whose pixels an earlier one has is in one pair alone: with the first such image, at
   * distance 0. The other pairs of the first hold for both.
   */
  readonly pairs: readonly NearPair[];
  /** Pairs whose distance was computed. */
  readonly examined: number;
}

/** How near-duplicates are searched. */
export interface NearDuplicatesOptions {
  /** With it, one of many equal images is compared with others. Without it, each is, and n equal images are n · (n − 1) / 2 pairs. */
  readonly digestsOf?: DigestsOf;
  /** Called while bounds are compared, with the pairs that are done and all of them. */
  readonly onPair?: (done: number, total: number) => void;
  /** Called while distances are computed, with the images that are done and all that may have a near-duplicate. */
  readonly onComputed?: (done: number, total: number) => void;
}

/** Images whose digests are asked for at a time. */
const DIGESTS_AT_ONCE = 16;

/**
 * All pairs at most `distance` apart. Every pair that may be is computed, so none is missing.
 *
 * @throws LpipsError for arguments of another kind; what `measure` and `digestsOf` throw
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
  checkOptions(where, options, ['digestsOf', 'onPair', 'onComputed']);
  const { digestsOf, onPair, onComputed } = options;
  checkFunction(where, 'digestsOf', digestsOf);
  checkFunction(where, 'onPair', onPair);
  checkFunction(where, 'onComputed', onComputed);
  const candidates = await findCandidates(index, distance + distanceTolerance(distance), onPair);
  const total = candidates.groups.reduce((sum, rows) => sum + rows.length, 0);
  const pairs: NearPair[] = [];
  let [examined, before] = [0, 0];
  for (const rows of candidates.groups) {
    const images = new DistinctImages();
    for (let start = 0; start < rows.length; start += DIGESTS_AT_ONCE) {
      const some = rows.slice(start, start + DIGESTS_AT_ONCE);
      images.add(some, await digestsOf?.(some));
      onComputed?.(before + images.repeated.length, total);
    }
    for (const [a, b] of images.repeated) pairs.push({ a, b, distance: 0 });
    let done = before + images.repeated.length;
    for (const [a, others] of images.pairsOf(candidates)) {
      for (const [place, found] of (await measure(a, others)).entries()) {
        if (found === undefined) continue;
        examined++;
        if (found <= distance) pairs.push({ a, b: at(others, place), distance: found });
      }
      onComputed?.(++done, total);
    }
    before += rows.length;
    onComputed?.(before, total);
  }
  pairs.sort((one, other) => one.distance - other.distance || one.a - other.a || one.b - other.b);
  return { pairs, examined };
}

/** What may be near-duplicate, by the bounds. Of rows with the same numbers the first stands for all. */
interface Candidates {
  /** The first row with the same numbers, for each row. */
  readonly firstEqual: Int32Array;
  /** Of first rows, those behind each that may be near. */
  readonly neighbours: ReadonlyMap<number, readonly number[]>;
  /** Rows that are candidates, each with those that it is connected with. */
  readonly groups: readonly (readonly number[])[];
}

async function findCandidates(
  index: SearchIndex,
  limit: number,
  onPair: NearDuplicatesOptions['onPair'],
): Promise<Candidates> {
  const firstEqual = await index.firstEqualRows();
  const connected = new DisjointSets();
  for (const [row, first] of firstEqual.entries())
    if (first !== row && first >= 0) connected.join(first, row);
  const neighbours = new Map<number, number[]>();
  const among = (row: number) => firstEqual[row] === row;
  for await (const { a, b } of index.closePairs(limit, onPair, { among })) {
    connected.join(a, b);
    const others = neighbours.get(a);
    if (others === undefined) neighbours.set(a, [b]);
    else others.push(b);
  }
  return { firstEqual, neighbours, groups: connected.groups() };
}

/** The images of some rows by their pixels. */
class DistinctImages {
  /** Rows with equal pixels: the first of them, and another. */
  readonly repeated: [number, number][] = [];
  readonly #firstOf = new Map<string, number>();
  /** For a row, the first one with the same pixels. */
  readonly #imageOf = new Map<number, number>();

  /** @param digests of the pixels; without them all images are distinct */
  add(rows: readonly number[], digests: readonly (string | undefined)[] | undefined): void {
    for (const [place, row] of rows.entries()) {
      const digest = digests ? digests[place] : `${row}`;
      if (digest === undefined) continue;
      const first = this.#firstOf.get(digest) ?? row;
      this.#firstOf.set(digest, first);
      this.#imageOf.set(row, first);
      if (first !== row) this.repeated.push([first, row]);
    }
  }

  /** Images that are to be compared, each with those behind it, in ascending order. */
  pairsOf({ firstEqual, neighbours }: Candidates): [number, number[]][] {
    const byNumbers = new Map<number, Set<number>>();
    for (const [row, image] of this.#imageOf) {
      const first = at(firstEqual, row);
      byNumbers.set(first, (byNumbers.get(first) ?? new Set()).add(image));
    }
    const wanted = new Map<number, Set<number>>();
    for (const [first, images] of byNumbers) {
      const near = [first, ...(neighbours.get(first) ?? [])].flatMap((row) => [
        ...(byNumbers.get(row) ?? []),
      ]);
      for (const one of images) {
        for (const other of near) {
          const [a, b] = [Math.min(one, other), Math.max(one, other)];
          if (a !== b) wanted.set(a, (wanted.get(a) ?? new Set()).add(b));
        }
      }
    }
    return [...wanted]
      .sort(([a], [b]) => a - b)
      .map(([a, others]) => [a, [...others].sort((one, other) => one - other)]);
  }
}

/**
 * Images that pairs join, directly or by way of others. Two images of a group may be further apart than any of its pairs.
 *
 * @returns groups of at least two rows, the largest first, rows in ascending order
 * @throws LpipsError unless `pairs` is a list of pairs
 */
export function groupPairs(pairs: readonly NearPair[]): number[][] {
  if (!Array.isArray(pairs)) throw invalid('groupPairs', 'a list of pairs', 'pairs', kindOf(pairs));
  const joined = new DisjointSets();
  for (const { a, b } of pairs as Partial<NearPair>[]) {
    if (a === undefined || b === undefined) throw invalid('groupPairs', 'a list of pairs', 'pairs', 'others');
    joined.join(a, b);
  }
  return joined.groups().sort((one, other) => other.length - one.length || at(one, 0) - at(other, 0));
}
