/**
 * @module
 * A small autoencoder for 64x64 pictures, with a code of 8x8x8 and nearest-neighbour upsampling, trained for a few
 * hundred steps under a loss. It shows whether a metric can serve as a loss, since a generator finds what the metric
 * does not see.
 */
import {
  abs,
  add,
  initializers,
  keep,
  layers,
  mean,
  mul,
  type Scalar,
  type Sequential,
  sequential,
  slice,
  square,
  sub,
  type Tensor4D,
  train,
} from '@tensorflow/tfjs';
import { checkNumber, checkOneOf, type Lpips } from 'lpips-core';
import { type Random, SIDE, seededRandom, seedOf, wholeBetween } from 'lpips-pictures';
import { checkFunction, checkRecord } from '../check-arguments.js';

/** The loss that an autoencoder is trained under. */
export interface AutoencoderLoss {
  pixel: 'l1' | 'l2';
  /** Adds the mean distance of this metric to the difference of pixels. */
  lpips?: Lpips;
  /** Weight of the distance; the difference of pixels, which are in [-1, 1], has weight 1. Default 1. */
  weight?: number;
  /**
   * Largest number of pixels by which both images are shifted together. The shift is drawn anew at every step, so that
   * the pooling grid of the metric falls elsewhere each time. Default 0.
   */
  reach?: number;
}

/** Activation after every convolution except those of the code and of the result. */
export type AutoencoderActivation = (typeof ACTIVATIONS)[number];

const ACTIVATIONS = ['swish', 'relu', 'elu'] as const;

/** Settings of a training. */
export interface AutoencoderTraining {
  seed: number;
  steps: number;
  /** Number of pictures in a step. */
  batch: number;
  learningRate: number;
}

export const AUTOENCODER_TRAINING: Readonly<Omit<AutoencoderTraining, 'seed'>> = {
  steps: 600,
  batch: 16,
  learningRate: 2e-3,
};

/** Channels of the code, and of the layers at 32x32, 16x16 and 8x8 on either side. */
const CODE = 8;
const CHANNELS = [32, 64, 128] as const;
/** Share of the steps over which the rate falls to 0 at the end. */
const COOLING = 0.3;

/** A seeded convolutional autoencoder, from and to float32 `[batch, 64, 64, 3]` in [-1, 1]; the caller disposes. */
export function convolutionalAutoencoder(
  seed: number,
  activation: AutoencoderActivation = 'swish',
): Sequential {
  checkNumber('convolutionalAutoencoder', 'seed', seed, { isWhole: true });
  checkOneOf('convolutionalAutoencoder', 'activation', activation, ACTIVATIONS);
  let layer = 0;
  const conv = (filters: number, kernelSize: number, { strides = 1, isLast = false } = {}) =>
    layers.conv2d({
      filters,
      kernelSize,
      strides,
      padding: 'same',
      kernelInitializer: initializers.heNormal({ seed: seedOf(seed, 'autoencoder', layer++) }),
      ...(!isLast && { activation }),
      ...(layer === 1 && { inputShape: [SIDE, SIDE, 3] }),
    });
  const up = () => layers.upSampling2d({ size: [2, 2], interpolation: 'nearest' });
  const [wide, middle, deep] = CHANNELS;
  return sequential({
    layers: [
      conv(wide, 4, { strides: 2 }),
      conv(middle, 4, { strides: 2 }),
      conv(deep, 4, { strides: 2 }),
      conv(CODE, 3, { isLast: true }), // [batch, 8, 8, 8]
      conv(deep, 3),
      up(),
      conv(middle, 3),
      up(),
      conv(wide, 3),
      up(),
      conv(wide, 3),
      conv(3, 3, { isLast: true }),
    ],
  });
}

/**
 * Trains an autoencoder.
 *
 * @param batchOf the pictures of a step, float32 `[batch, 64, 64, 3]` in [-1, 1]; disposed here
 * @param onStep called after each step with its pictures and their reconstructions; both are disposed afterwards
 */
export async function trainAutoencoder(
  model: Sequential,
  loss: AutoencoderLoss,
  training: Omit<AutoencoderTraining, 'batch'>,
  batchOf: (step: number) => Promise<Tensor4D>,
  onStep?: (step: number, pictures: Tensor4D, rebuilt: Tensor4D) => Promise<void>,
): Promise<void> {
  checkRecord('trainAutoencoder', 'model', model, ['layers', 'inputs']);
  checkRecord('trainAutoencoder', 'training', training, ['seed', 'steps', 'learningRate']);
  checkFunction('trainAutoencoder', 'batchOf', batchOf);
  const { seed, steps, learningRate } = training;
  const optimizer = train.adam(learningRate);
  const random = seededRandom(seedOf(seed, 'autoencoder', 'crops'));
  try {
    for (let step = 0; step < steps; step++) {
      const cooled = Math.min(1, (steps - step) / (COOLING * steps));
      Object.assign(optimizer, { learningRate: learningRate * cooled }); // the optimizer reads it at every step
      const pictures = await batchOf(step);
      let rebuilt: Tensor4D | undefined;
      try {
        optimizer.minimize(() => {
          const output = model.apply(pictures, { training: true }) as Tensor4D;
          if (onStep) rebuilt = keep(output.clone());
          return lossBetween(pictures, output, loss, random);
        });
        if (rebuilt) await onStep?.(step, pictures, rebuilt);
      } finally {
        rebuilt?.dispose();
        pictures.dispose();
      }
    }
  } finally {
    optimizer.dispose();
  }
}

function lossBetween(
  pictures: Tensor4D,
  rebuilt: Tensor4D,
  { pixel, lpips, weight = 1, reach = 0 }: AutoencoderLoss,
  random: Random,
): Scalar {
  const difference = sub(rebuilt, pictures);
  const pixels = mean<Scalar>(pixel === 'l1' ? abs(difference) : square(difference));
  if (!lpips) return pixels;
  const [top, left] = [wholeBetween(random, 0, reach), wholeBetween(random, 0, reach)];
  const crop = (images: Tensor4D): Tensor4D =>
    reach === 0 ? images : slice(images, [0, top, left, 0], [-1, SIDE - reach, SIDE - reach, -1]);
  return add(pixels, mul(weight, mean<Scalar>(lpips.distance(crop(rebuilt), crop(pictures)))));
}
