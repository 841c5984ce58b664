/**
 * @module
 * The loop of every training run: epochs in random order, the learning rate, checkpoints, curves. A run that was killed
 * goes on from its last checkpoint and ends with the same bits as an uninterrupted one, provided that a step is a
 * function of the state, the batch and the number of the step.
 */
import { invalid, type WeightMap } from 'lpips-core';
import { copyWeights } from '../networks/copy-weights.js';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from './checkpoint.js';
import type { HoldOut } from './hold-out.js';
import { randomOrder, randomStream } from './random-streams.js';
import { learningRateOf, type Recipe, type RecipeInNumbers, totalEpochs } from './recipe.js';
import { bestEpoch, type Epoch } from './training-log.js';

/** The input of a step. */
export interface Step {
  /** Numbers of the triplets. */
  readonly batch: Uint32Array;
  /** From 0, over all epochs; random numbers are drawn from `randomStream(seed, purpose, index)`. */
  readonly index: number;
  readonly learningRate: number;
  /** Default 0. */
  readonly weightDecay?: number | undefined;
}

/** How well held-out triplets are judged. */
export interface HeldOut {
  /** 2AFC score by distortion; empty where there are no held-out triplets. */
  readonly scores: Record<string, number>;
  /** Mean ranking loss. */
  readonly loss: number | undefined;
}

/** The result of a step. */
export interface StepResult {
  /** Mean ranking loss of the batch. */
  readonly loss: number;
  /** 2AFC score of the batch. */
  readonly agreement: number;
  /** Number of weights that were clamped. */
  readonly clamped: number;
}

/** Something that the recipe trains: heads on pooled vectors, or a whole network. */
export interface Trainee {
  /** Number of triplets to learn from. */
  readonly triplets: number;
  /** Everything that the next step depends on: weights and moments. */
  state(): WeightMap | Promise<WeightMap>;
  /** Continues from a state that was reached after `steps` steps. */
  restore(state: WeightMap, steps: number): void;
  step(step: Step): StepResult | Promise<StepResult>;
  /** The weights that a run leaves, as they are now: the trainee's own arrays, not copies. */
  kept(): WeightMap;
  /** Takes other values for these. */
  take(weights: WeightMap): void;
  heldOut(): HeldOut | Promise<HeldOut>;
  /** 2AFC score by distortion on triplets that choose nothing; undefined where there are none. */
  test?(): HeldOut['scores'] | undefined | Promise<HeldOut['scores'] | undefined>;
}

/** Which weights a run leaves: those after its last epoch, or after the one with the best held-out score. */
export const KEPT = ['last', 'best'] as const;
export type Kept = (typeof KEPT)[number];

/** Options of the loop. */
export interface TrainingOptions {
  readonly recipe: RecipeInNumbers;
  readonly seed: number;
  /** Default `'last'`. */
  readonly keep?: Kept;
  /** Epochs without a better held-out score after which the run ends. Default: all epochs run. */
  readonly patience?: number;
  /** Where checkpoints go. Default: none are written. */
  readonly checkpoints?: {
    readonly folder: string;
    /** What the run was asked to do, in words; a checkpoint of another run is refused. */
    readonly run: string;
    /** Least time between two checkpoints within an epoch; each epoch ends with one. Default 30 seconds. */
    readonly everyMs?: number;
  };
  /** Called after each step, with its number from 1, and awaited. */
  readonly onStep?: (step: number, total: number, result: StepResult) => void | Promise<void>;
  /** Called after each epoch. */
  readonly onEpoch?: (epoch: Epoch) => void;
  /** Called after each epoch, before `onEpoch`, with all so far; and with those of the checkpoint that a run goes on from. */
  readonly afterEpoch?: (epochs: readonly Epoch[]) => Promise<void>;
}

/** Options of a run in any mode. */
export interface RunOptions extends Pick<TrainingOptions, 'onStep' | 'onEpoch' | 'keep' | 'patience'> {
  /** Default 1. */
  readonly seed?: number;
  /** Distortions to learn from. Default: all. */
  readonly distortions?: readonly string[];
  /** Default: the official recipe. */
  readonly recipe?: Readonly<Recipe>;
  /** Default `true`. */
  readonly dropout?: boolean;
  /** Which triplets are held out. Default: those of 2afc/val, and those of 2afc/test for the final score. */
  readonly holdOut?: HoldOut;
  /** Called with a sentence where the recipe will teach little, or data are not taken as they are. */
  readonly onWarning?: (message: string) => void;
}

/** The curves of a run, and the step at which it began. */
export interface TrainingRun {
  readonly epochs: readonly Epoch[];
  readonly steps: number;
  /** The epoch whose weights are kept. */
  readonly keptEpoch: number;
  /** Steps that an earlier run had taken. */
  readonly resumedAt: number;
}

