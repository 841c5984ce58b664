/**
 * @module
 * The numbers of the official recipe (richzhang/PerceptualSimilarity, train.py): Adam at 1e-4 with β₁ = 0.5, batches of
 * 50 in a new random order each epoch, the last batch shorter, five epochs and five more with linear decay.
 *
 * The published loop lowers the rate after an epoch and begins after the sixth, so that the ten epochs run at 1, 1, 1,
 * 1, 1, 1, 0.8, 0.6, 0.4 and 0.2 of it. This is kept. One thing differs: the published trainer clamps every 1x1
 * convolution of the network at 0 after a step, also those in SqueezeNet's frozen trunk; here only heads are clamped.
 */
import type { WeightMap } from 'lpips-core';

/** The numbers that a training run follows. */
export interface Recipe {
  learningRate: number;
  /** Triplets in a step. */
  batch: number;
  /** Epochs at the full rate. */
  epochs: number;
  /** Epochs of linear decay after them. */
  decayEpochs: number;
}

/** The official recipe. */
export const OFFICIAL_RECIPE: Readonly<Recipe> = {
  learningRate: 1e-4,
  batch: 50,
  epochs: 5,
  decayEpochs: 5,
};

/** The settings of a run in words, so that the checkpoint of another run is recognised. */
export function describeRun(seed: number, recipe: Recipe, dropout: boolean): string {
  const { learningRate, batch, epochs, decayEpochs } = recipe;
  const rate = `rate ${learningRate}, batch ${batch}, ${epochs}+${decayEpochs} epochs`;
  return `seed ${seed}, ${rate}, ${dropout ? 'dropout' : 'no dropout'}`;
}

/** Share of the entries of a map that dropout sets to 0 before a head. */
export const DROPOUT = 0.5;

/** Number of all epochs. */
export function totalEpochs({ epochs, decayEpochs }: Recipe): number {
  return epochs + decayEpochs;
}

/** Learning rate of an epoch, which counts from 0. */
export function learningRateOf(epoch: number, { learningRate, epochs, decayEpochs }: Recipe): number {
  const lowered = Math.max(0, epoch - epochs);
  return lowered === 0 ? learningRate : learningRate * (1 - lowered / decayEpochs);
}

/** Sets negative head weights to 0, since they would reward differences, and counts them. */
export function clampHeads(heads: WeightMap): number {
  let clamped = 0;
  for (const { data } of heads.values()) {
    for (const [i, value] of data.entries()) {
      if (value >= 0 || Number.isNaN(value)) continue; // the caller finds a NaN by the loss
      data[i] = 0;
      clamped++;
    }
  }
  return clamped;
}
