/**
 * What a search finds is what brute force finds, and `proven` is never said of anything else.
 */
import { at, type Lpips } from 'lpips-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bounds } from '../src/bounds.js';
import { findPairs, groupPairs } from '../src/near-duplicates.js';
import { findNearest, findWithin } from '../src/nearest.js';
import { encodeIndex, openIndex } from '../src/open-index.js';
import type { SearchIndex } from '../src/search-index.js';
import { summary } from '../src/summary.js';
import { type Collection, collectionOf } from './support/collection.js';
import { liteOnWasm, scene } from './support/scenes.js';

/** Scenes; with their copies three times as many rows. */
const SCENES = 9;
const ROWS = 3 * SCENES;
const ALL = Array.from({ length: ROWS }, (_, row) => row);

let lite: Lpips;
let collection: Collection;
let index: SearchIndex;
beforeAll(async () => {
  lite = await liteOnWasm();
  collection = await collectionOf(lite, SCENES);
  index = await openIndex(await encodeIndex(collection.header, collection.images));
});
afterAll(() => lite.dispose());

/** Queries: a copy of a scene, and a scene that the collection lacks. */
const QUERIES = [
  ['a distorted copy', () => scene(4, { noise: 0.3, noiseSeed: 77 })],
  ['another distorted copy', () => scene(7, { noise: 0.05, noiseSeed: 78 })],
  ['an unrelated scene', () => scene(100)],
] as const;

async function ranked(query: ReturnType<typeof scene>) {
  const distances = await collection.distances(query, ALL);
  return ALL.toSorted((a, b) => at(distances, a) - at(distances, b)).map((row) => ({
    row,
    distance: at(distances, row),
  }));
}

/** Rows alone: distances of another batch differ in the last bits. */
const rowsOf = (hits: readonly { row: number }[]) => hits.map(({ row }) => row);

describe.each(QUERIES)('the neighbours of %s', (_, make) => {
  it('compareAll gives the bounds of each', async () => {
    const query = at(await summary(lite, make()), 0);
    const all = await index.compareAll(query);
    for await (const { row, summary } of index.summaries()) {
      const own = bounds(query, summary);
      expect(at(all.lower, row)).toBeCloseTo(own.lower, 6);
      expect(at(all.estimate, row)).toBeCloseTo(own.estimate, 6);
      expect(at(all.upper, row)).toBeCloseTo(own.upper, 6);
    }
  });

  it.each([1, 3, 10])('are proven only where they are the %s nearest, and exact proves them', async (k) => {
    const query = make();
    const own = at(await summary(lite, query), 0);
    const truth = (await ranked(query)).slice(0, k);
    const measure = (rows: readonly number[]) => collection.distances(query, rows);
    for (const rerank of [0, 12, 100]) {
      const found = await findNearest(index, own, measure, { k, rerank });
      expect(found.hits).toHaveLength(k);
      if (found.proven) expect(rowsOf(found.hits)).toEqual(rowsOf(truth));
      if (rerank === 100) expect(found.proven).toBe(true);
    }
    let most = ROWS;
    let before = 0;
    const exact = await findNearest(index, own, measure, {
      k,
      rerank: 0,
      exact: true,
      onComputed: (done) => {
        before = most === ROWS ? done : before;
      },
      onPlan: (count) => {
        most = count;
      },
    });
    expect(exact.proven).toBe(true);
    expect(rowsOf(exact.hits)).toEqual(rowsOf(truth));
    expect(exact.examined).toBeLessThanOrEqual(before + most);
  });

  it.each([0.02, 0.1, 0.25])('within %s are all found', async (limit) => {
    const query = make();
    const truth = (await ranked(query)).filter(({ distance }) => distance <= limit);
    let planned = -1;
    const found = await findWithin(
      index,
      at(await summary(lite, query), 0),
      limit,
      (rows) => collection.distances(query, rows),
      { onPlan: (count) => (planned = count) },
    );
    expect(found.proven).toBe(true);
    expect(rowsOf(found.hits)).toEqual(rowsOf(truth));
    expect(found.examined).toBe(planned);
    expect(planned).toBeLessThan(ROWS);
  });
});

it('a distorted copy is proven after one batch of sixteen', async () => {
  const query = scene(4, { noise: 0.05, noiseSeed: 79 });
  const found = await findNearest(
    index,
    at(await summary(lite, query), 0),
    (rows) => collection.distances(query, rows),
    {
      k: 1,
    },
  );
  expect(found).toMatchObject({ proven: true, examined: 16 });
});

it('an image that cannot be read is left out, and the rest is proven', async () => {
  const query = scene(4, { noise: 0.05, noiseSeed: 79 });
  const own = at(await summary(lite, query), 0);
  const [first, second] = await ranked(query);
  const measure = async (rows: readonly number[]) =>
    (await collection.distances(query, rows)).map((distance, i) =>
      rows[i] === first?.row ? undefined : distance,
    );
  const found = await findNearest(index, own, measure, { k: 1 });
  expect(found.proven).toBe(true);
  expect(rowsOf(found.hits)).toEqual([second?.row]);
});

