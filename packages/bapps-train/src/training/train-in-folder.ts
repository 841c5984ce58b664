/**
 * @module
 * What every mode does around its training: held-out scores before the first step, checkpoints in the folder of the
 * run, and the log. The mode itself writes its weights, and then the log.
 */
import { join } from 'node:path';
import { cannot } from 'lpips-core';
import { asOnlyWriter, removeUnfinished } from 'lpips-node/files';
import { TOOL } from '../tool.js';
import { describeHoldOut } from './hold-out.js';
import { describeRun, inNumbers, recipeSettings, warningOfFewSteps } from './recipe.js';
import { WRITTEN_FILES } from './run-files.js';
import { choosesEpoch, type RunOptions, runTraining, type Trainee } from './run-training.js';
import { type TrainingLog, writeEpochsAsCsv } from './training-log.js';

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
  /** What of it the log states by name. */
  readonly settings: Readonly<Record<string, string>>;
}

/**
 * Runs what fills the folder of a run, and deletes first what a run that was killed has left half-written.
 *
 * @throws LpipsError if another run writes there
 */
export async function inRunFolder(folder: string, train: () => Promise<TrainedRun>): Promise<TrainedRun> {
  return await asOnlyWriter(join(folder, '.writer'), { where: 'train', what: folder }, async () => {
    for (const name of WRITTEN_FILES) await removeUnfinished(join(folder, name));
    return await train();
  });
}

type Settings = Required<Pick<RunOptions, 'seed' | 'recipe' | 'dropout'>> & RunOptions;

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
  { description, settings, ...subject }: Subject,
  { seed, recipe: given, dropout, holdOut, onWarning, ...loop }: Settings,
): Promise<{ log: TrainingLog; run: string; resumedAt: number }> {
  const { triplets } = trainee;
  const recipe = inNumbers(given, triplets);
  const warning = warningOfFewSteps(recipe, triplets);
  if (warning !== undefined) onWarning?.(warning);
  const { scores: before } = await trainee.heldOut();
  if (Object.keys(before).length === 0 && choosesEpoch(loop)) {
    const why = 'there are no held-out triplets to choose by';
    throw cannot('train', 'choose the best epoch', why, 'Make a folder 2afc/val, or keep the last one.');
  }
  const held = holdOut === undefined ? '' : `, ${describeHoldOut(holdOut)}`;
  const run = `${description}, ${describeRun(seed, recipe, dropout)}${describeChoice(loop)}${held}`;
  const { epochs, steps, keptEpoch, resumedAt } = await runTraining(trainee, {
    ...loop,
    recipe,
    seed,
    checkpoints: { folder, run },
    afterEpoch: (all) => writeEpochsAsCsv(folder, all),
  });
  const test = await trainee.test?.();
  const log: TrainingLog = {
    tool: TOOL,
    ...subject,
    seed,
    triplets,
    steps,
    before,
    epochs,
    keptEpoch,
    ...(test && { test }),
    settings: {
      ...settings,
      ...recipeSettings(recipe, dropout),
      kept: describeKept(loop),
      ...(holdOut && { 'held out': describeHoldOut(holdOut) }),
    },
  };
  return { log, run, resumedAt };
}

function describeKept({ keep = 'last', patience }: RunOptions): string {
  return `the ${keep} epoch${patience === undefined ? '' : `, patience ${patience}`}`;
}

function describeChoice({ keep = 'last', patience }: RunOptions): string {
  return (
    (keep === 'best' ? ', the best epoch' : '') + (patience === undefined ? '' : `, patience ${patience}`)
  );
}
