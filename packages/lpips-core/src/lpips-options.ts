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
}

export const COMPARE_OPTIONS = [...IMAGE_OPTIONS, 'mask'] as const satisfies (keyof CompareOptions)[];
