/**
 * @module
 * `bapps train` trains heads, or a whole network, by the official recipe.
 */
import { cannot, NET_NAMES, type NetName, printable } from 'lpips-core';
import { type BackendChoice, loadLpips, readNetwork, selectBackend } from 'lpips-node';
import {
  countOption,
  EXIT,
  type ExitCode,
  jsonOption,
  numberAboveZero,
  offlineOption,
  oneOf,
  quietOption,
  startProgress,
  type Terminal,
  UsageError,
} from 'lpips-node/command-line';
import { tellLeftOut } from 'lpips-node/metric-options';
import type { Argv } from 'yargs';
import { readExtractionManifest } from '../extraction/extraction-manifest.js';
import { digestOfBackbone } from '../extraction/extraction-shards.js';
import { listSplits } from '../extraction/list-items.js';
import { headsAmong, isHeadName } from '../networks/heads.js';
import type { InitialHeads } from '../training/initial-weights.js';
import { OFFICIAL_RECIPE, totalEpochs } from '../training/recipe.js';
import { type TrainHeadsOptions, trainHeads } from '../training/train-heads.js';
import type { TrainedRun } from '../training/train-in-folder.js';
import { type Epoch, meanScore } from '../training/training-log.js';
import { percent, SIMULATED } from './score-lines.js';
import { choiceOption, listOption, textOption, trainingBackendOption } from './shared-options.js';

const MODES = ['linear', 'tune', 'scratch'] as const;

