/**
 * @module
 * Scores of several metrics over several distortions, each with its interval, and their means over distortions.
 * `bapps evaluate` prints them, and `bapps report` draws them.
 */
import { at, checkOneOf, checkOptions, invalid } from 'lpips-core';
import { checkRecords } from '../check-arguments.js';
import { countedAveragePrecision } from './average-precision.js';
import { type BootstrapOptions, countedMean, drawTogether } from './bootstrap.js';
import { knownVotes, type VotedTriplets } from './known-votes.js';
import { talliedScore, tallyOf } from './rater-votes.js';
import {
  CLUSTERS,
  type Cluster,
  type Column,
  drawItems,
  drawReferences,
  type ScoreTable,
  tabulate,
} from './tabulate.js';
import { agreementCredits, humanCredits, mean, oracleCredits, twoAfcCredits } from './two-afc.js';

/** The judgements of one distortion, and the distances of every metric. */
export interface JudgedDistortion extends VotedTriplets {
  readonly distortion: string;
  readonly distances: ReadonlyMap<string, { readonly d0: ArrayLike<number>; readonly d1: ArrayLike<number> }>;
  /** For intervals by reference: the same text for triplets of the same reference. */
  readonly references?: readonly string[];
}

/** The judgements of pairs of one distortion, and the distances of every metric. */
export interface NoticedDistortion {
  readonly distortion: string;
  readonly same: ArrayLike<number>;
  readonly distances: ReadonlyMap<string, ArrayLike<number>>;
  /** For intervals by reference. */
  readonly references?: readonly string[];
}

/** Names of the bounds, by who voted. */
const BOUNDS = {
  people: { agreement: 'two people', human: "paper's human score", oracle: 'oracle' },
  simulated: {
    agreement: 'two simulated observers',
    human: "paper's human score, simulated",
    oracle: 'oracle, simulated',
  },
} as const;

/** How intervals are drawn, and which metrics are compared. */
export interface TableOptions extends BootstrapOptions {
  /** Default `'none'`. A `'rater'` has votes on triplets alone. */
  readonly cluster?: Cluster;
  /** Names of metrics; each is compared with those before it. Default: none. */
  readonly compared?: readonly string[];
}

/** What is known of the votes. */
export interface TwoAfcOptions extends TableOptions {
  /** Votes for each triplet. Default: as many as the data name on each, else the least number that gives these shares. */
  readonly votes?: number;
  /** Whether the observers are simulated. Default `false`: they are people. */
  readonly simulated?: boolean;
}

const TABLE_OPTIONS = ['draws', 'seed', 'cluster', 'compared'] as const satisfies (keyof TableOptions)[];

/**
 * 2AFC scores of every metric, and the bounds on the same triplets: how often two people agree (on the triplets with two votes
 * or more; left out if there are none, or the number of votes is unknown), the paper's human score, and an oracle.
 *
 * @throws LpipsError as `twoAfcScore`, and where references or votes are missing by which to draw
 */
export function twoAfcTable(
  data: readonly JudgedDistortion[],
  twoAfcOptions: TwoAfcOptions = {},
): ScoreTable {
  checkRecords('twoAfcTable', 'data', data, ['distortion', 'judge', 'distances']);
  checkOptions('twoAfcTable', twoAfcOptions, ['votes', 'simulated', ...TABLE_OPTIONS]);
  const { simulated = false, votes: asked, ...options } = twoAfcOptions;
  const { votes, counts, isShared } = knownVotes(data, asked);
  const names = BOUNDS[simulated ? 'simulated' : 'people'];
  const columns = data.map(({ distortion, judge, distances }, column): Column => {
    const credits = [...distances].map(([name, { d0, d1 }]) => ({
      name,
      kind: 'metric' as const,
      values: twoAfcCredits({ d0, d1, judge }),
    }));
    const bounds = [
      ...(votes !== undefined && isShared
        ? [{ kind: 'agreement' as const, values: agreementOf(judge, counts?.[column] ?? votes) }]
        : []),
      { kind: 'human' as const, values: humanCredits(judge) },
      { kind: 'oracle' as const, values: oracleCredits(judge) },
    ].map(({ kind, values }) => ({ name: names[kind], kind, values }));
    return {
      name: distortion,
      count: judge.length,
      rows: [...credits, ...bounds].map(({ name, kind, values }) => ({
        name,
        kind,
        score: mean(values.filter((value) => !Number.isNaN(value))),
        counted: countedMean(values),
      })),
    };
  });
  const table =
    options.cluster === 'rater'
      ? tableByRater(data, columns, options)
      : tableByItem('twoAfcTable', data, columns, options);
  return votes === undefined ? table : { ...table, votes };
}

