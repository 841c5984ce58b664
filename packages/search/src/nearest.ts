/**
 * @module
 * The images that are nearest to a query. All are ranked by the estimate of their distance, the best are computed, and the lower
 * bounds of the rest tell whether one of them may be nearer.
 */
import { at, checkFlag, checkFunction, checkNumber, checkOptions, invalid, kindOf } from 'lpips-core';
import { distanceTolerance } from './bounds.js';
import { type RowBounds, SearchIndex } from './search-index.js';
import type { Summary } from './summary.js';

/**
 * The distances of the query to the images of some rows, each undefined where its image cannot be read.
 */
export type Measure = (rows: readonly number[]) => Promise<readonly (number | undefined)[]>;

/** An image and its distance. */
export interface Hit {
  readonly row: number;
  readonly distance: number;
}

/** What a search found. */
export interface Found {
  /** The nearest first. */
  readonly hits: readonly Hit[];
  /** Whether no image that was not computed can belong to the answer. Images that cannot be read are left out of it. */
  readonly proven: boolean;
  /** Images whose distance was computed. */
  readonly examined: number;
}

/** How the nearest images are searched. */
export interface NearestOptions {
  /** How many, default 10. */
  readonly k?: number;
  /** How many of those with the best estimates are computed at most, default 100, and at least k. */
  readonly rerank?: number;
  /** Goes on until the answer is proven. Default false. */
  readonly exact?: boolean;
  /** Called before `exact` goes on, with the most images that it may still compute. What it throws ends the search. */
  readonly onPlan?: (most: number) => void;
  /** Called with the images that are computed so far. */
  readonly onComputed?: (done: number) => void;
}

const NEAREST_OPTIONS = [
  'k',
  'rerank',
  'exact',
  'onPlan',
  'onComputed',
] as const satisfies (keyof NearestOptions)[];

/** How all images within a distance are searched. */
export interface WithinOptions {
  /** Called before the first is computed, with their number. What it throws ends the search. */
  readonly onPlan?: (count: number) => void;
  /** Called with the images that are computed so far. */
  readonly onComputed?: (done: number) => void;
}

/** Images that are computed at a time. */
const BATCH = 16;
/** Images that are computed, where nothing else is asked for. */
export const DEFAULT_RERANK = 100;

/**
 * The k nearest images. It ends before `rerank` images are computed where the answer is proven.
 *
 * @param query summary of the query
 * @param measure computes distances to the query
 * @throws LpipsError for arguments of another kind; what `measure` throws
 */
export async function findNearest(
  index: SearchIndex,
  query: Summary,
  measure: Measure,
  options: NearestOptions = {},
): Promise<Found> {
  const where = 'findNearest';
  checkSearch(where, index, measure, options, NEAREST_OPTIONS);
  const { k = 10, rerank = DEFAULT_RERANK, exact = false, onPlan, onComputed } = options;
  checkNumber(where, 'k', k, { least: 1, isWhole: true });
  checkNumber(where, 'rerank', rerank, { isWhole: true });
  checkFlag(where, 'exact', exact);
  const bounds = await index.compareAll(query);
  const rest = new Set(rowsBy(index, bounds.estimate));
  const search = new RunningSearch(k, rest, bounds, measure, onComputed);
  await search.compute([...rest].slice(0, Math.max(rerank, k)));
  if (exact && !search.isProven()) {
    onPlan?.(search.candidates().length);
    await search.compute(rowsBy(index, bounds.lower));
  }
  return search.found();
}

/**
 * All images at most `distance` from the query. Every image that may be is computed, so the answer is proven.
 *
 * @param distance at least 0
 * @param measure computes distances to the query
 * @throws LpipsError for arguments of another kind; what `measure` throws
 */