const CHECKPOINT_MS = 30_000;

/**
 * Trains, from the beginning or from the checkpoint that is there.
 *
 * @throws LpipsError if the loss or a weight is not finite, or a checkpoint is damaged, belongs to another run, or cannot be
 *   written
 */
export async function runTraining(
  trainee: Trainee,
  { recipe, seed, keep = 'last', patience, checkpoints, onStep, onEpoch, afterEpoch }: TrainingOptions,
): Promise<TrainingRun> {
  const perEpoch = Math.ceil(trainee.triplets / recipe.batch);
  const all = perEpoch * totalEpochs(recipe);
  const found = checkpoints && (await readCheckpoint(checkpoints.folder, checkpoints.run));
  if (found) trainee.restore(found.state, found.step);
  const epochs: Epoch[] = [...(found?.epochs ?? [])];
  let running = { loss: 0, agreement: 0, clamped: 0, ...found?.running };
  let order: Uint32Array | undefined;
  let best = keep === 'best' ? found?.best : undefined;
  let lastSave = Date.now();
  const save = async (step: number): Promise<void> => {
    if (!checkpoints) return;
    const state = await trainee.state();
    checkState(state, step);
    const checkpoint: Checkpoint = { step, epochs, running, state, ...(best && { best }) };
    await writeCheckpoint(checkpoints.folder, checkpoints.run, checkpoint);
    lastSave = Date.now();
  };

  let index = found?.step ?? 0;
  // A kill may have come between the checkpoint and what follows it.
  if (epochs.length > 0) await afterEpoch?.(epochs);
  for (; index < all; index++) {
    const epoch = Math.floor(index / perEpoch);
    const within = index % perEpoch;
    if (within === 0 && isTooLong(epochs, patience)) break;
    if (within === 0 || !order) order = randomOrder(trainee.triplets, randomStream(seed, 'order', epoch));
    const learningRate = learningRateOf(epoch, recipe);
    const batch = order.subarray(within * recipe.batch, (within + 1) * recipe.batch);
    const result = await trainee.step({ batch, index, learningRate, weightDecay: recipe.weightDecay });
    checkFinite(result.loss, index);
    running = {
      loss: running.loss + result.loss * batch.length,
      agreement: running.agreement + result.agreement * batch.length,
      clamped: running.clamped + result.clamped,
    };
    await onStep?.(index + 1, all, result);
    if (within === perEpoch - 1) {
      const { scores, loss } = await trainee.heldOut();
      const done: Epoch = {
        epoch: epoch + 1,
        learningRate,
        loss: running.loss / trainee.triplets,
        trainScore: running.agreement / trainee.triplets,
        clamped: running.clamped,
        heldOut: scores,
        ...(loss !== undefined && { heldOutLoss: loss }),
      };
      epochs.push(done);
      if (keep === 'best' && bestEpoch(epochs) === done.epoch) best = copyWeights(trainee.kept());
      running = { loss: 0, agreement: 0, clamped: 0 };
      await save(index + 1);
      await afterEpoch?.(epochs);
      onEpoch?.(done);
    } else if (Date.now() - lastSave > (checkpoints?.everyMs ?? CHECKPOINT_MS)) {
      await save(index + 1);
    }
  }
  if (best) trainee.take(best);
  const keptEpoch = best ? bestEpoch(epochs) : epochs.length;
  return { epochs, steps: index, keptEpoch, resumedAt: found?.step ?? 0 };
}

/** Whether held-out scores decide what a run leaves. */
export function choosesEpoch({
  keep,
  patience,
}: {
  readonly keep?: Kept | undefined;
  readonly patience?: number | undefined;
}): boolean {
  return keep === 'best' || patience !== undefined;
}

/** Whether so many epochs have passed since the best that the run ends. */
function isTooLong(epochs: readonly Epoch[], patience: number | undefined): boolean {
  return patience !== undefined && epochs.length - bestEpoch(epochs) >= patience && epochs.length > 0;
}

/** A step of a finite loss may leave weights that are not: no run must go on from them. */
function checkState(state: WeightMap, step: number): void {
  for (const [name, { data }] of state) {
    const value = data.find((each) => !Number.isFinite(each));
    if (value === undefined) continue;
    const advice = 'Lower the learning rate. The last checkpoint is from before this step.';
    throw invalid('train', `finite weights in ${name}`, `step ${step}`, `${value}`, advice);
  }
}

function checkFinite(loss: number, index: number): void {
  if (Number.isFinite(loss)) return;
  const advice = 'Lower the learning rate. The last checkpoint is from before this step.';
  throw invalid('train', 'a finite loss', `step ${index + 1}`, `${loss}`, advice);
}
