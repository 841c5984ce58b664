/**
 * @module
 * `bapps train` trains heads, or a whole network, by the official recipe.
 */
import { join } from 'node:path';
import { NET_NAMES } from 'lpips-core';
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
import type { HoldOut } from '../training/hold-out.js';
import { CLAMPED, OFFICIAL_RECIPE, totalEpochs } from '../training/recipe.js';
import { choosesEpoch, KEPT } from '../training/run-training.js';
import type { TrainedRun } from '../training/train-in-folder.js';
import { type RunOfSeveral, runLines, spreadOf } from './run-table.js';
import {
  choiceOption,
  learningRateOption,
  listOption,
  textOption,
  trainingBackendOption,
} from './shared-options.js';
import { MODES, type RunArguments, trainOnce } from './train-once.js';

/** Arguments of `bapps train`. */
export interface TrainArguments extends Omit<RunArguments, 'holdOut' | 'path' | 'told'> {
  readonly seeds: number;
  readonly folds: number | undefined;
  readonly testShare: number | undefined;
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
    .option('folds', {
      ...textOption(
        'cross-validation: so many runs, each of which holds out its part of all references of train and val',
      ),
      coerce: (text: string | undefined) =>
        text === undefined ? undefined : wholeNumber('--folds', text, 2),
    })
    .option('test-share', {
      ...textOption(
        'share of the references of val that chooses nothing and gives the final score, such as 0.5',
      ),
      coerce: (text: string | undefined) =>
        text === undefined ? undefined : numberAboveZero('--test-share', text, 1),
    })
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
    .option('clamp', {
      describe: 'what is clamped at 0: heads; trunk: every 1x1 convolution, those of SqueezeNet itself too',
      requiresArg: true,
      default: 'heads',
      coerce: (value: unknown) => oneOf('--clamp', CLAMPED, value),
    })
    .option(
      'tensorboard',
      textOption('write event files for TensorBoard, in a folder of this one for each run'),
    )
    .option(
      'tensorboard-every',
      countOption('--tensorboard-every', 'steps between two whose loss is written there', 20, 1),
    )
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
    .example(
      'bapps train vectors/ --out run/ --folds 5 --seeds 3 --tensorboard events/',
      'cross-validation, watched with tensorboard --logdir events/',
    )
    .example('lpips distance --net alex --heads run/heads.safetensors a.png b.png', 'and the result')
    .epilogue(
      'heads.pth is for Python: lpips.LPIPS(net="alex", model_path="run/heads.pth"). --clamp trunk does as the published ' +
        'trainer, which clamps every 1x1 convolution. ' +
        '--learning-rate auto lets a weight move as far, over all steps, as the official recipe does on BAPPS: from 0.0001 ' +
        'up to 0.01. A score by which the best epoch was chosen flatters it: the final score is on 2afc/test, where the data set ' +
        'has one, or on the share of val that --test-share sets aside. --folds deals the references of train and val: a ' +
        'reference is in one fold, with all triplets that show it. With --keep best or --patience the next fold chooses the ' +
        'epoch. ' +
        'training.csv in --out has a line for each epoch.',
    );
}

/** Trains once, or with several seeds and folds, which end in a table. */
export async function runTrain(options: TrainArguments, terminal: Terminal): Promise<ExitCode> {
  const { out, seeds, folds, json } = options;
  checkArguments(options);
  const tell = (value: unknown) => terminal.out(`${JSON.stringify(value)}\n`);
  if (seeds === 1 && folds === undefined) {
    const run = await trainOnce({ ...options, holdOut: testShareOf(options), path: [] }, terminal);
    if (json) tell(describeRun(out, run));
    return EXIT.done;
  }
  const runs: RunOfSeveral[] = [];
  const described: unknown[] = [];
  const told = new Set<string>();
  for (const { path, seed, holdOut } of plannedRuns(options)) {
    const folder = join(out, ...path);
    const run = await trainOnce({ ...options, seed, out: folder, holdOut, path, told }, terminal);
    const fold = holdOut !== undefined && 'folds' in holdOut ? holdOut.fold : undefined;
    runs.push({ log: run.log, fold });
    described.push(describeRun(folder, run));
  }
  const isTest = runs.every(({ log }) => log.test !== undefined);
  const spread = Object.fromEntries(spreadOf(runs));
  if (json) tell({ out, runs: described, [isTest ? 'test' : 'heldOut']: spread });
  else terminal.out(runLines(runs));
  return EXIT.done;
}

/** One of several runs: its folder below that of all, its seed, and how its triplets are held out. */
interface PlannedRun {
  readonly path: readonly string[];
  readonly seed: number;
  readonly holdOut: HoldOut | undefined;
}

/** References are dealt by the first seed, so that runs of different seeds are held out alike. */
function plannedRuns(options: TrainArguments): PlannedRun[] {
  const { seed: first, seeds, folds } = options;
  const seedsOf = (path: readonly string[], holdOut: HoldOut | undefined): PlannedRun[] =>
    Array.from({ length: seeds }, (_, index) => {
      const seed = first + index;
      return { path: seeds === 1 ? path : [...path, `seed-${seed}`], seed, holdOut };
    });
  if (folds === undefined) return seedsOf([], testShareOf(options));
  return Array.from({ length: folds }, (_, index) => index + 1).flatMap((fold) =>
    seedsOf([`fold-${fold}`], { fold, folds, seed: first }),
  );
}

function testShareOf({ testShare, seed }: TrainArguments): HoldOut | undefined {
  return testShare === undefined ? undefined : { testShare, seed };
}

/** @throws UsageError where options contradict each other */
function checkArguments(options: TrainArguments): void {
  const { mode, clamp, folds, testShare } = options;
  if (totalEpochs(options) === 0) {
    throw new UsageError('expected an epoch for --epochs or --decay-epochs, got none. Raise one of them.');
  }
  if (clamp === 'trunk' && mode === 'linear') {
    throw new UsageError(
      'cannot clamp the trunk with --mode linear: its vectors come from a fixed network. Clamp it with bapps extract --clamp trunk.',
    );
  }
  if (folds === undefined) return;
  if (testShare !== undefined) {
    throw new UsageError(
      'cannot take --folds and --test-share at once: each fold is a test. Leave one of them out.',
    );
  }
  if (folds === 2 && choosesEpoch(options)) {
    throw new UsageError(
      'expected 3 or more for --folds with --keep best or --patience, got 2. One fold is the test, and another chooses the epoch.',
    );
  }
}

/** A run, as `--json` prints it. */
function describeRun(out: string, { log, files, resumedAt }: TrainedRun): object {
  return { out, files, resumedAt, ...log };
}
