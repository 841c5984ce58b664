/**
 * @module
 * Triplets that show the student how a generator exploits it. Each is a photograph, its reconstruction by an
 * autoencoder that is being trained under the student, and the reconstruction after some steps of descent along the
 * gradient of the student or of the teacher. They show the student differences that it
 * does not see, and the direction in which its distance should fall. Some descents begin at distorted copies instead.
 */
import {
  clipByValue,
  concat,
  dispose,
  div,
  grad,
  mean,
  mul,
  slice,
  sqrt,
  square,
  sub,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs';
import type { Lpips } from 'lpips-core';
import { between, type Random, seededRandom, seedOf, wholeBetween } from 'lpips-pictures';
import { float32At } from '../typed-reads.js';
import {
  AUTOENCODER_TRAINING,
  type AutoencoderActivation,
  type AutoencoderLoss,
  convolutionalAutoencoder,
  trainAutoencoder,
} from './autoencoder.js';
import { picturesAt } from './student.js';
import { PICTURE_BYTES, TRIPLET_BYTES } from './triplets.js';

/** Steps of the autoencoder between two harvests of triplets, and before the first. */
const [EVERY, FIRST] = [8, 24];
/** Triplets of a harvest whose descent begins at a reconstruction; the others begin at a distorted copy. */
const REBUILT = 12;
/** Most steps of a descent, and the least and largest root mean square of a step, for pixels in [-1, 1]. */
const MOST_STEPS = 6;
const [SHORTEST, LONGEST] = [0.008, 0.05];

/** Options of a round. */
export interface OnPolicyOptions {
  seed: number;
  /** Activation of the autoencoder. Default `'swish'`. */
  activation?: AutoencoderActivation;
  /** Steps of the autoencoder. Default 600. */
  steps?: number;
  /** Triplets for a step, of which the references and the first copies are used. */
  batchOf: (step: number, count: number) => Promise<Uint8Array>;
  onStep?: (done: number, total: number) => void;
}

/** Number of triplets that `onPolicyTriplets` returns. */
export function onPolicyCount(steps: number = AUTOENCODER_TRAINING.steps): number {
  return Math.max(0, Math.ceil((steps - FIRST) / EVERY)) * AUTOENCODER_TRAINING.batch;
}

/**
 * Trains one autoencoder under the mean absolute difference and the student, with both images shifted by up to seven
 * pixels, and harvests triplets along the way.
 *
 * @param student the metric to improve, as it is now
 * @param teacher the metric that the student should agree with
 * @returns uint8 `[triplets, 3, 64, 64, 3]`
 */
export async function onPolicyTriplets(
  student: Lpips,
  teacher: Lpips,
  { seed, activation, steps = AUTOENCODER_TRAINING.steps, batchOf, onStep }: OnPolicyOptions,
): Promise<Uint8Array> {
  const { batch, learningRate } = AUTOENCODER_TRAINING;
  const random = seededRandom(seedOf(seed, 'descents'));
  const triplets = new Uint8Array(onPolicyCount(steps) * TRIPLET_BYTES);
  const model = convolutionalAutoencoder(seed, activation);
  let copies: Tensor4D | undefined;
  let filled = 0;
  const nextBatch = async (step: number): Promise<Tensor4D> => {
    const pictures = await batchOf(step, batch);
    copies?.dispose();
    copies = picturesAt(pictures, 1);
    return picturesAt(pictures, 0);
  };
  const harvest = async (step: number, reference: Tensor4D, rebuilt: Tensor4D): Promise<void> => {
    onStep?.(step + 1, steps);
    if (step < FIRST || (step - FIRST) % EVERY !== 0 || !copies) return;
    const others = copies;
    const starts = tidy(
      (): Tensor4D => clipByValue(concat([head(rebuilt, REBUILT), tail(others, REBUILT)]), -1, 1),
    );
    const made = [starts];
    try {
      const metric = random.uniform() < 0.5 ? student : teacher;
      const ends = descend(metric, starts, reference, random);
      made.push(ends);
      await writePictures(triplets, filled, [reference, starts, ends]);
      filled += batch;
    } finally {
      dispose(made);
    }
  };
  const loss: AutoencoderLoss = { pixel: 'l1', lpips: student, reach: 7 };
  try {
    await trainAutoencoder(model, loss, { seed, steps, learningRate }, nextBatch, harvest);
  } finally {
    copies?.dispose();
    model.dispose();
  }
  return triplets;
}

/**
 * A few steps of equal length from `starts` towards `reference`, down the gradient of a metric; the caller disposes.
 */
function descend(metric: Lpips, starts: Tensor4D, reference: Tensor4D, random: Random): Tensor4D {
  const steps = wholeBetween(random, 1, MOST_STEPS);
  const length = Math.exp(between(random, Math.log(SHORTEST), Math.log(LONGEST)));
  const features = metric.features(reference);
  try {
    return tidy((): Tensor4D => {
      const gradient = grad((images) => metric.distance(images as Tensor4D, features).sum());
      let images = starts;
      for (let step = 0; step < steps; step++) {
        const next = tidy((): Tensor4D => {
          const direction = gradient(images);
          const size = sqrt(mean(square(direction), [1, 2, 3], true));
          return clipByValue(sub(images, mul(length, div(direction, size.add(1e-12)))), -1, 1);
        });
        if (images !== starts) images.dispose();
        images = next;
      }
      return images;
    });
  } finally {
    features.dispose();
  }
}

async function writePictures(
  triplets: Uint8Array,
  first: number,
  places: readonly Tensor4D[],
): Promise<void> {
  for (const [place, images] of places.entries()) {
    const values = await images.data<'float32'>();
    const valueAt = float32At;
    for (let at = 0; at < values.length; at++) {
      const index = first + Math.floor(at / PICTURE_BYTES);
      const to = index * TRIPLET_BYTES + place * PICTURE_BYTES + (at % PICTURE_BYTES);
      triplets[to] = Math.round((valueAt(values, at) + 1) * 127.5);
    }
  }
}

function head(images: Tensor4D, count: number): Tensor4D {
  return slice(images, [0, 0, 0, 0], [count, -1, -1, -1]);
}

function tail(images: Tensor4D, first: number): Tensor4D {
  return slice(images, [first, 0, 0, 0], [-1, -1, -1, -1]);
}
