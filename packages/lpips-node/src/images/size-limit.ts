/**
 * @module
 * How large an image one comparison can take. A backend holds the features of both images and a few temporaries of
 * the first tap's size; on WASM they share 4 GiB of addresses, the last part of which fragmentation makes unusable.
 */
import { totalmem } from 'node:os';
import { type ImageSize, invalid, type NetName } from 'lpips-core';
import type { BackendName } from '../backends/candidates.js';

/**
 * Memory that one comparison with its map takes at its peak, in bytes for each pixel of one image: growth of the
 * WASM heap, fragmentation included. `npx vitest run packages/lpips-node/test/images/size-limit.test.ts` measures it.
 */
export const PEAK_BYTES_PER_PIXEL: Readonly<Record<NetName, number>> = {
  alex: 250,
  squeeze: 640,
  lite: 640,
  vgg: 2400,
};

/**
 * What the features of an image occupy, in bytes for each of its pixels: 4 for each channel of the image and of each
 * tap, over the area that one value of the tap stands for. Rounding at odd sizes stays below.
 */
export const FEATURE_BYTES_PER_PIXEL: Readonly<Record<NetName, number>> = {
  alex: 54,
  squeeze: 160,
  lite: 138,
  vgg: 504,
};

/** WASM addresses 4 GiB; weights and the overgrowth of the heap take their part of it. */
const WASM_HEAP_BYTES = 3.8 * 2 ** 30;
/** Share of the machine's memory that is taken at most. */
export const MEMORY_SHARE = 0.8;
/** Share of what one comparison leaves that is filled with kept features: the rest goes to fragmentation. */
const KEPT_SHARE = 0.7;

/** Memory of this machine, or of the container that the process may not leave. */
export function machineMemory(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/** Memory that a backend can use, in bytes. */
function memoryOf(backend: BackendName, machine: number): number {
  return backend === 'wasm' ? Math.min(WASM_HEAP_BYTES, machine * MEMORY_SHARE) : machine * MEMORY_SHARE;
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
  return Math.floor(memoryOf(backend, machineBytes) / PEAK_BYTES_PER_PIXEL[net]);
}

/** Bytes that are left for the features of other images while two of this size are compared. */
export function featureBudget(
  net: NetName,
  backend: BackendName,
  { width, height }: ImageSize,
  machineBytes: number = machineMemory(),
): number {
  const free = memoryOf(backend, machineBytes) - width * height * PEAK_BYTES_PER_PIXEL[net];
  return Math.max(0, free * KEPT_SHARE);
}

/** @throws LpipsError where an image is larger than net and backend can take, naming the limit */
export function checkSizeLimit(name: string, size: ImageSize, net: NetName, backend: BackendName): void {
  const limit = maxPixels(net, backend);
  const pixels = size.width * size.height;
  if (pixels <= limit) return;
  const roomier = (['vgg', 'squeeze', 'alex'] as const).filter(
    (other) => maxPixels(other, backend) >= pixels,
  );
  const other = roomier.length > 0 ? `, or use --net ${roomier.join(' or ')}` : '';
  const requirement = `at most ${megapixels(limit)} megapixels with ${net} on ${backend}`;
  const got = `${size.width} x ${size.height} = ${megapixels(pixels)}`;
  throw invalid('lpips', requirement, name, got, `Scale both images down${other}.`);
}

function megapixels(pixels: number): string {
  return (pixels / 1e6).toFixed(1);
}
