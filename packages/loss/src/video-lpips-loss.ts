/**
 * @module
 * LPIPS of clips: the mean over their frames, with which CogVideo's autoencoder is trained (Yang et al. 2024). A seeded
 * sample of the frames at each step costs less and has the same expected value.
 */
import { gather, mean, reshape, type Tensor4D, type Tensor5D, tidy } from '@tensorflow/tfjs-core';
import {
  type CompareOptions,
  checkNumber,
  checkOptions,
  type ImageOptions,
  invalid,
  type Lpips,
  mulberry32,
  type Warn,
} from 'lpips-core';
import { type Draw, drawNumbers } from 'tfjs-fused-training';
import { checkSameShape } from './check-tensors.js';
import { lpipsLoss, type SampleLoss } from './lpips-loss.js';
import { sampleIndices } from './sample-indices.js';

/** Which frames of a clip are compared, and how. */
export interface VideoLpipsLossOptions extends ImageOptions, Pick<CompareOptions, 'tiles' | 'onTile'> {
  /** How many frames are drawn at each step, the same ones from every clip. Default: all. */
  frames?: number;
  /** Crops frames at a random offset of 0 to this many pixels at each step. Default 0. */
  randomShift?: number;
  /** Seed of the frames and offsets. Default 1. */
  seed?: number;
  /** Called once if the first batch of targets lies outside `range`, or has no value below 0 where `range` is not given. An error that it throws ends the next step. `null` = nothing is looked at. Default: the `onWarning` of the metric, which is the console. */
  onWarning?: Warn | null;
}

/**
 * A loss that gives each clip's mean LPIPS over its frames.
 *
 * yTrue and yPred are `[batch, frames, height, width, 3]` (or 1, greyscale) in `range`, float32. The result is float32
 * `[batch]`, ≥ 0, lower is more alike.
 *
 * @throws LpipsError for unknown options; the loss throws for clips that are not 5-D, and as `Lpips.distance`
 */
export function videoLpipsLoss(lpips: Lpips, options: VideoLpipsLossOptions = {}): SampleLoss {
  checkOptions('videoLpipsLoss', options, [
    'frames',
    'randomShift',
    'seed',
    'range',
    'checkRange',
    'tiles',
    'onTile',
    'onWarning',
  ]);
  const { frames, ...rest } = options;
  if (frames !== undefined) checkNumber('videoLpipsLoss', 'frames', frames, { least: 1, isWhole: true });
  const ofImages = lpipsLoss(lpips, rest);
  const drawFrames = frames === undefined ? undefined : frameDraws(frames, options.seed ?? 1);
  return function videoLpipsDistance(yTrue, yPred) {
    return tidy(() => {
      checkSameShape('videoLpipsLoss', yTrue, yPred);
      if (yPred.rank !== 5) {
        const advice = yPred.rank === 4 ? 'Images go to lpipsLoss.' : '';
        const got = `[${yPred.shape.join(', ')}]`;
        throw invalid('videoLpipsLoss', '[batch, frames, height, width, 3]', 'yPred', got, advice);
      }
      const [batch, length] = (yPred as Tensor5D).shape;
      const drawn = drawFrames?.(length);
      const distances = ofImages(flatten(yTrue as Tensor5D, drawn), flatten(yPred as Tensor5D, drawn));
      return mean(reshape(distances, [batch, drawn?.length ?? length]), 1);
    });
  };
}

/** Draws `count` of a clip's frames, anew at each call; undefined for a clip that has no more. */
function frameDraws(count: number, seed: number): (length: number) => number[] | undefined {
  const next = mulberry32(seed);
  const draws = new Map<number, Draw & { framesOf(drawn: readonly number[]): number[] }>();
  /** One number stands for a whole sample, since two samples may share a frame. */
  const drawOf = (length: number) => {
    const framesOf = ([sample = 0]: readonly number[]) => sampleIndices(length, count, mulberry32(sample));
    return {
      draw: () => [Math.floor(next() * 2 ** 32)],
      tensorsOf: (drawn: readonly number[]) => [framesOf(drawn)],
      framesOf,
    };
  };
  return (length) => {
    if (length <= count) return undefined;
    const draw = draws.get(length) ?? drawOf(length);
    draws.set(length, draw);
    return draw.framesOf(drawNumbers(draw));
  };
}

/** `[batch, frames, height, width, channels]` → `[batch · drawn, height, width, channels]`. */
function flatten(clips: Tensor5D, drawn: number[] | undefined): Tensor4D {
  const some = drawn ? gather(clips, drawn, 1) : clips;
  const [batch, frames, height, width, channels] = some.shape;
  return reshape(some, [batch * frames, height, width, channels]);
}
