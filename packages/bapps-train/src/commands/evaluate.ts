/**
 * @module
 * `bapps evaluate`: how well metrics agree with people, on a data set or on tables of judgements.
 */
import {
  checkOutput,
  EXIT,
  type ExitCode,
  type MetricArguments,
  metricOptions,
  oneOf,
  openMetric,
  startProgress,
  type Terminal,
  UsageError,
  writeAtomically,
} from 'lpips-node/command';
import type { Argv } from 'yargs';
import { SPLITS, type Split } from '../data-set/layout.js';
import { listDistortions, scanPairs, scanTriplets } from '../data-set/scan-data-set.js';
import { addWeightsFiles, contenderOf, disposeTrunks, type Trunk } from '../evaluation/contenders.js';
import { measurePairs, measureTriplets } from '../evaluation/measure-data-set.js';
import { OFFICIAL_SIZE } from '../extraction/extract.js';

import { readJudgements } from '../scores/judgement-csv.js';
import { jndTable, type ScoreTable, twoAfcTable } from '../scores/score-table.js';
import { wholeNumber } from './numbers.js';
import { type ScoreStyle, scoreCsv, scoreLines } from './score-lines.js';
import { TOOL } from './tool.js';

/** What `bapps evaluate` was asked. */
export interface EvaluateArguments extends MetricArguments {
  readonly data: string | undefined;
  readonly beside: readonly string[] | undefined;
  readonly judgements: string | undefined;
  readonly split: Split;
  readonly distortions: readonly string[] | undefined;
  readonly noBaselines: boolean;
  readonly size: number;
  readonly draws: number;
  readonly seed: number;
  readonly csv: string | undefined;
}

/** Options and help of `bapps evaluate`. */
export function evaluateOptions<Options>(parser: Argv<Options>) {
  return metricOptions(parser)
    .positional('data', { describe: 'folder that holds 2afc and jnd', type: 'string' })
    .option('beside', {
      describe: 'more weights files of the net, separated by commas: heads, or whole networks',
      string: true,
      requiresArg: true,
      coerce: listOf,
    })
    .option('judgements', {
      describe: 'score the distances in a CSV file, or in all of a folder, instead of images',
      string: true,
      requiresArg: true,
    })
    .option('split', {
      describe: 'val (default) or train',
      requiresArg: true,
      default: 'val',
      coerce: (value: unknown) => oneOf('--split', SPLITS, value),
    })
    .option('distortions', {
      describe: 'only these, separated by commas',
      string: true,
      requiresArg: true,
      coerce: listOf,
    })
    .option('no-baselines', { describe: 'without L2 and SSIM', boolean: true, default: false })
    .option('size', {
      describe: 'height and width at which images are compared; others are scaled',
      string: true,
      requiresArg: true,
      default: String(OFFICIAL_SIZE),
      coerce: (value: string) => wholeNumber('--size', value, 16),
    })
    .option('draws', {
      describe: 'resamplings behind the 95 % intervals',
      string: true,
      requiresArg: true,
      default: '1000',
      coerce: (value: string) => wholeNumber('--draws', value, 2),
    })
    .option('seed', {
      describe: 'of the resampling',
      string: true,
      requiresArg: true,
      default: '1',
      coerce: (value: string) => wholeNumber('--seed', value, 0),
    })
    .option('csv', { describe: 'also write every score and interval', string: true, requiresArg: true })
    .example('bapps evaluate bapps/ --net alex', 'the published heads beside L2, SSIM, people and an oracle')
    .example('bapps evaluate bapps/ --net alex --beside mine.safetensors', 'and your own, in the same pass')
    .example('bapps evaluate --judgements judgments/', 'distances that others computed')
    .epilogue(
      'Scores are 2AFC (share of people that the metric agrees with) and JND (average precision). A tie counts a ' +
        'half. "human" is how often one person agrees with another, "oracle" always sides with the majority.',
    );
}

