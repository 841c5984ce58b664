/**
 * @module
 * `bapps distill` trains `lite` on photographs to agree with a teacher, and measures how far it does.
 */
import { basename, extname, join } from 'node:path';
import { Lpips, NET_NAMES, type NetName, printable, serializeSafetensors, type WeightMap } from 'lpips-core';
import { calibrationName, identifyWeights, loadLpips, readNetwork, selectBackend } from 'lpips-node';
import {
  countOption,
  EXIT,
  type ExitCode,
  jsonOption,
  numberAboveZero,
  offlineOption,
  oneOf,
  type Progress,
  quietOption,
  startProgress,
  type Terminal,
  UsageError,
  wholeNumber,
  workersOption,
} from 'lpips-node/command-line';
import { checkOutput, writeAtomically } from 'lpips-node/files';
import { openMetric } from 'lpips-node/metric-options';
import { planOptions } from 'lpips-node/plan-commands';
import { SIDE } from 'lpips-pictures';
import type { Argv } from 'yargs';
import { DISTILL_RECIPE, type DistillProgress, type DistillRecipe, distill } from '../distill/distill.js';
import {
  EVALUATION_MIXTURES,
  type Evaluation,
  evaluateAgainst,
  MEASURED_REFERENCES,
} from '../distill/evaluate-student.js';
import { LARGEST_SIDE } from '../distill/large-triplets.js';
import { readPhotographs } from '../distill/read-photographs.js';
import { checkTrainable, preferBatchKernels } from '../networks/training-kernels.js';
import { writeLosses } from '../tensorboard/distillation-events.js';
import { EventWriter } from '../tensorboard/event-writer.js';
import { TOOL } from '../tool.js';
import { cacheOf, type LabelArguments, planLabels } from './plan-labels.js';
import { percent } from './score-lines.js';
import { choiceOption, textOption, trainingBackendOption } from './shared-options.js';

/** Arguments of `bapps distill`. */
export interface DistillArguments extends Omit<DistillRecipe, 'references'>, LabelArguments {
  readonly evaluate: string | undefined;
  readonly side: number | undefined;
  readonly beside: NetName | undefined;
  readonly tensorboard: string | undefined;
}

/** Options and help of `bapps distill`. */
export function distillOptions<Options>(parser: Argv<Options>) {
  const rate = (option: string, describe: string, preset: number) =>
    ({
      describe,
      string: true,
      requiresArg: true,
      default: String(preset),
      coerce: (text: string) => numberAboveZero(option, text, 1),
    }) as const;
  const preset = DISTILL_RECIPE;
  return planOptions(parser)
    .positional('photos', { describe: 'folder of photographs', type: 'string', demandOption: true })
    .option('teacher', {
      describe: 'net whose distances it learns: alex, squeeze or vgg',
      requiresArg: true,
      default: 'alex',
      coerce: (value: unknown) => oneOf('--teacher', NET_NAMES, value),
    })
    .option('out', textOption('file to write, a safetensors file of float16'))
    .option('cache', textOption('folder for pictures and checkpoints, 2 GB (default: <out>-work)'))
    .option('seed', countOption('--seed', 'the same seed gives the same pictures and order', 1))
    .option('references', {
      ...textOption(
        `crops of photographs (default: ${preset.references} to train, ${MEASURED_REFERENCES} to measure)`,
      ),
      coerce: (value: string | undefined) =>
        value === undefined ? undefined : wholeNumber('--references', value, 2),
    })
    .option('epochs', countOption('--epochs', 'times that each crop is seen', preset.epochs))
    .option('batch', countOption('--batch', 'crops in a step', preset.batch, 2))
    .option('rate', rate('--rate', 'largest learning rate', preset.rate))
    .option(
      'rounds',
      countOption(
        '--rounds',
        'rounds: each trains an autoencoder under the student and learns from it',
        preset.rounds,
      ),
    )
    .option('round-steps', countOption('--round-steps', 'steps of the student in a round', preset.roundSteps))
    .option('round-rate', rate('--round-rate', 'largest learning rate of these', preset.roundRate))
    .option(
      'autoencoder-steps',
      countOption('--autoencoder-steps', "steps of a round's autoencoder", preset.autoencoderSteps, 1),
    )
    .option('finish-steps', countOption('--finish-steps', 'steps after the rounds', preset.finishSteps))
    .option('finish-rate', rate('--finish-rate', 'largest learning rate of these', preset.finishRate))
    .option('side', {
      ...textOption(`height and width of the pictures that --evaluate measures on (default: ${SIDE})`),
      coerce: (value: string | undefined) =>
        value === undefined ? undefined : wholeNumber('--side', value, SIDE),
    })
    .option(
      'large-references',
      countOption(
        '--large-references',
        'crops of 128x128 for a quarter of these, and a quarter as many of 256x256',
        preset.largeReferences,
      ),
    )
    .option('evaluate', textOption('measure this file on the photographs instead, against the teacher'))
    .option('beside', choiceOption('--beside', 'another net to measure beside it', NET_NAMES))
    .option(
      'tensorboard',
      textOption('write the loss as event files for TensorBoard, in a folder of this one'),
    )
    .option('workers', {
      ...textOption('threads that make pictures (default: every core)'),
      coerce: workersOption,
    })
    .option('weights', textOption("folder of the teacher's weights files"))
    .option('backend', trainingBackendOption)
    .option('offline', offlineOption)
    .option('quiet', quietOption)
    .option('json', jsonOption)
    .example('bapps distill photos/ --teacher alex --out lite.safetensors', 'an hour on two cores')
    .example('bapps distill other-photos/ --evaluate lite.safetensors --beside squeeze', 'how far it agrees')
    .example(
      'bapps distill photos/ --out lite.safetensors --plan plan.json',
      "the teacher's distances as shards for many machines, before the same without --plan trains",
    )
    .epilogue('A run that was killed goes on from its last checkpoint when it is started again.');
}