describe('near-duplicates', () => {
  it.each([0.02, 0.15])('are all pairs at most %s apart', async (limit) => {
    const { pairs, examined } = await findPairs(index, limit, (row, others) =>
      collection.distances(at(collection.pictures, row), others),
    );
    const truth: string[] = [];
    for (const a of ALL) {
      const distances = await collection.distances(at(collection.pictures, a), ALL);
      for (const b of ALL.slice(a + 1)) if (at(distances, b) <= limit) truth.push(`${a} ${b}`);
    }
    expect(pairs.map(({ a, b }) => `${a} ${b}`).sort()).toEqual(truth.sort());
    expect(examined).toBeGreaterThanOrEqual(pairs.length);
    expect(examined).toBeLessThan((ROWS * (ROWS - 1)) / 4);
    expect(pairs.map(({ distance }) => distance)).toEqual(
      pairs.map(({ distance }) => distance).toSorted((a, b) => a - b),
    );
  });

  /** Copies of a scene, and of another one at a near distance: digests and distances by formula, of summaries that are real. */
  async function manyCopies(copies: number) {
    const [first, second] = collection.images;
    if (!first || !second) throw new Error('no images');
    const images = Array.from({ length: copies }, (_, row) => ({
      ...(row % 2 === 0 ? first : second),
      path: `${row}`,
    }));
    const measured: [number, number][] = [];
    const measure = async (row: number, others: readonly number[]) => {
      measured.push(...others.map((other): [number, number] => [row, other]));
      return others.map(() => 0.01);
    };
    return {
      measure,
      measured,
      index: await openIndex(await encodeIndex(collection.header, images)),
      limit: bounds(first.summary, second.summary).lower + 0.1,
    };
  }

  it('of 600 images with two sets of pixels take one distance, and each image one digest', async () => {
    const copies = 600;
    const { index, measure, measured, limit } = await manyCopies(copies);
    const asked: number[] = [];
    const progress: [number, number][] = [];
    const { pairs, examined } = await findPairs(index, limit, measure, {
      digestsOf: async (rows) => {
        asked.push(...rows);
        return rows.map((row) => `${row % 2}`);
      },
      onComputed: (done, total) => progress.push([done, total]),
    });
    expect(asked).toEqual(Array.from({ length: copies }, (_, row) => row));
    expect(measured).toEqual([[0, 1]]);
    expect(examined).toBe(1);
    expect(pairs).toHaveLength(copies - 2 + 1);
    expect(pairs.at(-1)).toEqual({ a: 0, b: 1, distance: 0.01 });
    expect(pairs.slice(0, -1).every(({ a, b, distance }) => a === b % 2 && distance === 0)).toBe(true);
    expect(groupPairs(pairs)).toEqual([asked]);
    expect(progress.map(([done]) => done)).toEqual(progress.map(([done]) => done).toSorted((a, b) => a - b));
    expect(progress.at(-1)).toEqual([copies, copies]);
  });

  it('are told apart by their pixels where their numbers are equal, and joined where these differ', async () => {
    const { index, measure, measured, limit } = await manyCopies(6);
    const digests = ['a', 'b', 'a', 'a', 'c', undefined];
    const { pairs } = await findPairs(index, limit, measure, {
      digestsOf: async (rows) => rows.map((row) => digests[row]),
    });
    // Rows 0, 2 and 4 have the same numbers, and so have 1, 3 and 5.
    expect(pairs.filter(({ distance }) => distance === 0).map(({ a, b }) => [a, b])).toEqual([
      [0, 2],
      [0, 3],
    ]);
    expect(measured).toEqual([
      [0, 1],
      [0, 4],
      [1, 4],
    ]);
  });

  it('of images that are all equal are all pairs where no pixels are asked for', async () => {
    const { index, measure, limit } = await manyCopies(6);
    const { pairs, examined } = await findPairs(index, limit, measure);
    expect(pairs).toHaveLength(15);
    expect(examined).toBe(15);
  });

  it('are joined to groups in time that grows with the pairs', () => {
    const last = 200_000;
    const chain = Array.from({ length: last }, (_, a) => ({ a, b: a + 1, distance: 0 })).reverse();
    const start = process.cpuUsage();
    expect(groupPairs(chain).map((group) => group.length)).toEqual([last + 1]);
    expect(process.cpuUsage(start).user).toBeLessThan(5e6);
  });

  it('are joined to groups, the largest first', () => {
    const pair = (a: number, b: number) => ({ a, b, distance: 0 });
    expect(groupPairs([pair(1, 4), pair(7, 8), pair(4, 5), pair(2, 5), pair(1, 2)])).toEqual([
      [1, 2, 4, 5],
      [7, 8],
    ]);
    expect(groupPairs([])).toEqual([]);
  });
});

describe('rows', () => {
  it('of an image that was added again do not count', async () => {
    const [first, second] = collection.images;
    if (!first || !second) throw new Error('no images');
    const again = await openIndex(
      await encodeIndex(collection.header, [first, { ...second, path: first.path }, second]),
    );
    expect(again.count).toBe(2);
    expect([0, 1, 2].map((row) => again.isCurrent(row))).toEqual([false, true, true]);
    const { lower } = await again.compareAll(first.summary);
    expect(lower[0]).toBe(Number.POSITIVE_INFINITY);
    expect(lower[1]).toBeLessThan(1);
  });

  it('refuse a query of another layout', async () => {
    const other = at(await summary(lite, scene(1), { cells: 1 }), 0);
    await expect(index.compareAll(other)).rejects.toThrow(
      /^compareAll: expected \d+ numbers for query, got \d+\. Summarise it with the metric, size and cells of the index\.$/,
    );
  });
});
