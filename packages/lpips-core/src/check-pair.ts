/**
 * @module
 * The checks of a comparison at the public boundary: two sides that are images or features of this metric, of one size, and the
 * mask.
 */
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { checkImages, checkMask, checkRangeOption, checkReference } from './check-images.js';
import { checkFlag } from './check-options.js';
import { checkMaskValues, checkValues } from './check-values.js';
import { invalid } from './errors.js';
import { Features } from './features.js';
import type { CompareOptions, ImageOptions } from './lpips-options.js';
import type { RangeWatch } from './watch-range.js';

/** What a metric expects of images. */
export interface Expectations {
  /** What its own features have as `owner`. */
  readonly owner: object;
  /** Least height and width that the backbone can take. */
  readonly smallestSize: number;
  /** Looks at references whose range is not given. */
  readonly watch: RangeWatch;
}

/** @throws LpipsError for shapes, dtypes, features, options or (with `checkRange`) values that do not fit */
export function checkPair(
  where: string,
  image: Tensor4D | Features,
  reference: Tensor4D | Features,
  options: CompareOptions,
  expected: Expectations,
): void {
  const { mask, checkRange = false } = options;
  checkSide(where, 'reference', reference, options, expected);
  checkSide(where, 'image', image, options, expected);
  checkReference(where, image.shape, reference.shape);
  if (mask === undefined) return;
  checkMask(where, image.shape, mask);
  if (checkRange) checkMaskValues(where, mask);
}

/**
 * @param argument what messages call the images
 * @throws LpipsError as `checkPair`
 */
export function checkSide(
  where: string,
  argument: 'image' | 'reference',
  images: Tensor4D | Features,
  { range: given, checkRange = false }: ImageOptions,
  { owner, smallestSize, watch }: Expectations,
): void {
  const range = given === undefined ? ([-1, 1] as const) : given;
  checkRangeOption(where, range);
  checkFlag(where, 'checkRange', checkRange);
  if (images instanceof Features) {
    if (images.isDisposed) {
      throw invalid(where, 'features that are not disposed', argument, 'disposed ones', 'Make them anew.');
    }
    if (images.owner === owner) return;
    const got = `features of another (${images.net})`;
    throw invalid(where, 'features of this Lpips', argument, got, 'Make them with its features method.');
  }
  checkImages(where, argument, images, range, smallestSize);
  if (checkRange) checkValues(where, argument, images, range);
  else if (argument === 'reference' && given === undefined) watch(where, argument, images, given);
}
