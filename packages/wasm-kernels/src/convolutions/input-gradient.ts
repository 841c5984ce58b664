/**
 * @module
 * The gradient of a convolution to its images.
 *
 * Derivation, in one dimension: y[o] = Σ_k x[o s + k d − p] w[k], so dx[i] = Σ_k dy[(i + p − k d) / s] w[k] over the k for
 * which the quotient is whole. With s = 1 this is a convolution of dy with the taps in reverse, p' = (K − 1) d − p.
 * With s > 1 (and d = 1) write i + p = q s + r with 0 ≤ r < s, and k = j s + r: for each phase r
 *
 *   dx[q s + r − p] = Σ_j dy[q − j] w[j s + r],
 *
 * a convolution of dy with every s-th tap in reverse, whose pixels go to every s-th place of dx.
 */
import type { Pool } from '../pool/pool.js';
import { convolve, runDirect } from './convolve.js';
import { copyFramed, type Frame, type Geometry, inParts } from './geometry.js';
import { methodFor, type PackedFilter, packFilter, type Taps, tapsInOrder } from './packed-filter.js';

const FLOAT = Float32Array.BYTES_PER_ELEMENT;

/** The convolution of dy that gives dx, for stride 1. */
function reversed(g: Geometry): Geometry {
  return {
    ...g,
    height: g.outHeight,
    width: g.outWidth,
    in: g.out,
    top: (g.rows - 1) * g.dilations[0] - g.top,
    left: (g.columns - 1) * g.dilations[1] - g.left,
    outHeight: g.height,
    outWidth: g.width,
    out: g.in,
  };
}

/** The taps of a filter `[rows, columns, in, out]` from the last to the first, with `in` and `out` exchanged. */
function tapsInReverse(g: Geometry): Taps {
  const { rows, columns, in: channels, out, rowStride, columnStride, inStride, outStride } = tapsInOrder(g);
  return {
    first: (rows - 1) * rowStride + (columns - 1) * columnStride,
    rows,
    columns,
    in: out,
    out: channels,
    rowStride: -rowStride,
    columnStride: -columnStride,
    inStride: outStride,
    outStride: inStride,
  };
}

/**
 * dx = dy * (reversed filter), for any stride or dilation (not both above 1).
 *
 * @param g of the forward convolution
 * @param dy float32 `[batch, outHeight, outWidth, out]`
 * @param filter float32 `[rows, columns, in, out]`
 * @param dx float32 `[batch, height, width, in]`, to be written
 * @returns false if it does not fit the memory; dx is then unfinished
 */
export function inputGradient(
  pool: Pool,
  g: Geometry,
  dy: Float32Array,
  filter: Float32Array,
  dx: Float32Array,
): boolean {
  if (Math.max(...g.strides) > 1) return byPhases(pool, g, dy, filter, dx);
  const backwards = reversed(g);
  const packed = packFilter(pool, filter, tapsInReverse(g), methodFor(backwards));
  if (!packed) return false;
  const isDone = convolve(pool, backwards, dy, packed, {}, dx);
  pool.memory.free(packed.address);
  return isDone;
}

/** One phase along one axis: its taps, and the pixels of dx that it gives. */
interface Phase {
  readonly taps: number;
  readonly lastTap: number; // that is packed first
  readonly firstQ: number;
  readonly pixels: number;
  readonly start: number; // in dx
}

function phase(r: number, kernel: number, stride: number, padding: number, size: number): Phase {
  const taps = Math.max(0, Math.ceil((kernel - r) / stride));
  const firstQ = Math.ceil((padding - r) / stride);
  const lastQ = Math.floor((size - 1 + padding - r) / stride);
  return {
    taps,
    lastTap: (taps - 1) * stride + r,
    firstQ,
    pixels: Math.max(0, lastQ - firstQ + 1),
    start: firstQ * stride + r - padding,
  };
}

function phasesOf(kernel: number, stride: number, padding: number, size: number): Phase[] {
  return Array.from({ length: stride }, (_, r) => phase(r, kernel, stride, padding, size)).filter(
    ({ pixels }) => pixels > 0,
  );
}

