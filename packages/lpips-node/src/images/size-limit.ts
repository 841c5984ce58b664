/**
 * @module
 * How large an image one comparison can take. A backend holds the features of both images and a few temporaries of
 * the first tap's size. On WASM they share 4 GiB of addresses, and fragmentation makes the last part of these unusable.
 */
import { totalmem } from 'node:os';
import {
  checkNumber,
  checkOneOf,
  checkText,
  type ImageSize,
  invalid,
  NET_NAMES,
  type NetName,
} from 'lpips-core';
import type { BackendName } from '../backends/candidates.js';

/**
 * Memory that one comparison with its map takes at its peak, in bytes for each pixel of one image. It is the growth of
 * the WASM heap, with its fragmentation. `npx vitest run packages/lpips-node/test/images/size-limit.test.ts` measures it.
 */
export const PEAK_BYTES_PER_PIXEL: Readonly<Record<NetName, number>> = {
  alex: 180,
  squeeze: 400,
  lite: 380,
  vgg: 1150,
};

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
 * Largest number of pixels of an image that can be compared.
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
 * @param where the command or function that refuses, as its user knows it
 * @param name what messages call the image
 * @throws LpipsError where an image is larger than the net and the backend can take, naming the limit
 */
export function checkSizeLimit(
  where: string,
  name: string,
  size: ImageSize,
  net: NetName,
  backend: BackendName,
): void {
  const limit = maxPixels(net, backend);
  const pixels = size.width * size.height;
  if (pixels <= limit) return;
  const roomier = (['vgg', 'squeeze', 'alex'] as const).filter(
    (other) => maxPixels(other, backend) >= pixels,
  );
  const other = roomier.length > 0 ? `, or use --net ${roomier.join(' or ')}` : '';
  const requirement = `at most ${megapixels(limit)} megapixels with ${net} on ${backend}`;
  const got = `${size.width} x ${size.height} = ${megapixels(pixels)}`;
  throw invalid(where, requirement, name, got, `Scale both images down${other}.`);
}

function megapixels(pixels: number): string {
  return (pixels / 1e6).toFixed(1);
}
