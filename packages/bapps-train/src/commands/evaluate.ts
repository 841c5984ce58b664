/**
 * @module
 * `bapps evaluate`: how well metrics agree with people, on a data set or on tables of judgements.
 */
import { basename, extname } from 'node:path';
import {
  EXIT,
  type ExitCode,
  oneOf,
  startProgress,
  type Terminal,
  UsageError,
  wholeNumber,
} from 'lpips-node/command-line';
import { checkOutput, writeAtomically } from 'lpips-node/files';
import { type MetricArguments, metricOptions, openMetric } from 'lpips-node/metric-options';
import type { Argv } from 'yargs';
import { SPLITS, type Split } from '../data-set/layout.js';
import { addWeightsFiles, contenderOf, disposeTrunks, type Trunk } from '../evaluation/contenders.js';
import { findItems, measure } from '../evaluation/measure.js';
import { OFFICIAL_SIZE } from '../extraction/extract.js';

import { readJudgements } from '../scores/judgement-csv.js';
import { jndTable, type ScoreTable, twoAfcTable } from '../scores/score-table.js';
import { isSynthetic } from '../synthesize/synthesis-manifest.js';
import { TOOL } from '../tool.js';
import { type ScoreStyle, scoreCsv, scoreLines } from './score-lines.js';

/** What `bapps evaluate` was asked. */
export interface EvaluateArguments extends MetricArguments {
  readonly data: string | undefined;
  readonly extraction: string | undefined;
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
    .option('extraction', {
      describe:
        'take vectors that bapps extract made: seconds instead of minutes; the baselines still need the data set',
      string: true,
      requiresArg: true,
    })
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
    .example('bapps evaluate --extraction vectors/ --beside mine.safetensors', 'in seconds')
    .example('bapps evaluate --judgements judgments/', 'distances that others computed')
    .epilogue(
      'Scores are 2AFC (share of people that the metric agrees with) and JND (average precision). A tie counts a ' +
        'half. "human" is how often one person agrees with another, "oracle" always sides with the majority.',
    );
}

/** Measures, scores and tells. */
export async function runEvaluate(options: EvaluateArguments, terminal: Terminal): Promise<ExitCode> {
  const { data, extraction, judgements, csv } = options;
  const hasImages = data !== undefined || extraction !== undefined;
  if (hasImages === (judgements !== undefined)) {
    const got = hasImages ? 'both' : 'neither';
    throw new UsageError(`expected a data set or --judgements, got ${got}.`);
  }
  if (csv !== undefined) await checkOutput(csv);
  if (judgements === undefined) {
    await tell(terminal, options, await evaluateData(options, terminal), 'percent');
  } else {
    const twoAfc = twoAfcTable(await readJudgements(judgements), options);
    await tell(terminal, options, { head: { judgements }, twoAfc, jnd: undefined }, 'six places');
  }
  return EXIT.done;
}

interface Evaluation {
  readonly head: Readonly<Record<string, unknown>>;
  readonly twoAfc: ScoreTable | undefined;
  readonly jnd: ScoreTable | undefined;
}

async function evaluateData(options: EvaluateArguments, terminal: Terminal): Promise<Evaluation> {
  const { data, extraction, heads, split, distortions, beside = [], noBaselines, size, quiet } = options;
  const found = await findItems({
    split,
    ...(data !== undefined && { data }),
    ...(extraction !== undefined && { extraction }),
    ...(distortions !== undefined && { distortions }),
  });
  const net = options.net ?? found.extraction?.net;
  const { lpips, backend } = await openMetric({ ...options, net }, terminal);
  const own = {
    ...contenderOf(lpips),
    ...(heads !== undefined && { name: basename(heads, extname(heads)) }),
  };
  const trunks: Trunk[] = [{ lpips, contenders: [own] }];
  const progress = startProgress(terminal, 'measuring', 0, { unit: 'judgements', quiet });
  try {
    await addWeightsFiles(
      trunks,
      beside.map((path) => ({ path })),
    );
    const { judged, noticed } = await measure(found, trunks, {
      baselines: !noBaselines,
      size,
      onProgress: (done, total) => progress.update(done, total),
    });
    progress.stop();
    const { version, linear } = lpips;
    const simulated = data !== undefined && (await isSynthetic(data));
    if (simulated && !quiet) terminal.error('bapps: these judgements are simulated; no person was asked.\n');
    return {
      head: {
        net: lpips.net,
        version,
        linear,
        heads,
        backend: backend.name,
        data,
        extraction,
        split,
        simulated,
      },
      twoAfc: judged.length === 0 ? undefined : twoAfcTable(judged, options),
      jnd: noticed.length === 0 ? undefined : jndTable(noticed, options),
    };
  } finally {
    progress.stop();
    disposeTrunks(trunks);
  }
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
  const source = String(head['data'] ?? head['extraction'] ?? head['judgements']);
  const unit = style === 'percent' ? ', %' : '';
  const parts = [
    twoAfc && scoreLines(`2AFC of ${source}${unit}; ± half the 95 % interval`, twoAfc, style),
    jnd && scoreLines(`JND average precision of ${source}${unit}`, jnd, style),
  ];
  terminal.out(parts.filter((part) => part !== undefined).join('\n'));
}

function listOf(value: unknown): string[] | undefined {
  return typeof value === 'string' ? value.split(',') : undefined;
}