/** How often two people agree on each triplet, NaN on those with fewer than two votes. */
function agreementOf(judge: ArrayLike<number>, votes: number | readonly number[]): Float64Array {
  if (typeof votes === 'number') return agreementCredits(judge, votes);
  return Float64Array.from(judge, (share, index) => {
    const count = at(votes, index);
    return count < 2 ? Number.NaN : at(agreementCredits([share], count), 0);
  });
}

/**
 * JND scores (average precision) of every metric.
 *
 * @throws LpipsError as `averagePrecision`, and where references are missing by which to draw
 */
export function jndTable(data: readonly NoticedDistortion[], options: TableOptions = {}): ScoreTable {
  checkRecords('jndTable', 'data', data, ['distortion', 'same', 'distances']);
  checkOptions('jndTable', options, TABLE_OPTIONS);
  checkOneOf('jndTable', 'cluster', options.cluster ?? 'none', CLUSTERS.slice(0, 2));
  const columns = data.map(
    ({ distortion, same, distances }): Column => ({
      name: distortion,
      count: same.length,
      rows: [...distances].map(([name, values]) => {
        const counted = countedAveragePrecision({ distances: values, same });
        return { name, kind: 'metric' as const, score: counted(), counted };
      }),
    }),
  );
  return tableByItem('jndTable', data, columns, options);
}

function tableByItem(
  where: string,
  data: readonly (JudgedDistortion | NoticedDistortion)[],
  columns: readonly Column[],
  { cluster = 'none', compared, ...options }: TableOptions,
): ScoreTable {
  checkOneOf(where, 'cluster', cluster, CLUSTERS);
  if (cluster === 'none') return tabulate(columns, drawItems(columns, options), compared);
  const references = data.map((one) => one.references);
  const { draws, count } = drawReferences(where, columns, references, options);
  return { ...tabulate(columns, draws, compared), cluster: { by: 'reference', count } };
}

/** Raters are drawn with their votes in all distortions. */
function tableByRater(
  data: readonly JudgedDistortion[],
  columns: readonly Column[],
  { compared, draws: count, seed }: TableOptions,
): ScoreTable {
  const lists = data.map(({ distortion, judge, votes }) => {
    if (votes?.length === judge.length) return votes;
    const got = votes === undefined ? 'none' : `those on ${votes.length}`;
    throw invalid('twoAfcTable', `the votes on ${judge.length} triplets`, distortion, got);
  });
  const numbers = new Map<number, number>(); // of those who voted here, among all raters
  const numbered = lists.map((votes) =>
    votes.map((some) =>
      some.map(({ rater, isP1 }) => {
        const number = numbers.get(rater) ?? numbers.size;
        numbers.set(rater, number);
        return { rater: number, isP1 };
      }),
    ),
  );
  const drawn = data.map(({ distances }, column) => ({
    prepare: tallyOf(at(numbered, column)),
    scores: at(columns, column).rows.map(({ name, kind }) => {
      const pair = distances.get(name);
      return talliedScore(kind, pair && choicesOf(pair));
    }),
  }));
  const options = { ...(count !== undefined && { draws: count }), ...(seed !== undefined && { seed }) };
  const draws = drawTogether(numbers.size, drawn, options);
  return { ...tabulate(columns, draws, compared), cluster: { by: 'rater', count: numbers.size } };
}

/** Which copy a metric finds nearer: 1 for p1, 0 for p0, one half at a tie. */
function choicesOf({ d0, d1 }: { d0: ArrayLike<number>; d1: ArrayLike<number> }): number[] {
  return Array.from(d0, (near, index) => {
    const far = at(d1, index);
    return near === far ? 0.5 : near < far ? 0 : 1;
  });
}
