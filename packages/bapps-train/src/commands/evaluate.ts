/**
 * @module
 * `bapps evaluate` scores how well metrics agree with people, on a data set or on tables of judgements.
 */
import { basename, extname } from 'node:path';
import { invalid } from 'lpips-core';
import { calibrationName } from 'lpips-node';
import {
  countOption,
  EXIT,
  type ExitCode,
  oneOf,
  type Terminal,
  UsageError,
  wholeNumber,
} from 'lpips-node/command-line';
import { checkOutput, writeAtomically } from 'lpips-node/files';
import { type MetricArguments, metricOptions, openMetric, tellLeftOut } from 'lpips-node/metric-options';
import type { Argv } from 'yargs';
import { SPLITS, type Split } from '../data-set/layout.js';
import {
  addWeightsFiles,
  type Contender,
  contenderNames,
  contenderOf,
  disposeTrunks,
  type Trunk,
} from '../evaluation/contenders.js';
import { type FoundItems, findItems, type Measurements } from '../evaluation/measure.js';
import { readJudgements } from '../scores/judgement-csv.js';
import { SHARES_FILE } from '../scores/read-shares.js';
import { findVotes, VOTES_FILE } from '../scores/read-votes.js';
import { jndTable, type TwoAfcOptions, twoAfcTable } from '../scores/score-table.js';
import { CLUSTERS, type Cluster, type ScoreTable } from '../scores/tabulate.js';
import { type VotesOnTriplets, votesOnTriplets, withVotes } from '../scores/votes-on-triplets.js';
import { TOOL } from '../tool.js';
import { COUNT_FILES, findVotesAloud, tellNoAgreement } from './find-votes-aloud.js';
import { measureAloud } from './measure-aloud.js';
import { differenceLines, type ScoreStyle, SIMULATED, scoreCsv, scoreLines } from './score-lines.js';
import { listOption, noBaselinesOption, sizeOption, textOption } from './shared-options.js';

/** Arguments of `bapps evaluate`. */
export interface EvaluateArguments extends MetricArguments {
  readonly data: string | undefined;
  readonly extraction: string | undefined;
  readonly beside: readonly string[] | undefined;
  readonly judgements: string | undefined;
  readonly split: Split;
  readonly distortions: readonly string[] | undefined;
  readonly noBaselines: boolean;
  readonly size: number;
  readonly votes: number | undefined;
  readonly draws: number;
  readonly seed: number;
  readonly csv: string | undefined;
  readonly cluster: Cluster;
}

/** Metrics of a table that are compared with each other; the pairs of more would fill a screen. */
const MOST_COMPARED = 6;

/** Options and help of `bapps evaluate`. */
export function evaluateOptions<Options>(parser: Argv<Options>) {
  return metricOptions(parser)
    .positional('data', { describe: 'folder that holds 2afc and jnd', type: 'string' })
    .option(
      'extraction',
      textOption(
        'take the vectors that bapps extract made: seconds instead of minutes; the baselines still need the data set',
      ),
    )
    .option(
      'beside',
      listOption('more weights files of the net, separated by commas: heads, or whole networks'),
    )
    .option(
      'judgements',
      textOption('score the distances in a CSV file, or in all of a folder, instead of images'),
    )
    .option('split', {
      describe: 'val (default), train or test',
      requiresArg: true,
      default: 'val',
      coerce: (value: unknown) => oneOf('--split', SPLITS, value),
    })
    .option('distortions', listOption('only these, separated by commas'))
    .option('no-baselines', noBaselinesOption)
    .option('size', sizeOption)
    .option('votes', {
      ...textOption(
        `people asked about each triplet (default: as ${VOTES_FILE} or ${SHARES_FILE} of the data set says, else the least number that gives these shares)`,
      ),
      coerce: (text: string | undefined) =>
        text === undefined ? undefined : wholeNumber('--votes', text, 2),
    })
    .option('draws', countOption('--draws', 'resamplings behind the 95 % intervals', 1000, 2))
    .option('cluster', {
      describe:
        'what is drawn for the intervals: none (single triplets), reference (with all its triplets), or rater (with all ' +
        `votes in ${VOTES_FILE} of the data set)`,
      requiresArg: true,
      default: 'none',
      coerce: (value: unknown) => oneOf('--cluster', CLUSTERS, value),
    })
    .option('seed', countOption('--seed', 'the same seed gives the same resamplings', 1))
    .option('csv', textOption('also write every score and interval to this file'))
    .example('bapps evaluate bapps/ --net alex', 'the published heads beside L2, SSIM, people and an oracle')
    .example('bapps evaluate bapps/ --net alex --beside mine.safetensors', 'and your own, in the same pass')
    .example('bapps evaluate --extraction vectors/ --beside mine.safetensors', 'in seconds')
    .example('bapps evaluate --judgements judgments/', 'distances that others computed')
    .epilogue(
      'Scores are 2AFC (share of people that the metric agrees with) and JND (average precision). A tie counts a ' +
        'half. "two people" is how often two different people agree. The paper\'s human score counts each person against ' +
        'himself too, and is higher. "oracle" always sides with the majority. With --beside, each metric is compared with those ' +
        'before it on the same draws: the last share says how often a draw gives no difference, or one of the other sign. ' +
        'Intervals of single triplets are too narrow where several show the same picture, or few people cast all votes.',
    );
}

