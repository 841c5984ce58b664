/**
 * @module
 * How large the tiles of a comparison are: as the caller says, or as the memory allows.
 */
import { memory } from '@tensorflow/tfjs-core';
import type { Backbone, NetName } from '../backbones/backbone.js';
import { backboneOf } from '../backbones/registry.js';
import { checkNumber, checkOptions, kindOf } from '../check-options.js';
import { cannot, invalid } from '../errors.js';
import type { Tiles } from '../lpips-options.js';
import { addressableBytes } from '../operations/backend-traits.js';
import { isTapeOn } from '../operations/tape.js';
import { cropSide, totalStride } from './tile-geometry.js';

/**
 * Memory that one comparison with its map takes at its peak, in bytes for each pixel of one image: the growth of the WASM heap,
 * with its fragmentation. A test of lpips-node measures it.
 */
export const PEAK_BYTES_PER_PIXEL: Readonly<Record<NetName, number>> = {
  alex: 180,
  squeeze: 400,
  lite: 380,
  vgg: 1150,
};

/** How much of the memory that a backend can address is used. What the heap grows beyond its need takes the rest. */
const ADDRESSABLE_SHARE = 0.95;
/** What is taken to be there where the memory of a backend is not known, as on GPUs. */
const UNKNOWN_MEMORY_BYTES = 4 * 2 ** 30;
/**
 * Most that a tile with its halo takes. Larger tiles compute less twice, by less and less. With this much, a process that compares files
 * of 7680x4320 by VGG16 on WASM stays below 2 GB, and VGG16 takes 4320 rows in six tiles, AlexNet 2160 in one.
 */
export const MOST_TILE_BYTES = 928 * 2 ** 20;
/** The same with a gradient, for which the activations of all layers of one side are kept. */
const MOST_GRADIENT_TILE_BYTES = 1.75 * 2 ** 30;
/** How much more a comparison takes whose gradient is computed. Measured with VGG16 on WASM: 3,800 bytes for each pixel. */
const GRADIENT_FACTOR = 3.5;
/** Least side that a caller may name. */
const LEAST_SIDE = 16;

/** @throws LpipsError unless `tiles` is undefined, 'auto' or an object with a side of at least 16 pixels */
export function checkTiles(where: string, tiles: Tiles | undefined): void {
  if (tiles === undefined || tiles === 'auto') return;
  if (typeof tiles !== 'object' || tiles === null) {
    throw invalid(where, "'auto' or an object with a side", 'tiles', kindOf(tiles));
  }
  checkOptions(where, tiles, ['side'], 'tiles');
  checkNumber(where, 'tiles.side', tiles.side, { least: LEAST_SIDE, isWhole: true });
}

/**
 * Largest side of the tiles of an image, in pixels, or undefined if it is computed whole.
 *
 * @param shape `[batch, height, width, …]` of the image
 * @throws LpipsError where the memory does not hold the smallest tile
 */
export function tileSide(
  where: string,
  backbone: Backbone,
  tiles: Tiles | undefined,
  [batch, height, width]: readonly [number, number, number, ...number[]],
): number | undefined {
  if (tiles === undefined) return undefined;
  if (tiles !== 'auto') return tiles.side;
  const [factor, most] = isTapeOn() ? [GRADIENT_FACTOR, MOST_GRADIENT_TILE_BYTES] : [1, MOST_TILE_BYTES];
  const perPixel = PEAK_BYTES_PER_PIXEL[backbone.net] * factor;
  const free = freeBytes();
  if (batch * height * width * perPixel <= free) return undefined;
  const side = largestSide(backbone, Math.min(most, free) / perPixel);
  if (side !== undefined) return side;
  const why = `${Math.round(free / 2 ** 20)} MiB of memory are too few for a tile`;
  throw cannot(where, 'compare these images', why, 'Dispose tensors that are no longer needed.');
}

/**
 * The side of tiles for a comparison that may take so much memory, in pixels, a multiple of the net's total stride; undefined if
 * that is too little for any tile.
 *
 * @param net a net by its name
 * @param bytes at most this many, though no more than 928 MiB is used: larger tiles gain little
 * @throws LpipsError for an unknown net and for what is no number
 */
export function largestTileSide(net: NetName, bytes: number): number | undefined {
  checkNumber('largestTileSide', 'bytes', bytes);
  const backbone = backboneOf('largestTileSide', net);
  return largestSide(backbone, Math.min(MOST_TILE_BYTES, bytes) / PEAK_BYTES_PER_PIXEL[net]);
}

/** Largest side whose crop has no more than this many pixels, a multiple of the total stride; undefined if there is none. */
function largestSide(backbone: Backbone, pixels: number): number | undefined {
  const stride = totalStride(backbone);
  const halo = cropSide(backbone, 0);
  const side = Math.floor((Math.sqrt(pixels) - halo) / stride) * stride;
  return side >= LEAST_SIDE ? side : undefined;
}

/** Memory that tensors of the current backend may still take, in bytes. */
function freeBytes(): number {
  const addressable = addressableBytes();
  const usable = addressable === undefined ? UNKNOWN_MEMORY_BYTES : addressable * ADDRESSABLE_SHARE;
  return Math.max(0, usable - memory().numBytes);
}
