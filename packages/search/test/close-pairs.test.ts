/**
 * Pairs of rows are found whatever the size of the tiles, with sketches and without.
 */
import { at, mulberry32 } from 'lpips-core';
import { describe, expect, it } from 'vitest';
import { bounds } from '../src/bounds.js';
import { encodeBlock, type IndexedImage } from '../src/index-blocks.js';
import { encodeHeader, type IndexHeader } from '../src/index-header.js';
import { openIndex } from '../src/open-index.js';
import { principalAxes } from '../src/principal-axes.js';

const HALF = 60;
const ROWS = 90;
const header: IndexHeader = {
  format: 1,
  net: 'alex',
  version: '0.1',
  linear: true,
  weights: '0'.repeat(64),
  width: 64,
  height: 64,
  cells: 2,
  half: HALF,
  scale: 4096,
  reading: {},
};

/** Rows near a plane of 20 dimensions, every seventh of them close to the one before. */
function images(): IndexedImage[] {
  const next = mulberry32(3);
  const vector = (length: number, size: number) => Array.from({ length }, () => size * next());
  const directions = Array.from({ length: 20 }, () => vector(2 * HALF, 0.05));
  let before: Float32Array | undefined;
  return Array.from({ length: ROWS }, (_, row) => {
    const shares = vector(20, 1);
    const noise = vector(2 * HALF, 0.004);
    const own = Float32Array.from(noise, (value, i) => {
      if (before && row % 7 === 6) return at(before, i) + value;
      return directions.reduce((sum, direction, d) => sum + at(shares, d) * at(direction, i), value);
    });
    before = own;
    return { path: `${row}`, bytes: 1, time: row, summary: { values: own, slack: 0 } };
  });
}

/** An index whose blocks have different sizes. */
async function indexOf(all: readonly IndexedImage[], sizes: readonly number[]) {
  const parts = [encodeHeader(header)];
  for (let start = 0, i = 0; start < all.length; i++) {
    const count = at(sizes, i % sizes.length);
    parts.push(await encodeBlock('test', header, all.slice(start, start + count)));
    start += count;
  }
  return await openIndex(Buffer.concat(parts));
}

const LIMITS = [0.003, 0.05, 0.4];
/** With the row of an image that was added again. */
const PAIRS = ((ROWS + 1) * ROWS) / 2;
/** Bytes of a row. */
const ROW = 4 * 64;

const all = images();
const whole = indexOf([...all, { ...at(all, 3), path: '9' }], [64, 3, 1, 20]);
const lowerBounds = whole.then(async (index) => {
  const stored: { row: number; summary: IndexedImage['summary'] }[] = [];
  for await (const one of index.summaries()) stored.push(one);
  return stored.flatMap((b, place) =>
    stored.slice(0, place).map((a) => ({
      pair: `${a.row} ${b.row}`,
      lower: bounds(a.summary, b.summary).lower,
    })),
  );
});

describe.each([
  ['one tile', {}],
  ['tiles of some rows', { tileBytes: 40 * ROW }],
  ['tiles of less than a row', { tileBytes: 1 }],
  ['sketches', { sketchFrom: 2 }],
  ['sketches and tiles', { sketchFrom: 2, tileBytes: 33 * ROW }],
])('%s', (_, options) => {
  it.each(LIMITS)('give the pairs of brute force at most %s apart', async (limit) => {
    const index = await whole;
    const truth = (await lowerBounds).filter(({ lower }) => lower <= limit).map(({ pair }) => pair);
    const found: string[] = [];
    let last = [0, 0];
    const onPair = (done: number, total: number) => (last = [done, total]);
    for await (const { a, b, bounds: own } of index.closePairs(limit, onPair, options)) {
      found.push(`${a} ${b}`);
      expect(own.lower).toBeLessThanOrEqual(limit);
    }
    expect(found.toSorted()).toEqual(truth.toSorted());
    expect(found.length).toBeGreaterThan(10);
    expect(found.length).toBeLessThan((ROWS * ROWS) / 2);
    expect(last).toEqual([PAIRS, PAIRS]);
  });
});

describe('principal axes', () => {
  it('are orthonormal, the one of the largest variance first, and no more than the rows span', () => {
    const next = mulberry32(9);
    const rows = Array.from({ length: 40 }, () => {
      const [x, y, z] = [10 * next(), 3 * next(), next()];
      return Float64Array.of(x + 5, y, z, 0, 0, x);
    });
    const axes = principalAxes(rows, 8);
    expect(axes).toHaveLength(3);
    for (const [i, axis] of axes.entries()) {
      for (const [j, other] of axes.entries()) {
        const product = axis.reduce((sum, value, k) => sum + value * at(other, k), 0);
        expect(product).toBeCloseTo(i === j ? 1 : 0, 10);
      }
    }
    const first = at(axes, 0);
    expect(Math.abs(at(first, 0))).toBeCloseTo(Math.SQRT1_2, 1);
    expect(Math.abs(at(first, 5))).toBeCloseTo(Math.SQRT1_2, 1);
  });

  it('of equal rows are none', () => {
    const rows = Array.from({ length: 5 }, () => Float64Array.of(1, 2, 3));
    expect(principalAxes(rows, 4)).toEqual([]);
  });
});
