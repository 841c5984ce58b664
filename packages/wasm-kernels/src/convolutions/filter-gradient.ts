/**
 * @module
 * The gradient of a convolution to its filter, dw[k, i, o] = Σ_p x[p s + k d, i] dy[p, o], as plain sums
 * (`assembly/threads/filter-gradient.ts`), and of 3x3 filters by minimal filtering.
 */
import { JOB_KIND } from '../pool/job-kind.js';
import type { Pool } from '../pool/pool.js';
import { copyFramed, frameOf, type Geometry, inParts } from './geometry.js';
import { isTiled, tiledGradient } from './tiled-gradient.js';

const FLOAT = Float32Array.BYTES_PER_ELEMENT;
/** Columns of a block of sums. */
const PANEL_OF_DY = 8;
/** Pixels of a stretch, whose images and gradients share the second cache. */
const PIXELS_OF_STRETCH = 256;

/**
 * @param g of the forward convolution
 * @param x float32 `[batch, height, width, in]`
 * @param dy float32 `[batch, outHeight, outWidth, out]`
 * @param dw float32 `[rows, columns, in, out]`, to be written
 * @returns false if it does not fit the memory; dw is then unfinished
 */
export function filterGradient(
  pool: Pool,
  g: Geometry,
  x: Float32Array,
  dy: Float32Array,
  dw: Float32Array,
): boolean {
  const [sizeOfX, sizeOfDy] = [g.height * g.width * g.in, g.outHeight * g.outWidth * g.out];
  return inParts(g, pool.bytesAtOnce, (part, first) => {
    const last = first + part.batch;
    const ofX = x.subarray(first * sizeOfX, last * sizeOfX);
    const ofDy = dy.subarray(first * sizeOfDy, last * sizeOfDy);
    const write = (result: Float32Array) => {
      if (first === 0) dw.set(result);
      else for (let i = 0; i < dw.length; i++) dw[i] = (dw[i] ?? 0) + (result[i] ?? 0);
    };
    return (isTiled(g) ? tiledGradient : plainGradient)(pool, part, ofX, ofDy, write);
  });
}

function plainGradient(
  pool: Pool,
  g: Geometry,
  x: Float32Array,
  dy: Float32Array,
  write: (dw: Float32Array) => void,
): boolean {
  const { memory } = pool;
  const frame = frameOf(g);
  const framed = g.batch * frame.height * frame.width * g.in;
  const sizeOfDw = g.rows * g.columns * g.in * g.out;
  return memory.borrow(
    [framed * FLOAT, dy.byteLength, sizeOfDw * FLOAT],
    (xAddress, dyAddress, dwAddress) => {
      copyFramed(x, { ...g, channels: g.in }, frame, memory.view(xAddress, framed));
      memory.view(dyAddress, dy.length).set(dy);
      runFilterGradient(pool, g, frame.height, frame.width, xAddress, dyAddress, dwAddress);
      write(memory.view(dwAddress, sizeOfDw));
      return true;
    },
  );
}

function runFilterGradient(
  pool: Pool,
  g: Geometry,
  height: number,
  width: number,
  x: number,
  dy: number,
  dw: number,
): void {
  const pixel = g.in * FLOAT;
  const line = width * pixel;
  const isDense = g.dilations[1] === 1;
  const runs = isDense ? 1 : g.columns;
  const runLength = isDense ? g.columns * g.in : g.in;
  // As many tasks as keep all threads busy to the end; the rows of a run are divided first.
  const wanted = Math.ceil((4 * pool.threads) / (g.rows * runs));
  const rowParts = Math.min(Math.ceil(runLength / 4), wanted);
  const columnParts = Math.min(Math.ceil(g.out / PANEL_OF_DY), Math.ceil(wanted / rowParts));
  pool.run(
    JOB_KIND.filterGradient,
    [
      [x, dy, dw, g.batch, g.outHeight, g.outWidth, g.out],
      [height * line, g.strides[0] * line, g.strides[1] * pixel],
      [g.rows, g.dilations[0] * line, runs, g.dilations[1] * pixel, runLength],
      [Math.max(1, Math.round(PIXELS_OF_STRETCH / g.outWidth)), rowParts, columnParts],
    ].flat(),
    g.rows * runs * rowParts * columnParts,
  );
}
