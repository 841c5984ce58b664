/**
 * @module
 * The checks of values, which wait for the device: whether images are finite and in their range, and whether masks have a
 * weight. A metric's `checkRange` reads synchronously. `checkImageRange` is the same check where a backend cannot.
 */
import {
  all,
  cast,
  isFinite as isFiniteValue,
  max,
  min,
  stack,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';
import { checkRangeOption, checkTensor } from './check-images.js';
import { cannot, invalid } from './errors.js';
import { at } from './item-at.js';
import { readsSynchronously } from './operations/backend-traits.js';
import type { ValueRange } from './operations/scale-images.js';

/** How far rounding may take a value out of its range, as a share of the range. */
const RANGE_TOLERANCE = 1e-4;

type Interval = readonly [low: number, high: number];

/**
 * Reads all values of images and refuses those that do not fit, as `checkRange` of the metric does, on every backend. WebGPU in
 * Node reads asynchronously only, and there it takes the place of `checkRange`.
 *
 * @param where function that was given the images
 * @param argument what that function calls them
 * @param images float32 or int32, of any shape; not disposed
 * @param range values of black and white: `[-1, 1]`, `[0, 1]` or `[0, 255]`
 * @throws LpipsError for what is no tensor, an unknown range, and values that are not finite or lie outside the range
 */
export async function checkImageRange(
  where: string,
  argument: string,
  images: Tensor,
  range: ValueRange = [-1, 1],
): Promise<void> {
  checkTensor(where, argument, '[batch, height, width, 3]', images);
  checkRangeOption(where, range);
  const extremes = extremesOf(images);
  try {
    refuseExtremes(where, argument, await extremes.data(), range);
  } finally {
    extremes.dispose();
  }
}

/** @throws LpipsError if any value is not finite or lies outside the range, or where the backend cannot read at once */
export function checkValues(where: string, argument: string, values: Tensor, interval: Interval): void {
  checkReadable(where, argument);
  const extremes = extremesOf(values);
  try {
    refuseExtremes(where, argument, extremes.dataSync(), interval);
  } finally {
    extremes.dispose();
  }
}

/** @throws LpipsError if a weight is negative or not finite, or those of an image are all 0. Waits for the device. */
export function checkMaskValues(where: string, mask: Tensor4D): void {
  checkValues(where, 'mask', mask, [0, Number.POSITIVE_INFINITY]);
  const emptiest = tidy(() => at(min(max(mask, [1, 2, 3])).dataSync(), 0));
  if (emptiest > 0) return;
  throw invalid(
    where,
    'a weight above 0 in every image',
    'mask',
    'an image without',
    'There is nothing to compare.',
  );
}

/** `[3]`: 1 if every value is finite, else 0; the least value; the largest. The caller disposes. */
function extremesOf(values: Tensor): Tensor1D {
  return tidy(() => {
    const found = [all(isFiniteValue(values)), min(values), max(values)];
    return stack(found.map((value) => cast(value, 'float32'))) as Tensor1D;
  });
}

function refuseExtremes(
  where: string,
  argument: string,
  extremes: ArrayLike<number>,
  [low, high]: Interval,
): void {
  const [isAllFinite, least, most] = [at(extremes, 0), at(extremes, 1), at(extremes, 2)];
  if (isAllFinite === 0) {
    throw invalid(where, 'finite values', argument, 'NaN or infinity', 'Look at where the images come from.');
  }
  const slack = Number.isFinite(high) ? (high - low) * RANGE_TOLERANCE : 0;
  if (least >= low - slack && most <= high + slack) return;
  const advice = 'Pass the range that the images have as the option range.';
  throw invalid(where, `values in [${low}, ${high}]`, argument, `values in [${least}, ${most}]`, advice);
}

function checkReadable(where: string, argument: string): void {
  if (readsSynchronously()) return;
  const why = 'this backend reads asynchronously only';
  const advice = 'Leave out checkRange, and await checkImageRange of lpips-core for the images.';
  throw cannot(where, `check the values of ${argument}`, why, advice);
}
