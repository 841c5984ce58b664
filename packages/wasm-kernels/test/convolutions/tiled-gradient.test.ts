/**
 * The gradient of 3x3 filters by minimal filtering against plain sums of float64.
 */
import { at } from 'lpips-core';
import { afterAll, describe, expect, it } from 'vitest';
import { randomValues, relativeError } from '../../../../test/support/numbers.js';
import { filterGradient } from '../../src/convolutions/filter-gradient.js';
import type { Geometry } from '../../src/convolutions/geometry.js';
import { isTiled } from '../../src/convolutions/tiled-gradient.js';
import { Pool } from '../../src/pool/pool.js';

/** The transforms lose two bits: float32 leaves four times as much as plain sums do. */
const FILTERED_SUM = 1.5e-6;

const pool = new Pool(2);
afterAll(() => pool.stop());

/** A 3x3 convolution with stride 1 of images with `top` and `left` zeros on each side. */
function geometry(
  [batch, height, width, channels]: readonly [number, number, number, number],
  out: number,
  padding: number,
): Geometry {
  return {
    batch,
    height,
    width,
    in: channels,
    out,
    rows: 3,
    columns: 3,
    strides: [1, 1],
    dilations: [1, 1],
    top: padding,
    left: padding,
    outHeight: height - 2 + 2 * padding,
    outWidth: width - 2 + 2 * padding,
  };
}

/** dw[a, b, i, o] = Σ x[r + a - top, c + b - left, i] dy[r, c, o] */
function plainSums(g: Geometry, x: Float32Array, dy: Float32Array): Float64Array {
  const dw = new Float64Array(9 * g.in * g.out);
  const add = (image: number, row: number, column: number, tap: number) => {
    const [r, c] = [row + Math.floor(tap / 3) - g.top, column + (tap % 3) - g.left];
    if (r < 0 || c < 0 || r >= g.height || c >= g.width) return;
    const ofX = ((image * g.height + r) * g.width + c) * g.in;
    const ofDy = ((image * g.outHeight + row) * g.outWidth + column) * g.out;
    for (let i = 0; i < g.in; i++) {
      for (let o = 0; o < g.out; o++) {
        const place = (tap * g.in + i) * g.out + o;
        dw[place] = at(dw, place) + at(x, ofX + i) * at(dy, ofDy + o);
      }
    }
  };
  for (let pixel = 0; pixel < g.batch * g.outHeight * g.outWidth; pixel++) {
    const [line, column] = [Math.floor(pixel / g.outWidth), pixel % g.outWidth];
    const [image, row] = [Math.floor(line / g.outHeight), line % g.outHeight];
    for (let tap = 0; tap < 9; tap++) add(image, row, column, tap);
  }
  return dw;
}

describe('the gradient of a 3x3 filter in tiles', () => {
  it.each([
    { x: [1, 4, 4, 8], out: 8, padding: 1 },
    { x: [2, 8, 8, 12], out: 20, padding: 1 },
    { x: [3, 9, 14, 8], out: 12, padding: 1 },
    { x: [2, 10, 11, 16], out: 8, padding: 0 },
    { x: [1, 12, 7, 8], out: 16, padding: 2 },
    { x: [4, 32, 32, 32], out: 16, padding: 1 }, // several stretches of tiles
  ] as const)('has the sums of float64: x=[$x] out=$out p=$padding', ({ x: shape, out, padding }) => {
    const g = geometry(shape, out, padding);
    expect(isTiled(g)).toBe(true);
    const x = randomValues(g.batch * g.height * g.width * g.in, 1);
    const dy = randomValues(g.batch * g.outHeight * g.outWidth * g.out, 2);
    const dw = new Float32Array(9 * g.in * g.out);
    expect(filterGradient(pool, g, x, dy, dw)).toBe(true);
    expect(relativeError(dw, plainSums(g, x, dy))).toBeLessThan(FILTERED_SUM);
    expect(pool.memory.bytesUsed).toBe(0);
  });

  it('is left to plain sums for other filters, few channels and images that fill no tile', () => {
    const g = geometry([2, 8, 8, 8], 8, 1);
    const others: Partial<Geometry>[] = [
      { rows: 1, columns: 1 },
      { strides: [2, 2] },
      { dilations: [1, 2] },
      { in: 4 },
      { out: 10 },
      { outHeight: 2, outWidth: 2 },
    ];
    expect(isTiled(g)).toBe(true);
    for (const other of others) expect(isTiled({ ...g, ...other }), JSON.stringify(other)).toBe(false);
  });
});
