/**
 * @module
 * A run of the mode "linear", from an extraction to files of heads, with curves and checkpoints next to them.
 */
import { join } from 'node:path';
import { checkOptions, checkText } from 'lpips-core';
import { serializePytorch, serializeWeights } from 'lpips-node';
import { writeAtomically } from 'lpips-node/files';
import { identityOf } from '../extraction/extraction-manifest.js';
import { TOOL } from '../tool.js';
import { openParts } from './divide-triplets.js';
import { HeadsTrainee } from './heads-trainee.js';
import type { InitialHeads } from './initial-weights.js';
import { OFFICIAL_RECIPE } from './recipe.js';
import { HEADS_FILES } from './run-files.js';
import type { RunOptions } from './run-training.js';
import { inRunFolder, type TrainedRun, trainInFolder } from './train-in-folder.js';
import { writeTrainingLog } from './training-log.js';

/** How heads are trained. */
export interface TrainHeadsOptions extends RunOptions {
  /** Default `'uniform'`. */
  readonly initial?: InitialHeads;
  /** Name of the initial heads in checkpoints. Default: `initial` if it is a word, otherwise `'own'`. */
  readonly initialName?: string;
}

const TRAIN_OPTIONS = [
  'initial',
  'initialName',
  'seed',
  'distortions',
  'recipe',
  'dropout',
  'keep',
  'patience',
  'holdOut',
  'onStep',
  'onEpoch',
  'onWarning',
] as const satisfies (keyof TrainHeadsOptions)[];

/**
 * Trains heads on the vectors of 2afc/train, scores them after each epoch on all of 2afc/val, and those that are kept on
 * 2afc/test, as far as there are such. Writes them into a folder as a safetensors and as a PyTorch file. Started again, it goes on where it stopped.
 *
 * @param extraction folder that `extract` filled
 * @param folder of the run, made if it is missing
 * @throws LpipsError naming a file that is missing or damaged, the step whose loss is not finite, a checkpoint of another
 *   run, or a folder in which another run writes
 */
export async function trainHeads(
  extraction: string,
  folder: string,
  options: TrainHeadsOptions = {},
): Promise<TrainedRun> {
  checkText('trainHeads', 'extraction', extraction);
  checkText('trainHeads', 'folder', folder);
  checkOptions('trainHeads', options, TRAIN_OPTIONS);
  return await inRunFolder(folder, () => trainHeadsAlone(extraction, folder, options));
}

async function trainHeadsAlone(
  extraction: string,
  folder: string,
  {
    seed = 1,
    initial = 'uniform',
    initialName = typeof initial === 'string' ? initial : 'own',
    distortions,
    recipe = OFFICIAL_RECIPE,
    dropout = true,
    ...hooks
  }: TrainHeadsOptions,
): Promise<TrainedRun> {
  const parts = await openParts(extraction, { ...hooks, ...(distortions && { distortions }) });
  try {
    const { manifest, train, held, test } = parts;
    const trainee = new HeadsTrainee(train, held, { seed, initial, dropout, test });
    const { net, version, calibration, simulated } = manifest;
    const data = identityOf(manifest).slice(0, 12);
    const distortionNames = train.groups.map(({ distortion }) => distortion).join('+');
    const description = `heads of ${net} ${calibration} from ${initialName}, on ${data} ${distortionNames}`;
    const named = { 'initial heads': initialName, distortions: distortionNames.replaceAll('+', ', ') };
    const subject = {
      description,
      settings: named,
      mode: 'linear',
      net,
      version,
      calibration,
      simulated,
    } as const;
    const settings = { seed, recipe, dropout, ...hooks };
    const { log, run, resumedAt } = await trainInFolder(trainee, folder, subject, settings);
    const heads = trainee.heads.weights;
    const files = [join(folder, HEADS_FILES.safetensors), join(folder, HEADS_FILES.pytorch)] as const;
    await writeAtomically(files[1], serializePytorch(heads));
    await writeAtomically(files[0], serializeWeights(heads, { net, version, run, tool: TOOL }));
    await writeTrainingLog(folder, log);
    return { log, resumedAt, files };
  } finally {
    parts.close();
  }
}
