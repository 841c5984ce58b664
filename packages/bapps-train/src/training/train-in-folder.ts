/**
 * @module
 * What every mode does around its training: held-out scores before the first step, checkpoints in the folder of the
 * run, and the log. The mode itself writes its weights, and then the log.
 */
import { join } from 'node:path';
import { asOnlyWriter } from 'lpips-node/files';
import { TOOL } from '../tool.js';
import { describeRun } from './recipe.js';
import { type RunOptions, runTraining, type Trainee } from './run-training.js';
import type { TrainingLog } from './training-log.js';

/** What a run gave. */
export interface TrainedRun {
  readonly log: TrainingLog;
  /** Steps that an earlier run had taken. */
  readonly resumedAt: number;
  /** Paths of the weights. */
  readonly files: readonly string[];
}

/** What is trained. */
interface Subject extends Pick<TrainingLog, 'mode' | 'net' | 'version' | 'calibration' | 'simulated'> {
  /** What is trained, from which weights and on which data, in words. */
  readonly description: string;
}

/**
 * Runs what fills the folder of a run.
 *
 * @throws LpipsError if another run writes there
 */
export async function inRunFolder(folder: string, train: () => Promise<TrainedRun>): Promise<TrainedRun> {
  return await asOnlyWriter(join(folder, '.writer'), { where: 'train', what: folder }, train);
}

type Settings = Required<Pick<RunOptions, 'seed' | 'recipe' | 'dropout'>> &
  Pick<RunOptions, 'onStep' | 'onEpoch'>;

/**
 * Trains, from the beginning or from the checkpoint in the folder.
 *
 * @param folder of the run, under `inRunFolder`
 * @returns `run`: what the run was asked to do, in words, as its checkpoints name it
 * @throws LpipsError as `runTraining`
 */
export async function trainInFolder(
  trainee: Trainee,
  folder: string,
  { description, ...subject }: Subject,
  { seed, recipe, dropout, ...hooks }: Settings,
): Promise<{ log: TrainingLog; run: string; resumedAt: number }> {
  const before = await trainee.heldOut();
  const run = `${description}, ${describeRun(seed, recipe, dropout)}`;
  const checkpoints = { folder, run };
  const { epochs, steps, resumedAt } = await runTraining(trainee, { recipe, seed, checkpoints, ...hooks });
  const { triplets } = trainee;
  const log: TrainingLog = { tool: TOOL, ...subject, seed, triplets, steps, before, epochs };
  return { log, run, resumedAt };
}
