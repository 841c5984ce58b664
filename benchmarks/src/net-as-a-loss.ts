/**
 * @module
 * How well a metric serves as a loss: the same small autoencoder is trained with different losses, from the same start on
 * the same pictures. Nets that are not in the loss judge it on photographs that it has not seen.
 */
import {
  clipByValue,
  mean,
  mul,
  round,
  slice,
  squaredDifference,
  sub,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs';
import {
  AUTOENCODER_TRAINING,
  type AutoencoderLoss,
  convolutionalAutoencoder,
  trainAutoencoder,
} from 'bapps-train';
import type { Lpips } from 'lpips-core';
import { drawPatches, type RgbPixels, seedOf } from 'lpips-pictures';

/** Number of held-out patches that the nets judge. */
const PATCHES = 200;

/** Patches that a net judges at a time. VGG16 needs 2 MB for each of its widest layers and patches. */
const JUDGED_AT_ONCE = 25;

/** How close an autoencoder comes to held-out patches, and what that cost. */
export interface Judgement {
  /** Mean distance over the patches by each judge, in their order. */
  readonly distances: readonly number[];
  /** Mean over the patches, in dB. */
  readonly psnr: number;
  /** Time of the processor for a step of the training, all cores together, in milliseconds. */
  readonly stepCpuMs: number;
  /** The rebuilt patches, `[patches, 64, 64, 3]` in [-1, 1]. */
  readonly rebuilt: Float32Array;
}

/** Photographs of the experiment, and its judges. */
export interface Experiment {
  readonly train: readonly RgbPixels[];
  readonly held: readonly RgbPixels[];
  readonly judges: readonly Lpips[];
  readonly seed: number;
  readonly steps: number;
}

/** The held-out patches, `[patches, 64, 64, 3]` in [-1, 1]. */
export function heldOutPatches({ held, seed }: Pick<Experiment, 'held' | 'seed'>): Tensor4D {
  return drawPatches(held, seedOf(seed, 'held-out'), PATCHES);
}

/** Trains one autoencoder and judges it. */
export async function trainAndJudge(loss: AutoencoderLoss, experiment: Experiment): Promise<Judgement> {
  const { train, seed, steps } = experiment;
  const { batch, learningRate } = AUTOENCODER_TRAINING;
  const model = convolutionalAutoencoder(seed);
  const start = process.cpuUsage();
  await trainAutoencoder(model, loss, { seed, steps, learningRate }, async (step) =>
    drawPatches(train, seedOf(seed, 'batch', step), batch),
  );
  const { user, system } = process.cpuUsage(start);
  const patches = heldOutPatches(experiment);
  const rebuilt = tidy((): Tensor4D => toBytes(model.predict(patches) as Tensor4D));
  const distances: number[] = [];
  for (const judge of experiment.judges) distances.push(await meanDistance(judge, rebuilt, patches));
  const judgement = {
    distances,
    psnr: await meanPsnr(rebuilt, patches),
    stepCpuMs: (user + system) / 1000 / steps,
    rebuilt: (await rebuilt.data()) as Float32Array,
  };
  patches.dispose();
  rebuilt.dispose();
  model.dispose();
  return judgement;
}

/** Rounds images to 8 bits, as a file would hold them. */
function toBytes(images: Tensor4D): Tensor4D {
  return sub(mul(round(mul(sub(clipByValue(images, -1, 1), -1), 127.5)), 1 / 127.5), 1);
}

async function meanDistance(lpips: Lpips, images: Tensor4D, references: Tensor4D): Promise<number> {
  let sum = 0;
  for (let first = 0; first < PATCHES; first += JUDGED_AT_ONCE) {
    const some = (patches: Tensor4D) => slice(patches, [first, 0, 0, 0], [JUDGED_AT_ONCE, -1, -1, -1]);
    const distances = tidy(() => lpips.distance(some(images), some(references)));
    for (const distance of await distances.data()) sum += distance;
    distances.dispose();
  }
  return sum / PATCHES;
}

/** Mean of 10 log₁₀(2² / mean squared difference) over the patches: values span 2. */
async function meanPsnr(images: Tensor4D, references: Tensor4D): Promise<number> {
  const errors = tidy(() => mean(squaredDifference(images, references), [1, 2, 3]));
  const values = await errors.data<'float32'>();
  errors.dispose();
  return values.reduce((sum, error) => sum + 10 * Math.log10(4 / error), 0) / values.length;
}