/** Trains and writes the student, or measures one. */
export async function runDistill(options: DistillArguments, terminal: Terminal): Promise<ExitCode> {
  const { photos, out, evaluate, teacher: net, weights, backend: choice, offline, quiet, json } = options;
  if ((out === undefined) === (evaluate === undefined)) {
    throw new UsageError(
      out === undefined
        ? 'expected --out to train or --evaluate to measure, got neither. Name a file for one of them.'
        : 'cannot train and measure at once: both --out and --evaluate are given. Leave one of them out.',
    );
  }
  if (options.side !== undefined && evaluate === undefined) {
    throw new UsageError(
      'cannot train at another side: --side is given without --evaluate. Name --large-references to train on larger pictures.',
    );
  }
  if (options.plan !== undefined && out === undefined) {
    throw new UsageError('cannot measure by a plan: --plan is given with --evaluate. Leave one of them out.');
  }
  const planned = await planLabels(options, terminal);
  if (planned !== undefined) return planned;
  const { references = DISTILL_RECIPE.references } = options;
  if (out !== undefined && references < options.batch) {
    const why = `--references is ${references} and --batch is ${options.batch}`;
    throw new UsageError(`cannot fill a batch: ${why}. Raise the one or lower the other.`);
  }
  if (out !== undefined) await checkOutput(out);
  preferBatchKernels();
  // What can be refused is refused before any weights are fetched.
  await selectBackend(choice);
  const largest = options.largeReferences > 0 && evaluate === undefined ? LARGEST_SIDE : options.side;
  const photographs = await readPhotographs(photos, largest);
  const measured = evaluate === undefined ? undefined : await readNetwork(evaluate);
  if (out !== undefined) {
    checkTrainable('distill');
  }
  const metric = {
    net,
    version: undefined,
    noLinear: false,
    weights,
    heads: undefined,
    network: undefined,
    backend: choice,
  };
  const { lpips: teacher, backend, origin } = await openMetric({ ...metric, offline, quiet, json }, terminal);
  try {
    if (evaluate !== undefined && measured !== undefined) {
      const student = { name: evaluate, weights: measured.weights };
      return await measure(options, student, teacher, backend.name, photographs.photographs, terminal);
    }
    if (out === undefined) return EXIT.usage;
    const { seed, workers } = options;
    const recipe: DistillRecipe = {
      references,
      epochs: options.epochs,
      batch: options.batch,
      rate: options.rate,
      rounds: options.rounds,
      roundSteps: options.roundSteps,
      roundRate: options.roundRate,
      autoencoderSteps: options.autoencoderSteps,
      finishSteps: options.finishSteps,
      finishRate: options.finishRate,
      largeReferences: options.largeReferences,
    };
    const bars = showProgress(terminal, recipe, quiet);
    const { tensorboard } = options;
    const name = basename(out, extname(out));
    const events = tensorboard === undefined ? undefined : await EventWriter.open(join(tensorboard, name));
    const write = events && writeLosses(events, recipe.rounds);
    try {
      const trained = await distill(photographs, teacher, {
        ...recipe,
        seed,
        cacheDir: options.cache ?? cacheOf(out),
        ...(workers !== undefined && { workers }),
        onProgress: (progress) => {
          bars.show(progress);
          write?.(progress);
        },
      });
      const described = {
        tool: TOOL,
        teacher: `${teacher.net} ${calibrationName(teacher, origin.identity)}`,
        photographs: photographs.digest,
        seed: `${seed}`,
        recipe: JSON.stringify(recipe),
      };
      await writeAtomically(out, serializeSafetensors(trained, described, { dtype: 'F16' }));
      bars.stop();
      if (json) terminal.out(`${JSON.stringify({ out, backend: backend.name, ...described })}\n`);
      else terminal.out(`${printable(out)}  lite, distilled from ${described.teacher} on ${backend.name}\n`);
      return EXIT.done;
    } finally {
      bars.stop();
      events?.close();
    }
  } finally {
    teacher.dispose();
  }
}

