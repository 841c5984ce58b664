/**
 * @module
 * `bapps train` trains heads, or a whole network, by the official recipe.
 */
import { join } from 'node:path';
import { at, NET_NAMES, printable } from 'lpips-core';
import {
  countOption,
  EXIT,
  type ExitCode,
  jsonOption,
  numberAboveZero,
  offlineOption,
  oneOf,
  quietOption,
  type Terminal,
  UsageError,
  wholeNumber,
} from 'lpips-node/command-line';
import type { Argv } from 'yargs';
import { OFFICIAL_RECIPE, totalEpochs } from '../training/recipe.js';
import { KEPT } from '../training/run-training.js';
import type { TrainedRun } from '../training/train-in-folder.js';
import { keptScores, meanScore, type TrainingLog } from '../training/training-log.js';
import { percent } from './score-lines.js';
import {
  choiceOption,
  learningRateOption,
  listOption,
  textOption,
  trainingBackendOption,
} from './shared-options.js';
import { MODES, type RunArguments, trainOnce } from './train-once.js';

/** Arguments of `bapps train`. */
export interface TrainArguments extends RunArguments {
  readonly seeds: number;
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
    .option(
      'seeds',
      countOption('--seeds', 'runs with so many seeds, from --seed on, each in a folder of --out', 1, 1),
    )
    .option('epochs', countOption('--epochs', 'epochs at the full learning rate', OFFICIAL_RECIPE.epochs, 0))
    .option(
      'decay-epochs',
      countOption('--decay-epochs', 'epochs of linear decay after them', OFFICIAL_RECIPE.decayEpochs, 0),
    )
    .option('learning-rate', learningRateOption)
    .option('weight-decay', {
      describe: 'strength of an L2 penalty on all weights, as in the Adam of PyTorch',
      string: true,
      requiresArg: true,
      default: '0',
      coerce: (text: string) => (Number(text) === 0 ? 0 : numberAboveZero('--weight-decay', text, 10)),
    })
    .option('keep', {
      describe: 'last: the weights after the last epoch; best: after the one with the best held-out score',
      requiresArg: true,
      default: 'last',
      coerce: (value: unknown) => oneOf('--keep', KEPT, value),
    })
    .option('patience', {
      ...textOption('end after so many epochs without a better held-out score (default: run all epochs)'),
      coerce: (text: string | undefined) =>
        text === undefined ? undefined : wholeNumber('--patience', text, 1),
    })
    .option('batch', countOption('--batch', 'triplets in a step', OFFICIAL_RECIPE.batch, 1))
    .option('no-dropout', { describe: 'train on the means alone', boolean: true, default: false })
    .option('weights', textOption('folder of weights files, for --init official and for tune'))
    .option('offline', offlineOption)
    .option('quiet', quietOption)
    .option('json', jsonOption)
    .example('bapps train vectors/ --out run/', 'the official recipe')
    .example(
      'bapps train vectors/ --out run/ --learning-rate auto --keep best --patience 3',
      'a few thousand triplets of your own',
    )
    .example(
      'bapps train data/ --out run/ --mode tune --net alex',
      'the whole network, from the official one',
    )
    .example('lpips distance --net alex --heads run/heads.safetensors a.png b.png', 'and the result')
    .epilogue(
      'Only heads are clamped at 0. (The published trainer clamps every 1x1 convolution, also those of SqueezeNet ' +
        'itself.) heads.pth is for Python: lpips.LPIPS(net="alex", model_path="run/heads.pth"). ' +
        '--learning-rate auto lets a weight move as far, over all steps, as the official recipe does on BAPPS: from 0.0001 ' +
        'up to 0.01. A score by which the best epoch was chosen flatters it: judge the heads on triplets that are not in val. ' +
        'training.csv in --out has a line for each epoch.',
    );
}

/** Trains once, or with several seeds, which end in a table. */
export async function runTrain(options: TrainArguments, terminal: Terminal): Promise<ExitCode> {
  const { out, seed, seeds, json } = options;
  if (totalEpochs(options) === 0) {
    throw new UsageError('expected an epoch for --epochs or --decay-epochs, got none. Raise one of them.');
  }
  const tell = (value: unknown) => terminal.out(`${JSON.stringify(value)}\n`);
  if (seeds === 1) {
    const run = await trainOnce(options, terminal);
    if (json) tell(describeRun(out, run));
    return EXIT.done;
  }
  const logs: TrainingLog[] = [];
  const runs: unknown[] = [];
  for (let next = seed; next < seed + seeds; next++) {
    const folder = join(out, `seed-${next}`);
    const run = await trainOnce({ ...options, seed: next, out: folder }, terminal);
    logs.push(run.log);
    runs.push(describeRun(folder, run));
  }
  if (json) tell({ out, runs, heldOut: Object.fromEntries(spreadOf(logs)) });
  else terminal.out(seedLines(logs));
  return EXIT.done;
}

/** A run, as `--json` prints it. */
function describeRun(out: string, { log, files, resumedAt }: TrainedRun): object {
  return { out, files, resumedAt, ...log };
}

interface Spread {
  readonly mean: number;
  readonly deviation: number;
}

/** Mean and deviation of the scores of several seeds, for each distortion and for their mean; empty without any. */
function spreadOf(logs: readonly TrainingLog[]): [column: string, spread: Spread][] {
  const rows = logs.map(scoresOf);
  const columns = Object.keys(keptScores(at(logs, 0)));
  if (columns.length === 0) return [];
  return [...columns, 'mean'].map((name, column) => [
    name,
    meanAndDeviation(rows.map((scores) => at(scores, column))),
  ]);
}

/** The held-out scores of a run, and then their mean. */
function scoresOf(log: TrainingLog): number[] {
  const scores = keptScores(log);
  return [...Object.values(scores), meanScore(scores)];
}

/** A line for each seed, and their means and standard deviations. */
function seedLines(logs: readonly TrainingLog[]): string {
  const spread = spreadOf(logs);
  if (spread.length === 0) return `${logs.length} seeds; there are no held-out triplets to score them on\n`;
  const lines = [
    ['held-out 2AFC', ...spread.map(([name]) => printable(name))],
    ...logs.map((log) => [`seed ${log.seed}`, ...scoresOf(log).map((score) => percent(score, 2))]),
    ['mean', ...spread.map(([, { mean }]) => percent(mean, 2))],
    ['± deviation', ...spread.map(([, { deviation }]) => percent(deviation, 2))],
  ];
  const width = Math.max(...lines.flat().map(({ length }) => length));
  return lines
    .map(
      (cells) =>
        `${cells
          .map((cell) => cell.padEnd(width))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** The deviation is that of a sample. */
function meanAndDeviation(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (values.length - 1)) };
}
