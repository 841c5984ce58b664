/**
 * @module
 * A run of the mode "linear", from an extraction to files of heads, with curves and checkpoints next to them.
 */
import { join } from 'node:path';
import { checkOptions, checkText } from 'lpips-core';
import { serializePytorch, serializeWeights } from 'lpips-node';
import { writeAtomically } from 'lpips-node/files';
import { identityOf, readExtractionManifest } from '../extraction/extraction-manifest.js';
import { PooledItems } from '../extraction/open-extraction.js';
import { TOOL } from '../tool.js';
import { HeadsTrainee } from './heads-trainee.js';
import type { InitialHeads } from './initial-weights.js';
import { OFFICIAL_RECIPE } from './recipe.js';
import type { RunOptions } from './run-training.js';
import { inRunFolder, type TrainedRun, trainInFolder } from './train-in-folder.js';
import { writeTrainingLog } from './training-log.js';

/** Names of the weights files of a run. */
export const HEADS_FILES = { safetensors: 'heads.safetensors', pytorch: 'heads.pth' } as const;

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
  'onStep',
  'onEpoch',
  'onWarning',
] as const satisfies (keyof TrainHeadsOptions)[];

/**
 * Trains heads on the vectors of 2afc/train and scores them after each epoch on all of 2afc/val. Writes them into a
 * folder as a safetensors and as a PyTorch file. Started again, it goes on where it stopped.
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
  const manifest = await readExtractionManifest(extraction);
  const hasHeld = manifest.groups.some(({ task, split }) => task === '2afc' && split === 'val');
  const train = await PooledItems.open(extraction, { split: 'train', ...(distortions && { distortions }) });
  let held: PooledItems | undefined;
  try {
    if (hasHeld) held = await PooledItems.open(extraction, { split: 'val' });
    const trainee = new HeadsTrainee(train, held, { seed, initial, dropout });
    const { net, version, calibration, simulated } = manifest;
    const data = identityOf(manifest).slice(0, 12);
    const distortionNames = train.groups.map(({ distortion }) => distortion).join('+');
    const description = `heads of ${net} ${calibration} from ${initialName}, on ${data} ${distortionNames}`;
    const subject = { description, mode: 'linear', net, version, calibration, simulated } as const;
    const settings = { seed, recipe, dropout, ...hooks };
    const { log, run, resumedAt } = await trainInFolder(trainee, folder, subject, settings);
    const heads = trainee.heads.weights;
    const files = [join(folder, HEADS_FILES.safetensors), join(folder, HEADS_FILES.pytorch)] as const;
    await writeAtomically(files[1], serializePytorch(heads));
    await writeAtomically(files[0], serializeWeights(heads, { net, version, run, tool: TOOL }));
    await writeTrainingLog(folder, log);
    return { log, resumedAt, files };
  } finally {
    train.close();
    held?.close();
  }
}