/** The rows (or columns) of dy that all phases look at, zeros outside the image included. */
function reachOf(phases: readonly Phase[]): { first: number; size: number } {
  const first = Math.min(...phases.map(({ firstQ, taps }) => firstQ - Math.max(0, taps - 1)));
  const last = Math.max(...phases.map(({ firstQ, pixels }) => firstQ + pixels - 1));
  return { first, size: last - first + 1 };
}

function byPhases(
  pool: Pool,
  g: Geometry,
  dy: Float32Array,
  filter: Float32Array,
  dx: Float32Array,
): boolean {
  const down = phasesOf(g.rows, g.strides[0], g.top, g.height);
  const across = phasesOf(g.columns, g.strides[1], g.left, g.width);
  if (down.length === 0 || across.length === 0) {
    dx.fill(0);
    return true;
  }
  const [rows, columns] = [reachOf(down), reachOf(across)];
  const frame: Frame = { height: rows.size, width: columns.size, top: -rows.first, left: -columns.first };
  const packed: (readonly [down: Phase, across: Phase, filter: PackedFilter])[] = [];
  try {
    for (const vertical of down) {
      for (const horizontal of across) {
        if (vertical.taps === 0 || horizontal.taps === 0) continue;
        const filterOfPhase = packFilter(pool, filter, tapsOfPhase(g, vertical, horizontal), 'direct');
        if (!filterOfPhase) return false;
        packed.push([vertical, horizontal, filterOfPhase]);
      }
    }
    const sizeOfDy = g.outHeight * g.outWidth * g.out;
    const sizeOfDx = g.height * g.width * g.in;
    return inParts(g, pool.bytesAtOnce, (part, first) => {
      const last = first + part.batch;
      const from = dy.subarray(first * sizeOfDy, last * sizeOfDy);
      const to = dx.subarray(first * sizeOfDx, last * sizeOfDx);
      return partByPhases(pool, part, frame, from, packed, to);
    });
  } finally {
    for (const [, , { address }] of packed) pool.memory.free(address);
  }
}

function tapsOfPhase(g: Geometry, vertical: Phase, horizontal: Phase): Taps {
  const { rowStride, columnStride, inStride, outStride } = tapsInOrder(g);
  return {
    first: vertical.lastTap * rowStride + horizontal.lastTap * columnStride,
    rows: vertical.taps,
    columns: horizontal.taps,
    in: g.out,
    out: g.in,
    rowStride: -g.strides[0] * rowStride,
    columnStride: -g.strides[1] * columnStride,
    inStride: outStride,
    outStride: inStride,
  };
}

function partByPhases(
  pool: Pool,
  g: Geometry,
  frame: Frame,
  dy: Float32Array,
  phases: readonly (readonly [down: Phase, across: Phase, filter: PackedFilter])[],
  dx: Float32Array,
): boolean {
  const { memory } = pool;
  const framed = g.batch * frame.height * frame.width * g.out;
  return memory.borrow([framed * FLOAT, dx.byteLength], (dyAddress, dxAddress) => {
    const images = { batch: g.batch, height: g.outHeight, width: g.outWidth, channels: g.out };
    copyFramed(dy, images, frame, memory.view(dyAddress, framed));
    memory.view(dxAddress, dx.length).fill(0); // phases without taps stay 0
    let isDone = true;
    const pixel = g.in * FLOAT;
    const line = g.width * pixel;
    for (const [down, across, filter] of phases) {
      const row = down.firstQ - (down.taps - 1) + frame.top;
      const column = across.firstQ - (across.taps - 1) + frame.left;
      const geometry: Geometry = {
        ...g,
        in: g.out,
        out: g.in,
        rows: down.taps,
        columns: across.taps,
        strides: [1, 1],
        height: g.outHeight,
        width: g.outWidth,
        top: down.taps - 1 - down.firstQ,
        left: across.taps - 1 - across.firstQ,
        outHeight: down.pixels,
        outWidth: across.pixels,
      };
      const placing = {
        address: dxAddress + down.start * line + across.start * pixel,
        image: g.height * line,
        line: g.strides[0] * line,
        pixel: g.strides[1] * pixel,
      };
      const from = dyAddress + (row * frame.width + column) * g.out * FLOAT;
      isDone &&= runDirect(pool, geometry, frame, from, filter.address, 0, 0, placing);
    }
    if (isDone) dx.set(memory.view(dxAddress, dx.length));
    return isDone;
  });
}
