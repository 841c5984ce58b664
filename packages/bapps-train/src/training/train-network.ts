/**
 * @module
 * A run of the modes "tune" and "scratch", from images to files of a network, with curves and checkpoints next to them.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { invalid, type NetName, serializeSafetensors, type WeightMap } from 'lpips-core';
import { calibrationName, identifyWeights, serializePytorch, serializeWeights } from 'lpips-node';
import { writeAtomically } from 'lpips-node/files';
import { digestOfGroups } from '../extraction/digest-items.js';
import { OFFICIAL_SIZE } from '../extraction/extraction-shards.js';
import { listItems } from '../extraction/list-items.js';
import { scalingNote } from '../extraction/read-patch.js';
import { hasOneByOneTrunk } from '../networks/heads.js';
import { isSynthetic } from '../synthesize/synthesis-manifest.js';
import { TOOL } from '../tool.js';
import { listParts } from './divide-triplets.js';
import { NetworkTrainee } from './network-trainee.js';
import { officialNames } from './official-names.js';
import { type Clamped, OFFICIAL_RECIPE } from './recipe.js';
import { NETWORK_FILES } from './run-files.js';
import type { RunOptions } from './run-training.js';
import { inRunFolder, type TrainedRun, trainInFolder } from './train-in-folder.js';
import { writeTrainingLog } from './training-log.js';

/** How a network is trained. */
export interface TrainNetworkOptions extends RunOptions {
  readonly net: NetName;
  /** Calibration, which decides the scaling layer. Default `'0.1'`. */
  readonly version?: '0.1' | '0.0';
  /** For the log: `tune` if the weights are those of a trained network, `scratch` if they are random. */
  readonly mode: 'tune' | 'scratch';
  /** Backbone and heads to begin with. */
  readonly weights: WeightMap;
  /** What is clamped at 0 after a step; `'trunk'` is for nets that have 1x1 convolutions there. Default `'heads'`. */
  readonly clamp?: Clamped;
}

/**
 * Trains a network on the images of 2afc/train and scores it after each epoch on all of 2afc/val. Writes it into a
 * folder as a safetensors and, except for `lite`, as a PyTorch file. Started again, it goes on where it stopped.
 *
 * @param data folder that holds `2afc`
 * @param folder of the run, made if it is missing
 * @throws LpipsError naming a file that is missing or damaged, a backend that cannot train, the step whose loss is not
 *   finite, a checkpoint of another run, or a folder in which another run writes
 */
export function trainNetwork(
  data: string,
  folder: string,
  options: TrainNetworkOptions,
): Promise<TrainedRun> {
  return inRunFolder(folder, () => trainNetworkAlone(data, folder, options));
}

async function trainNetworkAlone(
  data: string,
  folder: string,
  {
    net,
    version = '0.1',
    mode,
    weights,
    clamp = 'heads',
    seed = 1,
    distortions,
    recipe = OFFICIAL_RECIPE,
    dropout = true,
    ...hooks
  }: TrainNetworkOptions,
): Promise<TrainedRun> {
  if (clamp === 'trunk' && !hasOneByOneTrunk(net)) {
    const advice = 'Only SqueezeNet has them. Clamp the heads alone.';
    throw invalid('train', '1x1 convolutions in the trunk, which are to be clamped,', 'net', net, advice);
  }
  const listed = await listItems(data);
  const splits = listed.filter(({ task }) => task === '2afc').map(({ split }) => split);
  const parts = await listParts(data, splits, { ...hooks, ...(distortions && { distortions }) });
  const triplets = parts.train.flatMap(({ items }) => items);
  if (triplets.length === 0) throw invalid('train', 'triplets', data, 'none');
  const trainee = new NetworkTrainee(triplets, parts.held ?? [], {
    net,
    version,
    seed,
    weights,
    dropout,
    clamp,
    test: parts.test ?? [],
    onScaled: (side) => hooks.onWarning?.(scalingNote(side, OFFICIAL_SIZE)),
  });
  try {
    const start = createHash('sha256').update(serializeSafetensors(weights)).digest('hex').slice(0, 12);
    const images = (await digestOfGroups(listed)).slice(0, 12);
    const distortionNames = parts.train.map(({ distortion }) => distortion).join('+');
    const identity = await identifyWeights({ net, version, linear: true, weights });
    const calibration = calibrationName({ net, version }, identity);
    const simulated = await isSynthetic(data);
    const clamped = clamp === 'trunk' ? ', every 1x1 convolution clamped' : '';
    const description = `${mode} of ${net} ${calibration} from ${start}, on ${images} ${distortionNames}${clamped}`;
    const named = {
      'initial weights': start,
      distortions: distortionNames.replaceAll('+', ', '),
      clamped: clamp === 'trunk' ? 'every 1x1 convolution' : 'heads',
    };
    const subject = { description, settings: named, mode, net, version, calibration, simulated };
    const settings = { seed, recipe, dropout, ...hooks };
    const { log, run, resumedAt } = await trainInFolder(trainee, folder, subject, settings);
    const files = [join(folder, NETWORK_FILES.safetensors)];
    await writeAtomically(
      join(folder, NETWORK_FILES.safetensors),
      serializeWeights(trainee.weights, { net, version, run, tool: TOOL }),
    );
    if (net !== 'lite') {
      files.push(join(folder, NETWORK_FILES.pytorch));
      const named = officialNames(trainee.weights, net);
      await writeAtomically(join(folder, NETWORK_FILES.pytorch), serializePytorch(named));
    }
    await writeTrainingLog(folder, log);
    return { log, resumedAt, files };
  } finally {
    trainee.dispose();
  }
}
