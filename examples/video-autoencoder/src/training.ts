/**
 * @module
 * Trains the generator and the discriminator by steps of `example-harness/adversarial-step`, in the manner of CogVideo's
 * autoencoder (Yang et al. 2024). The discriminator counts from the step `start` on; until then the generator learns to
 * reconstruct. Clips and frames follow from the seed and the step.
 */
import { dispose, type LayersModel, train } from '@tensorflow/tfjs';
import { adversarialStep } from 'example-harness/adversarial-step';
import { learn } from 'example-harness/training-state';
import type { Lpips, WeightMap } from 'lpips-core';
import { adversarialWeight, checkLoss, videoLpipsLoss } from 'lpips-loss';
import { type RgbPixels, seedOf } from 'lpips-pictures';
import { captureStep } from 'tfjs-fused-training';
import { drawClips } from './clips.js';

/** How long, how fast, and when the discriminator begins to count. */
export interface Recipe {
  readonly seed: number;
  readonly steps: number;
  /** Steps between two checkpoints. */
  readonly stretch: number;
  /** Clips in a step. */
  readonly batch: number;
  readonly learningRate: number;
  /** First step in which the discriminator counts. */
  readonly start: number;
  /** Weight of the adversarial term, by which the adaptive weight is multiplied. */
  readonly weight: number;
}

/** Both players, the metric, and the photographs that clips are drawn from. */
export interface Game {
  readonly generator: LayersModel;
  readonly discriminator: LayersModel;
  readonly lpips: Lpips;
  readonly photographs: readonly RgbPixels[];
}

/** The losses of a step. */
export interface StepLog {
  readonly step: number;
  readonly reconstruction: number;
  /** λ · w; 0 before the discriminator counts. */
  readonly adversarialWeight: number;
  /** Undefined before it counts. */
  readonly discriminator: number | undefined;
}

/** Frames of a clip that LPIPS compares in a step. */
const COMPARED = 2;

/**
 * Trains both players by the steps after `first`, up to and including `last`.
 *
 * @param state without it, training begins with the players' own weights
 * @throws LpipsError naming the step, if a loss is not a finite number
 */
export async function trainStretch(
  { generator, discriminator, lpips, photographs }: Game,
  { seed, batch, learningRate, start, weight }: Recipe,
  first: number,
  last: number,
  state: WeightMap | undefined,
  onStep: (log: StepLog) => void,
): Promise<WeightMap> {
  const optimizers = {
    generator: train.adam(learningRate, 0.5),
    discriminator: train.adam(learningRate, 0.5),
  };
  const perceptual = videoLpipsLoss(lpips, { frames: COMPARED, seed: seedOf(seed, 'frames', first) });
  const step = captureStep(adversarialStep({ generator, discriminator, optimizers, perceptual }));

  const takeStep = async (number: number): Promise<void> => {
    const clips = drawClips(photographs, seedOf(seed, 'step', number), batch);
    const losses = step(clips, adversarialWeight(number, { start, weight }));
    const values = Object.entries(losses).map(async ([name, loss]) => [name, (await loss.data())[0]]);
    const log: Omit<StepLog, 'step'> = {
      adversarialWeight: 0,
      discriminator: undefined,
      ...(Object.fromEntries(await Promise.all(values)) as { reconstruction: number }),
    };
    dispose([clips, ...Object.values(losses)]);
    checkLoss(number, log.reconstruction);
    if (log.discriminator !== undefined) checkLoss(number, log.discriminator);
    onStep({ step: number, ...log });
  };
  // A name stands for one learner among those of a state.
  const named = { players: optimizers.generator, judges: optimizers.discriminator };
  const learners = { models: { generator, discriminator }, optimizers: named };
  const learned = await learn(learners, state, async () => {
    for (let number = first + 1; number <= last; number++) await takeStep(number);
  });
  step.dispose();
  return learned;
}
