/**
 * @module
 * How large an image one comparison can take whole, and in what tiles it takes larger ones. A backend holds the features of
 * both images and a few temporaries of the first tap's size. On WASM they share 4 GiB of addresses, and fragmentation makes
 * the last part of these unusable.
 */
import { totalmem } from 'node:os';
import {
  cannot,
  checkNumber,
  checkOneOf,
  checkTargetSize,
  checkText,
  type ImageSize,
  largestTileSide,
  MOST_TILE_BYTES,
  NET_NAMES,
  type NetName,
  PEAK_BYTES_PER_PIXEL,
} from 'lpips-core';
import type { BackendName } from '../backends/candidates.js';

/**
 * What the features of an image occupy, in bytes for each of its pixels: 4 for each channel of the image, and 4 for each
 * channel of a tap divided by the number of pixels that one value of that tap stands for. At odd sizes the taps are
 * rounded down and occupy less.
 */
export const FEATURE_BYTES_PER_PIXEL: Readonly<Record<NetName, number>> = {
  alex: 54,
  squeeze: 160,
  lite: 138,
  vgg: 504,
};

/** Decoded pixels of 8 bits without transparency. */
const DECODED_BYTES_PER_PIXEL = 3;
/** WASM addresses 4 GiB. The weights, and what the heap grows beyond its need, take the rest. */
const WASM_HEAP_BYTES = 3.8 * 2 ** 30;
/** What the WASM kernels take beside the heap: packed filters, and what a convolution computes with at a time. */
const WASM_KERNEL_BYTES = 350e6;
/** Largest share of the machine's memory that is taken. */
export const MEMORY_SHARE = 0.8;
/** Kept features fill this share of what one comparison leaves. Fragmentation takes the rest. */
const KEPT_SHARE = 0.7;

/** Memory of this machine, or of the container that confines the process, in bytes. */
export function machineMemory(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/** Memory that a backend can use, in bytes. */
function memoryOf(backend: BackendName, machine: number): number {
  const usable = machine * MEMORY_SHARE;
  return backend === 'wasm' ? Math.min(WASM_HEAP_BYTES, Math.max(0, usable - WASM_KERNEL_BYTES)) : usable;
}

/**
 * Largest number of pixels of an image that is compared whole. Larger ones are compared in tiles.
 *
 * @param machineBytes memory of the machine, by default this one's
 */
export function maxPixels(
  net: NetName,
  backend: BackendName,
  machineBytes: number = machineMemory(),
): number {
  checkOneOf('maxPixels', 'net', net, NET_NAMES);
  checkText('maxPixels', 'backend', backend);
  checkNumber('maxPixels', 'machineBytes', machineBytes);
  return Math.floor(memoryOf(backend, machineBytes) / PEAK_BYTES_PER_PIXEL[net]);
}

/** Bytes that are left for features of further images while two images of this size are compared. */
export function featureBudget(
  net: NetName,
  backend: BackendName,
  { width, height }: ImageSize,
  machineBytes: number = machineMemory(),
): number {
  const free = memoryOf(backend, machineBytes) - width * height * PEAK_BYTES_PER_PIXEL[net];
  return Math.max(0, free * KEPT_SHARE);
}

/**
 * The tiles in which images of this size are compared, or undefined where the memory holds the comparison of whole ones. The
 * decoded images take their part of the memory.
 *
 * @throws LpipsError where the memory does not hold one tile, and for arguments of another kind
 */
export function tilesFor(
  net: NetName,
  backend: BackendName,
  size: ImageSize,
  machineBytes: number = machineMemory(),
): { side: number } | undefined {
  checkTargetSize('tilesFor', size, Number.POSITIVE_INFINITY);
  const { width, height } = size;
  const pixels = width * height;
  if (pixels <= maxPixels(net, backend, machineBytes)) return undefined;
  const rest = machineBytes * MEMORY_SHARE - 2 * pixels * DECODED_BYTES_PER_PIXEL;
  const side = largestTileSide(net, Math.max(0, Math.min(memoryOf(backend, machineBytes), rest)));
  if (side !== undefined) return { side };
  const why = `two decoded images of ${megapixels(pixels)} megapixels leave no memory for a tile`;
  throw cannot('compare', `hold images of ${width} x ${height}`, why, 'Scale both images down.');
}

/** Memory that a comparison takes at its peak, in bytes: of whole images, or of a tile and the decoded images. */
export function comparisonBytes(
  net: NetName,
  backend: BackendName,
  size: ImageSize,
  machineBytes: number = machineMemory(),
): number {
  const area = size.width * size.height;
  const whole = area * PEAK_BYTES_PER_PIXEL[net];
  if (area <= maxPixels(net, backend, machineBytes)) return whole;
  return Math.min(whole, MOST_TILE_BYTES + 2 * area * DECODED_BYTES_PER_PIXEL);
}

function megapixels(pixels: number): string {
  return (pixels / 1e6).toFixed(1);
}