/** Measures, scores and tells. */
export async function runEvaluate(options: EvaluateArguments, terminal: Terminal): Promise<ExitCode> {
  const { data, judgements, csv } = options;
  if ((data === undefined) === (judgements === undefined)) {
    const got = data === undefined ? 'neither' : 'both';
    throw new UsageError(`bapps evaluate: expected a data set or --judgements, got ${got}.`);
  }
  if (csv !== undefined) await checkOutput(csv);
  if (judgements !== undefined) {
    const twoAfc = twoAfcTable(await readJudgements(judgements), options);
    await tell(terminal, options, { head: { judgements }, twoAfc, jnd: undefined }, 'six places');
  } else if (data !== undefined) {
    await tell(terminal, options, await evaluateImages(data, options, terminal), 'percent');
  }
  return EXIT.done;
}

interface Evaluation {
  readonly head: Readonly<Record<string, unknown>>;
  readonly twoAfc: ScoreTable | undefined;
  readonly jnd: ScoreTable | undefined;
}

async function evaluateImages(
  data: string,
  options: EvaluateArguments,
  terminal: Terminal,
): Promise<Evaluation> {
  const { split, distortions, beside = [], noBaselines, size, quiet } = options;
  const wanted = distortions === undefined ? {} : { distortions };
  const has = async (task: '2afc' | 'jnd') => {
    const found = await listDistortions(data, task, split);
    return distortions === undefined ? found.length > 0 : found.some((name) => distortions.includes(name));
  };
  const [hasTriplets, hasPairs] = [await has('2afc'), await has('jnd')];
  const triplets = hasTriplets || !hasPairs ? await scanTriplets(data, split, wanted) : [];
  const pairs = hasPairs ? await scanPairs(data, split, await known(data, split, distortions)) : [];
  const count = (folders: readonly { readonly items: readonly unknown[] }[]) =>
    folders.reduce((sum, { items }) => sum + items.length, 0);

  const trunks: Trunk[] = [];
  const { lpips, backend } = await openMetric(options, [], terminal);
  trunks.push({ lpips, contenders: [contenderOf(lpips)] });
  const progress = startProgress(terminal, 'measuring', count(triplets) + count(pairs), {
    unit: 'judgements',
    quiet,
  });
  try {
    await addWeightsFiles(trunks, beside);
    const measureOptions = { baselines: !noBaselines, size };
    const judged = await measureTriplets(triplets, trunks, {
      ...measureOptions,
      onProgress: (done) => progress.update(done),
    });
    const noticed = await measurePairs(pairs, trunks, {
      ...measureOptions,
      onProgress: (done) => progress.update(count(triplets) + done),
    });
    const { net, version, linear } = lpips;
    return {
      head: { net, version, linear, backend: backend.name, data, split },
      twoAfc: judged.length === 0 ? undefined : twoAfcTable(judged, options),
      jnd: noticed.length === 0 ? undefined : jndTable(noticed, options),
    };
  } finally {
    progress.stop();
    disposeTrunks(trunks);
  }
}

/** The wanted distortions that there are pairs of; fewer than of triplets in the published data. */
async function known(data: string, split: Split, distortions: readonly string[] | undefined) {
  if (distortions === undefined) return {};
  const found = await listDistortions(data, 'jnd', split);
  return { distortions: distortions.filter((name) => found.includes(name)) };
}

async function tell(
  terminal: Terminal,
  { csv, json }: EvaluateArguments,
  { head, twoAfc, jnd }: Evaluation,
  style: ScoreStyle,
): Promise<void> {
  if (csv !== undefined) await writeAtomically(csv, scoreCsv({ '2afc': twoAfc, jnd }));
  if (json) {
    terminal.out(`${JSON.stringify({ ...head, twoAfc, jnd, tool: TOOL })}\n`);
    return;
  }
  const unit = style === 'percent' ? ', %' : '';
  const parts = [
    twoAfc && scoreLines(`2AFC${unit}, with half the width of the 95 % interval`, twoAfc, style),
    jnd && scoreLines(`JND average precision${unit}`, jnd, style),
  ];
  terminal.out(parts.filter((part) => part !== undefined).join('\n'));
}

function listOf(value: unknown): string[] | undefined {
  return typeof value === 'string' ? value.split(',') : undefined;
}
