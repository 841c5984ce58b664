/**
 * @module
 * A step of the example video-autoencoder with its PatchGAN: L1, LPIPS-Alex of two frames of each clip and the adversarial term
 * with its adaptive weight, then a step of the discriminator. 4 clips of 4 frames of 32x32.
 */
import { dispose, type Tensor5D, tensor5d, train } from '@tensorflow/tfjs';
import { type AdversarialLosses, adversarialStep } from 'example-harness/adversarial-step';
import { DISCRIMINATOR, FRAMES, SIDE, videoAutoencoder } from 'example-harness/video-autoencoder';
import { Lpips } from 'lpips-core';
import { patchDiscriminator, videoLpipsLoss } from 'lpips-loss';
import { captureStep } from 'tfjs-fused-training';
import { alternate } from './alternate.js';
import { seededValues, seededWeights } from './seeded.js';
import { RECORDED_STEPS } from './training-step.js';

/** Clips in a step, and frames of each that LPIPS compares. */
const [CLIPS, COMPARED] = [4, 2];
const RATE = 2e-3;
/** Weight of the adversarial term. */
const WEIGHT = 0.1;

/** Milliseconds of each step on the current backend. Weights are seeded; speed does not depend on them. */
export function videoStep(rounds: number, isCaptured: boolean): readonly number[] {
  const shape: [number, number, number, number, number] = [CLIPS, FRAMES, SIDE, SIDE, 3];
  const size = shape.reduce((product, side) => product * side, 1);
  const clips: Tensor5D = tensor5d(seededValues(size, 5, -1, 1), shape);
  const lpips = Lpips.fromWeights(seededWeights('alex'), { net: 'alex' });
  const [generator, discriminator] = [videoAutoencoder(1), patchDiscriminator(DISCRIMINATOR)];
  const optimizers = { generator: train.adam(RATE, 0.5), discriminator: train.adam(RATE, 0.5) };
  const perceptual = videoLpipsLoss(lpips, { frames: COMPARED });
  const plain = adversarialStep({ generator, discriminator, optimizers, perceptual });
  const captured = captureStep(plain);
  const take = (step: (clips: Tensor5D, weight: number) => AdversarialLosses) => {
    const { reconstruction, ...others } = step(clips, WEIGHT);
    reconstruction.dataSync();
    dispose([reconstruction, ...Object.values(others)]);
  };
  const step = () => take(isCaptured ? captured : plain);
  for (let i = 0; i < RECORDED_STEPS; i++) step();
  const { times } = alternate({ times: step }, { rounds });
  if (isCaptured && captured.replays < rounds) throw new Error('videoStep: the step was not captured');
  for (const one of [clips, lpips, captured, generator, discriminator]) one.dispose();
  return times;
}