/** Measures, scores and prints. */
export async function runEvaluate(options: EvaluateArguments, terminal: Terminal): Promise<ExitCode> {
  const { data, extraction, judgements, csv } = options;
  const hasImages = data !== undefined || extraction !== undefined;
  if (hasImages === (judgements !== undefined)) {
    throw new UsageError(
      hasImages
        ? 'cannot score images and --judgements at once: both are given. Leave one of them out.'
        : 'expected a data set or --judgements, got neither. Name one of them.',
    );
  }
  if (options.cluster !== 'none' && judgements !== undefined) {
    throw new UsageError(
      'cannot draw references or raters of --judgements, which name neither. Leave --cluster out.',
    );
  }
  if (options.cluster === 'rater' && data === undefined) {
    throw new UsageError(`expected a data set with ${VOTES_FILE} for --cluster rater, got none. Name it.`);
  }
  if (csv !== undefined) await checkOutput(csv);
  if (judgements === undefined) {
    await tell(terminal, options, await evaluateData(options, terminal), 'percent');
  } else {
    const tables = await readJudgements(judgements);
    const metrics = [...(tables[0]?.distances.keys() ?? [])];
    const compared = metrics.length <= MOST_COMPARED ? metrics : [];
    const twoAfc = twoAfcTable(tables, { ...scoringOf(options), compared });
    if (!options.quiet)
      tellNoAgreement(tables, '--votes N, or a column votes in every file,', terminal, options.votes);
    await tell(terminal, options, { head: { judgements }, twoAfc, jnd: undefined }, 'six places');
  }
  return EXIT.done;
}

/** What the scores depend on beside the distances. */
function scoringOf({ draws, seed, votes, cluster }: EvaluateArguments): TwoAfcOptions {
  return { draws, seed, cluster, ...(votes !== undefined && { votes }) };
}

interface Evaluation {
  readonly head: Readonly<Record<string, unknown>>;
  readonly twoAfc: ScoreTable | undefined;
  readonly jnd: ScoreTable | undefined;
}

async function evaluateData(options: EvaluateArguments, terminal: Terminal): Promise<Evaluation> {
  const { data, extraction, heads, split, distortions, beside = [], quiet } = options;
  const found = await findItems({
    split,
    ...(data !== undefined && { data }),
    ...(extraction !== undefined && { extraction }),
    ...(distortions !== undefined && { distortions }),
  });
  const votes = await votesFor(options, found, terminal);
  const net = options.net ?? found.extraction?.net;
  const { lpips, backend, origin } = await openMetric({ ...options, net }, terminal);
  const contenders: Contender[] = [];
  const trunks: Trunk[] = [{ lpips, contenders }];
  try {
    const name = heads === undefined ? {} : { name: basename(heads, extname(heads)) };
    contenders.push({ ...contenderOf(lpips, calibrationName(lpips, origin.identity)), ...name });
    await addWeightsFiles(
      trunks,
      beside.map((path) => ({ path })),
      tellLeftOut(terminal, quiet),
    );
    const byReference = options.cluster === 'reference';
    const measured = withVotes(await measureAloud(found, trunks, options, terminal, byReference), votes);
    const { version, linear } = lpips;
    const { simulated } = found;
    if (simulated && !quiet) terminal.error(SIMULATED);
    const when = data === undefined ? ' before "bapps extract",' : ',';
    if (!quiet)
      tellNoAgreement(measured.judged, `--votes N, or ${COUNT_FILES}${when}`, terminal, options.votes);
    return {
      head: {
        net: lpips.net,
        version,
        linear,
        weights: origin.identity,
        heads,
        network: options.network,
        backend: backend.name,
        data,
        extraction,
        split,
        simulated,
      },
      ...tablesOf(measured, {
        ...scoringOf(options),
        simulated,
        compared: contenderNames(trunks),
      }),
    };
  } finally {
    disposeTrunks(trunks);
  }
}

/** @throws LpipsError where raters are to be drawn, and the data set does not say who voted */
async function votesFor(
  { cluster, data, split, votes: asked, quiet }: EvaluateArguments,
  found: FoundItems,
  terminal: Terminal,
): Promise<VotesOnTriplets | undefined> {
  if (cluster !== 'rater' || data === undefined)
    return asked === undefined ? await findVotesAloud(found, terminal, quiet) : undefined;
  const votes = await findVotes(data);
  if (votes) return votesOnTriplets(found.triplets, split, votes);
  const advice = 'Its columns are item, rater and answer.';
  throw invalid('evaluate', `${VOTES_FILE} beside the images, for --cluster rater,`, data, 'none', advice);
}

/** Pairs have no raters: their intervals are those of single pairs then. */
function tablesOf(
  { judged, noticed }: Measurements,
  { simulated, votes, ...options }: TwoAfcOptions & { readonly simulated: boolean },
): Pick<Evaluation, 'twoAfc' | 'jnd'> {
  const { cluster = 'none' } = options;
  const known = votes === undefined ? {} : { votes };
  return {
    twoAfc: judged.length === 0 ? undefined : twoAfcTable(judged, { ...options, ...known, simulated }),
    jnd:
      noticed.length === 0
        ? undefined
        : jndTable(noticed, { ...options, cluster: cluster === 'rater' ? 'none' : cluster }),
  };
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
  const judges = head['simulated'] === true ? 'the simulated judgements of ' : '';
  const drawn = twoAfc?.cluster ? `, drawing ${twoAfc.cluster.count} ${twoAfc.cluster.by}s` : '';
  const points = style === 'percent' ? ', percentage points' : '';
  const about = `Differences of 2AFC${points}; 95 % interval, and how often the draws do not bear them out`;
  const parts = [
    twoAfc &&
      scoreLines(`2AFC of ${judges}${source}${unit}; ± half the 95 % interval${drawn}`, twoAfc, style),
    twoAfc && differenceLines(about, twoAfc, style),
    jnd && scoreLines(`JND average precision of ${judges}${source}${unit}`, jnd, style),
  ];
  terminal.out(parts.filter((part) => part !== undefined).join('\n'));
}
