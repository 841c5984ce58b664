/**
 * @module
 * The options of the metric's methods, and the names by which a misspelt one is told.
 */
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { NetName } from './backbones/backbone.js';
import type { ValueRange } from './operations/scale-images.js';
import type { Warn } from './watch-range.js';

/** Which network, which published calibration of it, and whether its heads are learned. */
export interface LpipsOptions {
  net: NetName;
  /** Calibration of the heads, `'0.1'` by default; `'0.0'` is the first release, without scaling layer. */
  version?: '0.1' | '0.0';
  /** `false` = every head is 1, the "baseline" of the paper. Default `true`. */
  linear?: boolean;
  /**
   * Called once if the first reference lies outside [-1, 1], or has no value below 0, where `range` is not given. An error
   * that it throws ends the next call. `null` = nothing is looked at. Default: the console.
   */
  onWarning?: Warn | null;
}

export const LPIPS_OPTIONS = [
  'net',
  'version',
  'linear',
  'onWarning',
] as const satisfies (keyof LpipsOptions)[];

/** How images come in. */
export interface ImageOptions {
  /** Values that mean black and white, `[-1, 1]` by default. */
  range?: ValueRange;
  /** Reads the values and refuses those outside `range`, which waits for the device. Default `false`. */
  checkRange?: boolean;
}

export const IMAGE_OPTIONS = ['range', 'checkRange'] as const satisfies (keyof ImageOptions)[];

/** How two images are compared. */
export interface CompareOptions extends ImageOptions {
  /**
   * `[batch or 1, height, width, 1]`, ≥ 0, constant: weights of the spatial mean. Where it is 0, the image takes the
   * reference's pixels before the backbone, so that nothing outside has any influence.
   */
  mask?: Tensor4D;
  /**
   * Computes the images in square tiles with a halo, one after the other. Results and gradients are those of the whole images
   * but for rounding, and no more memory is taken than one tile needs. `'auto'` = where the whole images would need more
   * memory than there is, in tiles of a size that fits. `{ side }` = height and width of a tile without its halo, in pixels, at
   * least 16, rounded down to a multiple of the total stride (8 for lite, 16 for the others). Default: no tiles.
   */
  tiles?: Tiles;
  /** Called after each tile, with the number of tiles done and of all. What it throws ends the call. */
  onTile?: OnTile;
}

/** Called after each tile. What it throws ends the computation. */
export type OnTile = (done: number, total: number) => void;

/** How images are cut into tiles. */
export type Tiles = 'auto' | { readonly side: number };

export const COMPARE_OPTIONS = [
  ...IMAGE_OPTIONS,
  'mask',
  'tiles',
  'onTile',
] as const satisfies (keyof CompareOptions)[];
