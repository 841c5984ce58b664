/**
 * @module
 * LPIPS (Zhang et al. 2018) as a loss or a metric of a tfjs-layers model or of a training loop. The weights of LPIPS are
 * constants of its operations and not variables, so no optimiser changes them. The gradient goes to the image alone.
 */
import { type Tensor, type Tensor1D, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import {
  type CompareOptions,
  cannot,
  checkNumber,
  checkOptions,
  invalid,
  type Lpips,
  type Warn,
  watchRange,
} from 'lpips-core';
import { checkSameShape } from './check-tensors.js';
import { randomShift } from './random-shift.js';
import type { TargetCache } from './target-cache.js';

/** A loss of tfjs-layers: the distance of each sample, `[batch]`. */
export type SampleLoss = (yTrue: Tensor, yPred: Tensor) => Tensor1D;

/** How outputs are compared with targets. */
export interface LpipsLossOptions extends CompareOptions {
  /** Crops both images at a random offset of 0 to this many pixels at each step. Default 0. */
  randomShift?: number;
  /** Seed of the random offsets. Default 1. */
  seed?: number;
  /** Features of the targets, from `cacheTargets`. A batch with a target that is not in it is computed as usual. */
  targets?: TargetCache;
  /** Called once if the first batch of targets lies outside `range`, or has no value below 0 where `range` is not given. An error that it throws ends the next step. `null` = nothing is looked at. Default: the `onWarning` of the metric, which is the console. */
  onWarning?: Warn | null;
}

/** Names of `LpipsLossOptions`. */
export const LPIPS_LOSS_OPTIONS = [
  'range',
  'checkRange',
  'mask',
  'tiles',
  'onTile',
  'randomShift',
  'seed',
  'targets',
  'onWarning',
] as const;

/**
 * Makes a loss that gives the LPIPS of each sample to its target.
 *
 * yTrue and yPred are `[batch, height, width, 3]` (or 1, greyscale) in `range`, float32. The result is float32
 * `[batch]`, dimensionless, ≥ 0, lower is more alike; reduction and sample weights are the caller's.
 *
 * @param lpips the metric; it must outlive the loss
 * @throws LpipsError for options that are unknown or do not go together; the loss throws as `Lpips.distance`
 */
export function lpipsLoss(lpips: Lpips, options: LpipsLossOptions = {}): SampleLoss {
  if (typeof (lpips as Partial<Lpips> | undefined)?.distance !== 'function') {
    const advice = 'Make one with Lpips.fromWeights or loadLpips.';
    throw invalid('lpipsLoss', 'an Lpips', 'lpips', typeof lpips, advice);
  }
  checkOptions('lpipsLoss', options, LPIPS_LOSS_OPTIONS);
  const { randomShift: pixels = 0, seed = 1, targets, onWarning = lpips.onWarning, ...compare } = options;
  checkNumber('lpipsLoss', 'randomShift', pixels, { isWhole: true });
  checkNumber('lpipsLoss', 'seed', seed, { isWhole: true });
  if (pixels > 0 && (targets || compare.mask)) {
    const other = targets ? 'targets' : 'mask';
    const why = `${other} is for whole images and does not fit their crops`;
    throw cannot('lpipsLoss', `use randomShift with ${other}`, why, `Leave out randomShift or ${other}.`);
  }
  targets?.checkOwner('lpipsLoss', lpips, compare);
  const shift = randomShift(pixels, seed);
  const watch = watchRange('lpipsLoss', onWarning);
  // The range is said, so that the metric does not look at the same targets once more.
  const said = { ...compare, range: compare.range ?? ([-1, 1] as const) };
  return function lpipsDistance(yTrue, yPred) {
    return tidy(() => {
      checkSameShape('lpipsLoss', yTrue, yPred);
      if (!compare.checkRange) watch('lpipsLoss', 'yTrue', yTrue, compare.range);
      const [image, target] = shift(yPred as Tensor4D, yTrue as Tensor4D) as [Tensor4D, Tensor4D];
      const features = targets?.find(target);
      if (!features) return lpips.distance(image, target, said);
      const distance = lpips.distance(image, features, said);
      features.dispose();
      return distance;
    });
  };
}
