/**
 * @module
 * A convolution with a packed filter: copies the images into the kernels' own memory, computes there on all threads, and
 * copies the result back. Large images are cut into stretches of rows, so that the memory does not grow with them; a
 * number of the result does not depend on where the images are cut.
 */
import { JOB_KIND } from '../pool/job-kind.js';
import type { Pool } from '../pool/pool.js';
import { type Activation, activationNumber } from './activation.js';
import { bytesOfImage, copyFramed, type Frame, frameOf, type Geometry, inParts } from './geometry.js';
import { HALF_BYTES, PANEL, type PackedFilter, placesOf, tileOf } from './packed-filter.js';

const FLOAT = Float32Array.BYTES_PER_ELEMENT;

/** Bias and activation, after the sums. */
export interface Ending {
  /** `[out]` */
  readonly bias?: Float32Array | undefined;
  readonly activation?: Activation;
}

/**
 * y = activation(x * filter + bias)
 *
 * @param x float32 `[batch, height, width, in]`
 * @param y float32 `[batch, outHeight, outWidth, out]`, to be written
 * @returns false if it does not fit the memory; y is then unfinished
 */
export function convolve(
  pool: Pool,
  g: Geometry,
  x: Float32Array,
  filter: PackedFilter,
  { bias, activation = 'linear' }: Ending,
  y: Float32Array,
): boolean {
  const { memory } = pool;
  const biasAddress = bias ? memory.allocate(bias.byteLength) : 0;
  if (biasAddress === undefined) return false;
  if (bias) memory.floats.set(bias, biasAddress / FLOAT);
  try {
    return inParts(g, pool.bytesAtOnce, (part, firstImage) => {
      const { batch, height, width, in: channels, outWidth, out } = part;
      const sizeOfX = height * width * channels;
      const images = x.subarray(firstImage * sizeOfX, (firstImage + batch) * sizeOfX);
      return inRows(part, pool.bytesAtOnce, (rows, firstRow) => {
        const start = (firstImage * g.outHeight + firstRow) * outWidth * out;
        const result = y.subarray(start, start + batch * rows.outHeight * outWidth * out);
        return convolveStretch(pool, rows, images, filter, biasAddress, activationNumber(activation), result);
      });
    });
  } finally {
    if (bias) memory.free(biasAddress);
  }
}

/**
 * Calls `work` for some rows of the result after the other, where one image alone takes more than so many bytes.
 *
 * @returns false as soon as `work` does
 */
function inRows(
  g: Geometry,
  bytesAtOnce: number,
  work: (rows: Geometry, firstRow: number) => boolean,
): boolean {
  const cuts = Math.ceil(bytesOfImage(g) / bytesAtOnce);
  // Whole tiles, so that filtering sees the same ones.
  const most = cuts > 1 ? Math.ceil(g.outHeight / cuts / 4) * 4 : g.outHeight;
  for (let firstRow = 0; firstRow < g.outHeight; firstRow += most) {
    const outHeight = Math.min(most, g.outHeight - firstRow);
    const top = g.top - firstRow * g.strides[0];
    if (!work({ ...g, outHeight, top }, firstRow)) return false;
  }
  return true;
}

function convolveStretch(
  pool: Pool,
  g: Geometry,
  x: Float32Array,
  filter: PackedFilter,
  bias: number,
  activation: number,
  y: Float32Array,
): boolean {
  const { memory } = pool;
  const tile = tileOf(filter.method);
  const frame = tile ? tiledFrame(g, tile) : frameOf(g);
  const framed = g.batch * frame.height * frame.width * g.in;
  return memory.borrow([framed * FLOAT, y.byteLength], (xAddress, yAddress) => {
    copyFramed(x, { ...g, channels: g.in }, frame, memory.view(xAddress, framed));
    const isDone = tile
      ? runWinograd(pool, g, tile, frame, xAddress, filter.address, bias, activation, yAddress)
      : runDirect(pool, g, frame, xAddress, filter.address, bias, activation, wholeResult(g, yAddress));
    if (isDone) y.set(memory.view(yAddress, y.length));
    return isDone;
  });
}

/** The frame that whole tiles cover. */
function tiledFrame(g: Geometry, tile: number): Frame {
  const covered = (size: number) => Math.ceil(size / tile) * tile + g.rows - 1;
  return { ...frameOf(g), height: covered(g.outHeight), width: covered(g.outWidth) };
}

