/**
 * @module
 * LPIPS of clips: the mean over their frames, as CogVideo's autoencoder is trained (Yang et al. 2024). A seeded sample
 * of the frames at each step costs less and has the same mean.
 */
import { gather, mean, reshape, type Tensor, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import { checkOptions, type ImageOptions, invalid, type Lpips, mulberry32 } from 'lpips-core';
import { checkNumber, checkSameShape } from './check-options.js';
import { lpipsLoss, type SampleLoss } from './lpips-loss.js';
import { sampleIndices } from './sample-indices.js';
import type { Warn } from './warn-outside.js';

/** Which frames of a clip are compared, and how. */
export interface VideoLpipsLossOptions extends ImageOptions {
  /** Frames drawn at each step, the same ones of every clip. All by default. */
  frames?: number;
  /** Crops frames at a random offset of 0 to this many pixels at each step. Default 0. */
  randomShift?: number;
  /** Of what is drawn. Default 1. */
  seed?: number;
  /** Hears once if the first batch of targets lies outside `range`; what it throws ends the next step. Default: the console. */
  onWarning?: Warn;
}

/**
 * A loss that gives each clip's mean LPIPS over its frames.
 *
 * yTrue and yPred are `[batch, frames, height, width, 3]` (or 1, greyscale) in `range`, float32. The result is float32
 * `[batch]`, ≥ 0, lower is more alike.
 *
 * @throws LpipsError for unknown options; the loss for clips that are not 5-D, and as `Lpips.distance`
 */
export function videoLpipsLoss(lpips: Lpips, options: VideoLpipsLossOptions = {}): SampleLoss {
  checkOptions('videoLpipsLoss', options, [
    'frames',
    'randomShift',
    'seed',
    'range',
    'checkRange',
    'onWarning',
  ]);
  const { frames, ...rest } = options;
  if (frames !== undefined) checkNumber('videoLpipsLoss', 'frames', frames, { least: 1, isWhole: true });
  const ofImages = lpipsLoss(lpips, rest);
  const next = mulberry32(options.seed ?? 1);
  return function videoLpipsDistance(yTrue, yPred) {
    return tidy(() => {
      checkSameShape('videoLpipsLoss', yTrue, yPred);
      const [batch = 0, length = 0] = yPred.shape;
      if (yPred.rank !== 5) {
        const advice = yPred.rank === 4 ? 'Images go to lpipsLoss.' : '';
        const got = `[${yPred.shape.join(', ')}]`;
        throw invalid('videoLpipsLoss', '[batch, frames, height, width, 3]', 'yPred', got, advice);
      }
      const drawn = frames !== undefined && frames < length ? sampleIndices(length, frames, next) : undefined;
      const distances = ofImages(flatten(yTrue, drawn), flatten(yPred, drawn));
      return mean(reshape(distances, [batch, drawn?.length ?? length]), 1);
    });
  };
}

/** `[batch, frames, height, width, channels]` → `[batch · drawn, height, width, channels]`. */
function flatten(clips: Tensor, drawn: number[] | undefined): Tensor4D {
  const some = drawn ? gather(clips, drawn, 1) : clips;
  const [batch = 0, frames = 0, height = 0, width = 0, channels = 0] = some.shape;
  return reshape(some, [batch * frames, height, width, channels]);
}
