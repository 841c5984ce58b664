/**
 * @module
 * Gradient descent on the pixels of a picture, from a blurred and noisy start towards the original, under different
 * losses with the same start, steps, optimiser and views.
 *
 * The target either stands still, or is seen through an unsteady hand: every step shows the original moved by up to
 * two pixels. Then no single picture fits all views, as no single output of a network fits all plausible targets. The
 * losses answer differently: the picture with the least MSE is the mean of all views, which is a blur.
 *
 * `@tensorflow/tfjs` is imported for its gradient functions, which tfjs-core's Node build does not register.
 */
import * as tf from '@tensorflow/tfjs';
import { MARGIN } from 'example-harness/photographs';
import { setLearningRate } from 'example-harness/train-step';
import { at, type Features, type Lpips } from 'lpips-core';
import {
  convolveSeparable,
  cut,
  fromSamples,
  gaussianKernel,
  mapSamples,
  psnr,
  type Raster,
  roundToBytes,
  seededRandom,
  ssim,
  toTensor,
  trim,
} from 'lpips-pictures';

export type LossName = 'mse' | 'l1' | 'l1-lpips';

export const LOSSES: Readonly<Record<LossName, { readonly name: string }>> = {
  mse: { name: 'MSE' },
  l1: { name: 'L1' },
  'l1-lpips': { name: 'L1 + LPIPS' },
};

/** Weight of LPIPS beside the mean absolute difference of values in [-1, 1]. */
export const LPIPS_WEIGHT = 0.03;
export const START = { blur: 1.8, noise: 0.08, seed: 7 } as const;

export interface DescentOptions {
  readonly losses: readonly LossName[];
  readonly steps: number;
  /** the first step's length under Adam; it falls linearly to 3 % */
  readonly learningRate: number;
  /** the largest displacement of a view, in pixels; 0 = the original stands still */
  readonly unsteadiness: number;
  /** steps before which the picture is kept and measured; after the last step it always is */
  readonly snapshots: readonly number[];
  readonly onStep?: (loss: LossName, step: number) => void;
}

interface Frame {
  readonly step: number;
  readonly image: Raster;
  /** against the original where it really stands */
  readonly psnr: number;
  readonly lpips: number;
}

export interface Descent {
  readonly loss: LossName;
  readonly frames: readonly Frame[];
  /** SSIM of the last frame, against the original where it really stands */
  readonly ssim: number;
  /** PSNR of the last frame against the mean error over every view, which is what MSE minimises */
  readonly psnrToViews: number;
}

interface View {
  readonly raster: Raster;
  readonly tensor: tf.Tensor4D;
  readonly features: Features;
}

/** Runs one descent for each loss on the photograph (with `MARGIN` around it). */
export async function descend(lpips: Lpips, wide: Raster, options: DescentOptions): Promise<Descent[]> {
  const original = trim(wide, MARGIN);
  const start = spoil(wide);
  const views = displacements(options.unsteadiness).map(([x, y]): View => {
    const raster = cut(wide, MARGIN + x, MARGIN + y, original.width, original.height);
    const tensor = toTensor(raster);
    return { raster, tensor, features: lpips.features(tensor) };
  });
  const target = toTensor(original);
  const features = lpips.features(target);
  const descents: Descent[] = [];
  for (const loss of options.losses) {
    const frames = await descendOne(lpips, loss, start, views, original, features, options);
    const last = frames.at(-1)?.image ?? start;
    const error = views.reduce((sum, view) => sum + 10 ** (-psnr(last, view.raster) / 10), 0) / views.length;
    descents.push({ loss, frames, ssim: ssim(last, original), psnrToViews: -10 * Math.log10(error) });
  }
  for (const view of views) {
    view.tensor.dispose();
    view.features.dispose();
  }
  target.dispose();
  features.dispose();
  return descents;
}

/** The blurred and noisy start. */
function spoil(wide: Raster): Raster {
  const random = seededRandom(START.seed);
  const radius = Math.ceil(3 * START.blur);
  const blurred = trim(convolveSeparable(wide, gaussianKernel(START.blur, radius)), MARGIN);
  return roundToBytes(mapSamples(blurred, (value) => value + START.noise * random.normal()));
}

async function descendOne(
  lpips: Lpips,
  loss: LossName,
  start: Raster,
  views: readonly View[],
  original: Raster,
  features: Features,
  { steps, learningRate, snapshots, onStep }: DescentOptions,
): Promise<Frame[]> {
  const initial = toTensor(start);
  const picture = tf.variable(initial);
  initial.dispose();
  const optimizer = tf.train.adam(learningRate);
  const frames: Frame[] = [];
  const shuffle = rounds(views, seededRandom(START.seed));
  for (let step = 0; step <= steps; step++) {
    if (step === steps || snapshots.includes(step)) {
      frames.push(await takeFrame(lpips, picture, step, original, features));
    }
    if (step === steps) break;
    const view = shuffle();
    setLearningRate(optimizer, learningRate * Math.max(0.03, 1 - step / steps));
    optimizer.minimize(() => lossBetween(lpips, loss, picture, view), false, [picture]);
    onStep?.(loss, step);
  }
  picture.dispose();
  optimizer.dispose();
  return frames;
}

function lossBetween(lpips: Lpips, loss: LossName, picture: tf.Variable<tf.Rank.R4>, view: View): tf.Scalar {
  const difference = tf.sub(picture, view.tensor);
  if (loss === 'mse') return tf.mean(tf.square(difference));
  const absolute: tf.Scalar = tf.mean(tf.abs(difference));
  if (loss === 'l1') return absolute;
  return tf.add(absolute, tf.mul(LPIPS_WEIGHT, tf.mean(lpips.distance(picture, view.features))));
}

/** Measures the picture as it would be saved: clipped, in 8 bits. */
async function takeFrame(
  lpips: Lpips,
  picture: tf.Variable<tf.Rank.R4>,
  step: number,
  original: Raster,
  features: Features,
): Promise<Frame> {
  const image = fromSamples(await picture.data(), original.width, original.height);
  const tensor = toTensor(image);
  const distance = lpips.distance(tensor, features);
  const value = at(await distance.data(), 0);
  tensor.dispose();
  distance.dispose();
  return { step, image, psnr: psnr(image, original), lpips: value };
}

function displacements(reach: number): [number, number][] {
  const line = Array.from({ length: 2 * reach + 1 }, (_, index) => index - reach);
  return line.flatMap((y) => line.map((x): [number, number] => [x, y]));
}

/** Gives every item once in random order, then every item again in another order, and so on. */
function rounds<T>(items: readonly T[], random: { uniform(): number }): () => T {
  let left: T[] = [];
  return () => {
    if (left.length === 0) left = [...items];
    const [item] = left.splice(Math.floor(random.uniform() * left.length), 1);
    if (item === undefined) throw new RangeError('rounds: no items');
    return item;
  };
}