async function measure(
  {
    beside,
    weights,
    offline,
    workers,
    seed,
    references = MEASURED_REFERENCES,
    side = SIDE,
    quiet,
    json,
  }: DistillArguments,
  student: { readonly name: string; readonly weights: WeightMap },
  teacher: Lpips,
  backend: string,
  photographs: Parameters<typeof evaluateAgainst>[2],
  terminal: Terminal,
): Promise<ExitCode> {
  const metrics: Record<string, Lpips> = {
    [student.name]: Lpips.fromWeights(student.weights, { net: 'lite' }),
  };
  try {
    if (beside !== undefined) {
      const where = { offline, ...(weights !== undefined && { weightsDir: weights }) };
      metrics[beside] = await loadLpips({ net: beside, ...where });
    }
    const results: Record<string, Evaluation> = {};
    for (const mixture of EVALUATION_MIXTURES) {
      const progress = startProgress(terminal, `${mixture} pictures`, 0, { unit: 'references', quiet });
      results[mixture] = await evaluateAgainst(teacher, metrics, photographs, mixture, {
        seed,
        references,
        side,
        ...(workers !== undefined && { workers }),
        onMade: (done, total) => progress.update(done, total),
      }).finally(() => progress.stop());
    }
    const calibration = calibrationName(teacher, await identifyWeights(teacher));
    const head = { teacher: `${teacher.net} ${calibration}`, backend, references, side, seed };
    terminal.out(json ? `${JSON.stringify({ ...head, ...results })}\n` : table(head.teacher, results));
    return EXIT.done;
  } finally {
    for (const lpips of Object.values(metrics)) lpips.dispose();
  }
}

function table(teacher: string, results: Readonly<Record<string, Evaluation>>): string {
  const lines = Object.entries(results).flatMap(([mixture, evaluation]) => [
    `${mixture} distortions: Spearman with ${teacher}, same order of two copies`,
    ...Object.entries(evaluation).map(
      ([name, { spearman, sameOrder }]) =>
        `  ${spearman.toFixed(4)}  ${percent(sameOrder, 1)}  ${printable(name)}`,
    ),
  ]);
  return `${lines.join('\n')}\n`;
}

const STAGES: Readonly<Record<DistillProgress['stage'], { label: string; unit: string }>> = {
  pictures: { label: 'pictures', unit: 'references' },
  teacher: { label: "teacher's distances", unit: 'references' },
  training: { label: 'training', unit: 'pairs' },
  autoencoder: { label: 'autoencoder', unit: 'steps' },
};

/** One progress bar after another, with the speed, and with the loss during training. */
function showProgress(terminal: Terminal, { batch, rounds }: DistillRecipe, quiet: boolean) {
  let shown = '';
  let bar: Progress | undefined;
  return {
    show({ round, stage, done, total, loss }: DistillProgress): void {
      const { label, unit } = STAGES[stage];
      const each = stage === 'training' ? 2 * batch : 1;
      if (shown !== `${round} ${stage}`) {
        bar?.stop();
        shown = `${round} ${stage}`;
        const phase = round === 0 ? '' : round > rounds ? 'last cycle: ' : `round ${round}: `;
        const title = `${phase}${label}`;
        bar = startProgress(terminal, title, total, { unit, quiet, rate: true });
      }
      bar?.update(each * done, each * total, loss === undefined ? '' : `loss ${loss.toFixed(3)}`);
    },
    stop(): void {
      bar?.stop();
    },
  };
}