/** Where the pixels of a result go. Steps are in bytes. */
export interface Placing {
  readonly address: number;
  readonly image: number;
  readonly line: number;
  readonly pixel: number;
}

function wholeResult({ outHeight, outWidth, out }: Geometry, address: number): Placing {
  const pixel = out * FLOAT;
  return { address, image: outHeight * outWidth * pixel, line: outWidth * pixel, pixel };
}

/** Pixels of a block. Their sums, 32 bytes each, share the first cache with a stretch of the filter. */
const PIXELS_OF_BLOCK = 96;
/** Bytes for each pixel beside its sums. */
const BYTES_OF_PIXEL = 16;
/** Pixels of an image up to which so many taps are outside that groups across images are faster. */
const FEW_PIXELS = 64;

/** Runs `assembly/threads/direct.ts` on framed images. Returns false if its scratch memory does not fit. */
export function runDirect(
  pool: Pool,
  g: Geometry,
  frame: Frame,
  x: number,
  filter: number,
  bias: number,
  activation: number,
  y: Placing,
): boolean {
  const pixels = g.batch * g.outHeight * g.outWidth;
  const panels = Math.ceil(g.out / PANEL);
  // A task is a block of pixels. Where there are few blocks, it computes only some of the panels.
  const wanted = Math.ceil(pixels / PIXELS_OF_BLOCK);
  const parts = Math.min(panels, Math.ceil((4 * pool.threads) / wanted));
  const blocks = wanted;
  const most = Math.ceil(pixels / blocks) + 1;
  const scratchOfThread = Math.ceil((most * (BYTES_OF_PIXEL + PANEL * FLOAT)) / 64) * 64 + 256;
  const pixel = g.in * FLOAT;
  const line = frame.width * pixel;
  const isDense = g.dilations[1] === 1;
  return pool.memory.borrow([scratchOfThread * pool.threads], (scratch) => {
    pool.run(
      JOB_KIND.convolveDirect,
      [
        [x, y.address, filter, bias, scratch, scratchOfThread],
        [g.batch, g.outHeight, g.outWidth, g.out],
        [frame.height * line, g.strides[0] * line, g.strides[1] * pixel],
        [y.image, y.line, y.pixel],
        [g.rows, g.dilations[0] * line],
        [isDense ? 1 : g.columns, g.dilations[1] * pixel, isDense ? g.columns * g.in : g.in],
        [activation, blocks, parts, Number(g.batch > 1 && g.outHeight * g.outWidth <= FEW_PIXELS)],
        [g.height, g.width, g.top, g.left, ...g.strides, ...g.dilations, g.columns],
      ].flat(),
      blocks * parts,
    );
    return true;
  });
}

function runWinograd(
  pool: Pool,
  g: Geometry,
  tile: number,
  frame: Frame,
  x: number,
  filter: number,
  bias: number,
  activation: number,
  y: number,
): boolean {
  const tiles = g.batch * Math.ceil(g.outHeight / tile) * Math.ceil(g.outWidth / tile);
  const panels = Math.ceil(g.out / PANEL);
  // The transforms of a block must fit the second cache. With a large filter there are more tiles, because the filter
  // does not fit and is read once for all of them.
  const most = placesOf(tile, g.rows) === 36 ? 48 : g.in * g.out < 2 ** 16 ? 36 : 72;
  const blocks = Math.ceil(tiles / most);
  const parts = Math.min(panels, Math.ceil((2 * pool.threads) / blocks));
  const mostTiles = Math.ceil(tiles / blocks) + 1;
  const mostPanels = Math.ceil(panels / parts) + 1;
  const placeOfV = mostTiles * (g.in * FLOAT + 64) + 64;
  const placeOfM = mostTiles * (mostPanels * PANEL * FLOAT + 64) + 64;
  const scratchOfThread = HALF_BYTES + placesOf(tile, g.rows) * (placeOfV + placeOfM);
  const line = frame.width * g.in * FLOAT;
  return pool.memory.borrow([scratchOfThread * pool.threads], (scratch) => {
    pool.run(
      JOB_KIND.convolveWinograd,
      [
        [x, y, filter, bias, scratch, scratchOfThread],
        [g.batch, g.outHeight, g.outWidth, g.in, g.out],
        [frame.height * line, line],
        [activation, tile, g.rows, blocks, parts, mostTiles, mostPanels],
      ].flat(),
      blocks * parts,
    );
    return true;
  });
}