/** Arguments of `bapps train`. */
export interface TrainArguments {
  readonly from: string;
  readonly out: string;
  readonly mode: (typeof MODES)[number];
  readonly net: NetName | undefined;
  readonly backend: BackendChoice;
  readonly init: string;
  readonly distortions: readonly string[] | undefined;
  readonly seed: number;
  readonly epochs: number;
  readonly decayEpochs: number;
  readonly learningRate: number;
  readonly batch: number;
  readonly noDropout: boolean;
  readonly weights: string | undefined;
  readonly offline: boolean;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** Options and help of `bapps train`. */
export function trainOptions<Options>(parser: Argv<Options>) {
  return parser
    .positional('from', {
      describe: 'folder that bapps extract filled; the data set itself for tune and scratch',
      type: 'string',
      demandOption: true,
    })
    .option('out', {
      describe: 'folder of the run, made if it is missing; an unfinished run goes on',
      string: true,
      requiresArg: true,
      demandOption: true,
    })
    .option('mode', {
      describe: 'linear: heads on a fixed network; tune: the network too; scratch: from random weights',
      requiresArg: true,
      default: 'linear',
      coerce: (value: unknown) => oneOf('--mode', MODES, value),
    })
    .option(
      'net',
      choiceOption('--net', 'network of tune and scratch: alex, squeeze, vgg or lite', NET_NAMES),
    )
    .option('backend', {
      ...trainingBackendOption,
      describe: `of tune and scratch: ${trainingBackendOption.describe}`,
    })
    .option('init', {
      describe: 'heads to begin with: uniform, random (as the official trainer), official, or a file',
      string: true,
      requiresArg: true,
      default: 'uniform',
    })
    .option('distortions', listOption('learn from these alone, separated by commas'))
    .option('seed', countOption('--seed', 'the same seed gives the same heads', 1, 0))
    .option('epochs', countOption('--epochs', 'epochs at the full learning rate', OFFICIAL_RECIPE.epochs, 0))
    .option(
      'decay-epochs',
      countOption('--decay-epochs', 'epochs of linear decay after them', OFFICIAL_RECIPE.decayEpochs, 0),
    )
    .option('learning-rate', {
      describe: 'learning rate of Adam; data sets that are much smaller than BAPPS need a larger one',
      string: true,
      requiresArg: true,
      default: String(OFFICIAL_RECIPE.learningRate),
      coerce: (text: string) => numberAboveZero('--learning-rate', text, 10),
    })
    .option('batch', countOption('--batch', 'triplets in a step', OFFICIAL_RECIPE.batch, 1))
    .option('no-dropout', { describe: 'train on the means alone', boolean: true, default: false })
    .option('weights', textOption('folder of weights files, for --init official and for tune'))
    .option('offline', offlineOption)
    .option('quiet', quietOption)
    .option('json', jsonOption)
    .example('bapps train vectors/ --out run/', 'the official recipe')
    .example('bapps train vectors/ --out run/ --learning-rate 0.01', 'a few thousand triplets of your own')
    .example(
      'bapps train data/ --out run/ --mode tune --net alex',
      'the whole network, from the official one',
    )
    .example('lpips distance --net alex --heads run/heads.safetensors a.png b.png', 'and the result')
    .epilogue(
      'Only heads are clamped at 0. (The published trainer clamps every 1x1 convolution, also those of SqueezeNet ' +
        'itself.) heads.pth is for Python: lpips.LPIPS(net="alex", model_path="run/heads.pth").',
    );
}

/** Trains, prints a line for each epoch, and names the files. */
export async function runTrain(options: TrainArguments, terminal: Terminal): Promise<ExitCode> {
  const { out, distortions, seed, epochs, decayEpochs, learningRate, batch, quiet, json } = options;
  const recipe = { epochs, decayEpochs, learningRate, batch };
  const total = totalEpochs(recipe);
  if (total === 0) {
    throw new UsageError('expected an epoch for --epochs or --decay-epochs, got none. Raise one of them.');
  }
  let progress = startProgress(terminal, 'training', 0, { unit: 'steps', quiet });
  try {
    const shared = {
      seed,
      recipe,
      dropout: !options.noDropout,
      ...(distortions && { distortions }),
      onStep: (step: number, steps: number) => progress.update(step, steps),
      onEpoch: (epoch: Epoch) => {
        progress.stop();
        if (!quiet && !json) terminal.out(`${describeEpoch(epoch, total)}\n`);
        progress = startProgress(terminal, 'training', 0, { unit: 'steps', quiet });
      },
    };
    const { log, resumedAt, files } = await train(options, shared, terminal);
    progress.stop();
    if (json) {
      terminal.out(`${JSON.stringify({ out, files, resumedAt, ...log })}\n`);
      return EXIT.done;
    }
    if (log.simulated && !quiet) terminal.error(SIMULATED);
    if (resumedAt > 0 && !quiet) terminal.error(`bapps: went on from step ${resumedAt} of ${log.steps}.\n`);
    const [first, last] = [log.before, log.epochs.at(-1)?.heldOut ?? {}];
    const scores =
      Object.keys(last).length > 0
        ? `  held-out 2AFC ${percent(meanScore(first), 2)} before, ${percent(meanScore(last), 2)} after`
        : '';
    terminal.out(`${printable(files.join(', '))}${scores}\n`);
    return EXIT.done;
  } finally {
    progress.stop();
  }
}

/** Trains heads or the whole network, by the mode. Only a whole network needs TensorFlow.js with all its gradients. */
async function train(
  options: TrainArguments,
  shared: Omit<TrainHeadsOptions, 'initial' | 'initialName'>,
  terminal: Terminal,
): Promise<TrainedRun> {
  const { from, out, mode, init } = options;
  const onLeftOut = tellLeftOut(terminal, options.quiet);
  if (mode !== 'linear') {
    await listSplits(from, { only: ['2afc/train'], where: 'train' }); // before any weights are fetched
    const { prepareNetwork } = await import('./prepare-network.js');
    const { trainNetwork } = await import('../training/train-network.js');
    const { net, version, weights } = await prepareNetwork({ ...options, mode }, onLeftOut);
    await terminal.letSignalsKill();
    return trainNetwork(from, out, { ...shared, mode, net, version, weights });
  }
  const initial = await readInitialHeads(options, onLeftOut);
  await terminal.letSignalsKill();
  return trainHeads(from, out, { ...shared, initial, initialName: init });
}

async function readInitialHeads(
  { from, init, weights, offline }: TrainArguments,
  onLeftOut: ReturnType<typeof tellLeftOut>,
): Promise<InitialHeads> {
  if (init === 'uniform' || init === 'random') return init;
  const { net, version, weights: digest } = await readExtractionManifest(from);
  if (init !== 'official') {
    const own = await readNetwork(init);
    if (own.leftOut.length > 0) onLeftOut(init, own.leftOut);
    const isWhole = ![...own.weights.keys()].every(isHeadName);
    if (!isWhole || digestOfBackbone(own) === digest) return headsAmong(own.weights);
    const why = `it holds a whole network, and the vectors in ${from} were made by another`;
    const advice = `Extract them with bapps extract --network ${init}, or use --mode tune.`;
    throw cannot('train', `begin with the heads of ${init}`, why, advice);
  }
  await selectBackend('cpu'); // nothing is computed on it
  const lpips = await loadLpips({
    net,
    ...(net !== 'lite' && { version: oneOf('version', ['0.1', '0.0'] as const, version) }),
    ...(weights !== undefined && { weightsDir: weights }),
    offline,
  });
  lpips.dispose();
  return headsAmong(lpips.weights);
}

function describeEpoch({ epoch, loss, learningRate, heldOut }: Epoch, total: number): string {
  const parts = Object.entries(heldOut).map(([name, score]) => `${printable(name)} ${percent(score, 2)}`);
  const held =
    parts.length > 0 ? `  held-out 2AFC ${percent(meanScore(heldOut), 2)} (${parts.join(', ')})` : '';
  return `epoch ${epoch}/${total}  rate ${learningRate.toPrecision(2)}  loss ${loss.toFixed(4)}${held}`;
}
