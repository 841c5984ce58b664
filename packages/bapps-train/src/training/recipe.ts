/**
 * @module
 * The numbers of the official recipe (richzhang/PerceptualSimilarity, train.py): Adam at 1e-4 with β₁ = 0.5, batches of
 * 50 in a new random order each epoch, the last batch shorter, five epochs and five more with linear decay.
 *
 * The published loop lowers the rate after an epoch and begins after the sixth, so that the ten epochs run at 1, 1, 1,
 * 1, 1, 1, 0.8, 0.6, 0.4 and 0.2 of it. This is kept. One thing differs: the published trainer clamps every 1x1
 * convolution of the network at 0 after a step, also those in SqueezeNet's trunk; here only heads are clamped, unless a run
 * asks for the same (`Clamped`).
 */
import type { WeightMap } from 'lpips-core';

/** The numbers that a training run follows. */
export interface Recipe {
  /** `'auto'` = see `autoLearningRate`. */
  learningRate: number | 'auto';
  /** Triplets in a step. */
  batch: number;
  /** Epochs at the full rate. */
  epochs: number;
  /** Epochs of linear decay after them. */
  decayEpochs: number;
  /** λ of an L2 penalty: Adam adds λ·w to the gradient of every weight w, as PyTorch's does. Default 0. */
  weightDecay?: number;
}

/** A recipe whose rate is a number. */
export interface RecipeInNumbers extends Recipe {
  learningRate: number;
}

/** The official recipe. */
export const OFFICIAL_RECIPE: Readonly<RecipeInNumbers> = {
  learningRate: 1e-4,
  batch: 50,
  epochs: 5,
  decayEpochs: 5,
};

/** The settings of a run in words, so that the checkpoint of another run is recognised. */
export function describeRun(seed: number, recipe: RecipeInNumbers, dropout: boolean): string {
  const { learningRate, batch, epochs, decayEpochs, weightDecay = 0 } = recipe;
  const decay = weightDecay > 0 ? `, weight decay ${weightDecay}` : '';
  const rate = `rate ${learningRate}, batch ${batch}, ${epochs}+${decayEpochs} epochs`;
  return `seed ${seed}, ${rate}, ${dropout ? 'dropout' : 'no dropout'}${decay}`;
}

/** The numbers of a recipe by their names, for logs and reports. */
export function recipeSettings(recipe: RecipeInNumbers, dropout: boolean): Record<string, string> {
  const { learningRate, batch, epochs, decayEpochs, weightDecay = 0 } = recipe;
  return {
    'learning rate': `${learningRate}`,
    batch: `${batch}`,
    epochs: `${epochs} + ${decayEpochs} of decay`,
    'weight decay': `${weightDecay}`,
    dropout: dropout ? `${DROPOUT}` : 'none',
  };
}

/** Share of the entries of a map that dropout sets to 0 before a head. */
export const DROPOUT = 0.5;

/** Number of all epochs. */
export function totalEpochs({ epochs, decayEpochs }: Pick<Recipe, 'epochs' | 'decayEpochs'>): number {
  return epochs + decayEpochs;
}

/** Learning rate of an epoch, which counts from 0. */
export function learningRateOf(epoch: number, recipe: RecipeInNumbers): number {
  const { learningRate, epochs, decayEpochs } = recipe;
  const lowered = Math.max(0, epoch - epochs);
  return lowered === 0 ? learningRate : learningRate * (1 - lowered / decayEpochs);
}

/**
 * How far the official recipe can move a weight on BAPPS: Adam moves a weight by the rate at most, about, in each of the
 * 151,400 / 50 steps of its ten epochs.
 */
const OFFICIAL_REACH = reachOf(OFFICIAL_RECIPE, 151_400);
/** Above it heads of small data sets follow single triplets. */
const LARGEST_AUTO_RATE = 0.01;
/** A run whose reach is smaller than this share of the official one is likely to end where it began. */
const LEAST_SHARE = 0.1;

/** How far a recipe can move a weight: the sum of the rates of its steps. */
function reachOf(recipe: RecipeInNumbers, triplets: number): number {
  const perEpoch = Math.ceil(triplets / recipe.batch);
  let reach = 0;
  for (let epoch = 0; epoch < totalEpochs(recipe); epoch++) reach += perEpoch * learningRateOf(epoch, recipe);
  return reach;
}

/**
 * The rate with which a weight can move as far as by the official recipe on BAPPS, so that few triplets train at a higher one;
 * from the official rate to 0.01.
 */
export function autoLearningRate(recipe: Recipe, triplets: number): number {
  const reach = reachOf({ ...recipe, learningRate: 1 }, triplets);
  const rate = Math.min(LARGEST_AUTO_RATE, Math.max(OFFICIAL_RECIPE.learningRate, OFFICIAL_REACH / reach));
  return Number(rate.toPrecision(2));
}

/** The recipe with a rate for so many triplets. */
export function inNumbers(recipe: Recipe, triplets: number): RecipeInNumbers {
  const { learningRate } = recipe;
  return {
    ...recipe,
    learningRate: learningRate === 'auto' ? autoLearningRate(recipe, triplets) : learningRate,
  };
}

/** What to tell whoever trains on so few triplets that nothing will be learned; undefined where there are enough. */
export function warningOfFewSteps(recipe: RecipeInNumbers, triplets: number): string | undefined {
  const auto = autoLearningRate(recipe, triplets);
  const reach = reachOf(recipe, triplets);
  if (auto <= recipe.learningRate || reach >= LEAST_SHARE * OFFICIAL_REACH) return undefined;
  const steps = Math.ceil(triplets / recipe.batch) * totalEpochs(recipe);
  return (
    `${steps === 1 ? '1 step' : `${steps} steps`} at a learning rate of ${recipe.learningRate} ` +
    `${steps === 1 ? 'moves' : 'move'} a weight by ${reach.toPrecision(2)} at most, ` +
    `so little may be learned. The learning rate "auto" would be ${auto}.`
  );
}

/** Which weights are clamped at 0 after a step: the heads, or every 1x1 convolution, as by the published trainer. */
export const CLAMPED = ['heads', 'trunk'] as const;
export type Clamped = (typeof CLAMPED)[number];

/** Sets negative weights to 0, and counts them. Negative heads would reward differences. */
export function clampAtZero(weights: WeightMap): number {
  let clamped = 0;
  for (const { data } of weights.values()) {
    for (const [i, value] of data.entries()) {
      if (value >= 0 || Number.isNaN(value)) continue; // the caller finds a NaN by the loss
      data[i] = 0;
      clamped++;
    }
  }
  return clamped;
}