export async function findWithin(
  index: SearchIndex,
  query: Summary,
  distance: number,
  measure: Measure,
  options: WithinOptions = {},
): Promise<Found> {
  const where = 'findWithin';
  checkSearch(where, index, measure, options, ['onPlan', 'onComputed']);
  checkNumber(where, 'distance', distance);
  const { onPlan, onComputed } = options;
  const { lower } = await index.compareAll(query);
  const limit = distance + distanceTolerance(distance);
  const rows = rowsBy(index, lower).filter((row) => at(lower, row) <= limit);
  onPlan?.(rows.length);
  const hits: Hit[] = [];
  let examined = 0;
  for await (const hit of measured(rows, measure)) {
    if (hit) examined++;
    if (hit && hit.distance <= distance) hits.push(hit);
    onComputed?.(examined);
  }
  return { hits: hits.sort(byDistance), proven: true, examined };
}

/** A search for the k nearest, and what is known so far. */
class RunningSearch {
  readonly #nearest: Hit[] = [];
  #examined = 0;

  constructor(
    private readonly k: number,
    /** What is not computed. */
    private readonly rest: Set<number>,
    private readonly bounds: RowBounds,
    private readonly measure: Measure,
    private readonly onComputed: ((done: number) => void) | undefined,
  ) {}

  /** Computes rows in their order, without those that cannot belong to the answer, until it is proven. */
  async compute(rows: readonly number[]): Promise<void> {
    let place = 0;
    while (place < rows.length && !this.isProven()) {
      const batch: number[] = [];
      for (; place < rows.length && batch.length < BATCH; place++) {
        const row = at(rows, place);
        if (this.rest.has(row) && this.#mayBelong(row)) batch.push(row);
      }
      for await (const hit of measured(batch, this.measure)) {
        if (hit) this.#take(hit);
      }
      for (const row of batch) this.rest.delete(row);
      this.onComputed?.(this.#examined);
    }
  }

  /** What may still belong to the answer. */
  candidates(): number[] {
    return [...this.rest].filter((row) => this.#mayBelong(row));
  }

  isProven(): boolean {
    for (const row of this.rest) if (this.#mayBelong(row)) return false;
    return true;
  }

  found(): Found {
    return { hits: [...this.#nearest], proven: this.isProven(), examined: this.#examined };
  }

  #mayBelong(row: number): boolean {
    const last = this.#nearest[this.k - 1]?.distance ?? Number.POSITIVE_INFINITY;
    return at(this.bounds.lower, row) <= last + distanceTolerance(last);
  }

  #take(hit: Hit): void {
    this.#examined++;
    this.#nearest.push(hit);
    this.#nearest.sort(byDistance).splice(this.k);
  }
}

/** Distances in batches; undefined for an image that cannot be read. */
async function* measured(rows: readonly number[], measure: Measure): AsyncGenerator<Hit | undefined> {
  for (let start = 0; start < rows.length; start += BATCH) {
    const batch = rows.slice(start, start + BATCH);
    const distances = await measure(batch);
    for (const [place, row] of batch.entries()) {
      const distance = distances[place];
      yield distance === undefined ? undefined : { row, distance };
    }
  }
}

/** Rows that count, by ascending values, then by row. */
function rowsBy(index: SearchIndex, values: Float64Array): number[] {
  const rows = Array.from(values.keys()).filter((row) => index.isCurrent(row));
  return rows.sort((a, b) => at(values, a) - at(values, b) || a - b);
}

function byDistance(a: Hit, b: Hit): number {
  return a.distance - b.distance || a.row - b.row;
}

function checkSearch(
  where: string,
  index: unknown,
  measure: unknown,
  options: NearestOptions,
  known: readonly string[],
): void {
  if (!(index instanceof SearchIndex)) {
    throw invalid(where, 'an index', 'index', kindOf(index), 'openIndex opens one.');
  }
  if (typeof measure !== 'function') throw invalid(where, 'a function', 'measure', kindOf(measure));
  checkOptions(where, options, known);
  checkFunction(where, 'onPlan', options.onPlan);
  checkFunction(where, 'onComputed', options.onComputed);
}
