/**
 * Convolutions by minimal filtering against plain sums, on images of every remainder by the size of a tile.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { randomValues, relativeError } from '../../../../test/support/numbers.js';
import { convolve } from '../../src/convolutions/convolve.js';
import type { Geometry } from '../../src/convolutions/geometry.js';
import { type Method, packFilter, tapsInOrder } from '../../src/convolutions/packed-filter.js';
import { Pool } from '../../src/pool/pool.js';

const pool = new Pool(2);
afterAll(() => pool.stop());

/**
 * Both sums are of float32. Tiles of four points round as plain sums do; those of six points lose two bits, and three
 * where only the middle tap of 25 lies in the image.
 */
const FILTERINGS: readonly { method: Method; taps: number; bound: number }[] = [
  { method: 'winograd2x2', taps: 3, bound: 5e-7 },
  { method: 'winograd4x4', taps: 3, bound: 1.5e-6 },
  { method: 'winograd2x2', taps: 5, bound: 2.5e-6 },
];

function compute(g: Geometry, method: Method): Float32Array {
  const filter = packFilter(pool, randomValues(g.rows * g.columns * g.in * g.out, 2), tapsInOrder(g), method);
  if (!filter) throw new Error('the filter does not fit');
  const x = randomValues(g.batch * g.height * g.width * g.in, 1);
  const y = new Float32Array(g.batch * g.outHeight * g.outWidth * g.out);
  const bias = randomValues(g.out, 3);
  expect(convolve(pool, g, x, filter, { bias, activation: 'relu' }, y)).toBe(true);
  pool.memory.free(filter.address);
  return y;
}

describe.each(FILTERINGS)('$method of $taps x $taps', ({ method, taps, bound }) => {
  it.each([
    [1, 1],
    [2, 5],
    [3, 4],
    [7, 6],
    [8, 9],
    [13, 11],
  ])('images of %i x %i pixels, padded and not', (height, width) => {
    for (const padding of [0, (taps - 1) / 2, taps - 1]) {
      const [outHeight, outWidth] = [height + 2 * padding - taps + 1, width + 2 * padding - taps + 1];
      if (Math.min(outHeight, outWidth) < 1) continue;
      const g: Geometry = {
        batch: 2,
        height,
        width,
        in: 72,
        rows: taps,
        columns: taps,
        strides: [1, 1],
        dilations: [1, 1],
        top: padding,
        left: padding,
        outHeight,
        outWidth,
        out: 20,
      };
      expect(relativeError(compute(g, method), compute(g, 'direct'))).toBeLessThan(bound);
    }
  });
});
