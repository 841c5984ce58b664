/**
 * @module
 * Scores of several metrics over several distortions, each with its interval, and their means over distortions.
 * `bapps evaluate` prints them, and `bapps report` draws them.
 */
import { at, checkOptions } from 'lpips-core';
import { checkRecords } from '../check-arguments.js';
import { float64At } from '../typed-reads.js';
import { countedAveragePrecision } from './average-precision.js';
import {
  type BootstrapOptions,
  type CountedScore,
  countedMean,
  DEFAULT_SEED,
  drawScores,
  type Estimate,
  estimate,
} from './bootstrap.js';
import {
  agreementCredits,
  humanCredits,
  mean,
  oracleCredits,
  twoAfcCredits,
  votesBehind,
} from './two-afc.js';

/** The judgements of one distortion, and the distances of every metric. */
export interface JudgedDistortion {
  readonly distortion: string;
  readonly judge: ArrayLike<number>;
  readonly distances: ReadonlyMap<string, { readonly d0: ArrayLike<number>; readonly d1: ArrayLike<number> }>;
}

/** The judgements of pairs of one distortion, and the distances of every metric. */
export interface NoticedDistortion {
  readonly distortion: string;
  readonly same: ArrayLike<number>;
  readonly distances: ReadonlyMap<string, ArrayLike<number>>;
}

/** What is scored: a metric, or a bound that metrics are compared with (see two-afc.ts). */
export type ScoreKind = 'metric' | 'agreement' | 'human' | 'oracle';

/** Names of the bounds, by who voted. */
const BOUNDS = {
  people: { agreement: 'two people', human: "paper's human score", oracle: 'oracle' },
  simulated: {
    agreement: 'two simulated observers',
    human: "paper's human score, simulated",
    oracle: 'oracle, simulated',
  },
} as const;

/** What is known of the votes. */
export interface TwoAfcOptions extends BootstrapOptions {
  /** Votes for each triplet. Default: the least number that gives these shares. */
  readonly votes?: number;
  /** Whether the observers are simulated. Default `false`: they are people. */
  readonly simulated?: boolean;
}

const BOOTSTRAP_OPTIONS = ['draws', 'seed'] as const satisfies (keyof BootstrapOptions)[];

/** One line of the table. */
export interface ScoreRow {
  readonly name: string;
  readonly kind: ScoreKind;
  /** In the order of `ScoreTable.distortions`. */
  readonly scores: readonly Estimate[];
  /** Mean over the distortions, which all count the same, as in the paper. */
  readonly mean: Estimate;
}

/** Scores of one kind, 2AFC or JND. */
export interface ScoreTable {
  readonly distortions: readonly { readonly name: string; readonly count: number }[];
  readonly rows: readonly ScoreRow[];
  /** Of 2AFC: votes for each triplet; undefined if they cannot be told from the shares. */
  readonly votes?: number;
}

/**
 * 2AFC scores of every metric, and the bounds on the same triplets: how often two people agree (unless there is one vote
 * each, or the number of votes is unknown), the paper's human score, and an oracle.
 *
 * @throws LpipsError as `twoAfcScore`
 */
export function twoAfcTable(
  data: readonly JudgedDistortion[],
  twoAfcOptions: TwoAfcOptions = {},
): ScoreTable {
  checkRecords('twoAfcTable', 'data', data, ['distortion', 'judge', 'distances']);
  checkOptions('twoAfcTable', twoAfcOptions, ['votes', 'simulated', ...BOOTSTRAP_OPTIONS]);
  const judges = data.map(({ judge }) => judge);
  const { simulated = false, votes = votesBehind(judges), ...options } = twoAfcOptions;
  const names = BOUNDS[simulated ? 'simulated' : 'people'];
  const table = tabulate(
    data.map(({ distortion, judge, distances }) => {
      const credits = [...distances].map(([name, { d0, d1 }]) => ({
        name,
        kind: 'metric' as const,
        values: twoAfcCredits({ d0, d1, judge }),
      }));
      const bounds = [
        ...(votes === undefined || votes < 2
          ? []
          : [{ kind: 'agreement' as const, values: agreementCredits(judge, votes) }]),
        { kind: 'human' as const, values: humanCredits(judge) },
        { kind: 'oracle' as const, values: oracleCredits(judge) },
      ].map(({ kind, values }) => ({ name: names[kind], kind, values }));
      return {
        name: distortion,
        count: judge.length,
        rows: [...credits, ...bounds].map(({ name, kind, values }) => ({
          name,
          kind,
          score: mean(values),
          counted: countedMean(values),
        })),
      };
    }),
    options,
  );
  return votes === undefined ? table : { ...table, votes };
}

/**
 * JND scores (average precision) of every metric.
 *
 * @throws LpipsError as `averagePrecision`
 */
export function jndTable(data: readonly NoticedDistortion[], options: BootstrapOptions = {}): ScoreTable {
  checkRecords('jndTable', 'data', data, ['distortion', 'same', 'distances']);
  checkOptions('jndTable', options, BOOTSTRAP_OPTIONS);
  return tabulate(
    data.map(({ distortion, same, distances }) => ({
      name: distortion,
      count: same.length,
      rows: [...distances].map(([name, values]) => {
        const counted = countedAveragePrecision({ distances: values, same });
        return { name, kind: 'metric' as const, score: counted(), counted };
      }),
    })),
    options,
  );
}

interface Column {
  readonly name: string;
  readonly count: number;
  readonly rows: readonly (Pick<ScoreRow, 'name' | 'kind'> & { score: number; counted: CountedScore })[];
}

/** Turns columns into rows. Each distortion has draws of its own, so that the errors in the mean are independent. */
function tabulate(columns: readonly Column[], options: BootstrapOptions = {}): ScoreTable {
  const { seed = DEFAULT_SEED } = options;
  const draws = columns.map(({ count, rows }, column) =>
    drawScores(
      count,
      rows.map(({ counted }) => counted),
      { ...options, seed: seed + column },
    ),
  );
  const [first] = columns;
  const rows = (first?.rows ?? []).map(({ name, kind }, row): ScoreRow => {
    const scores = columns.map((column) => at(column.rows, row).score);
    const drawn = draws.map((lists) => at(lists, row));
    return {
      name,
      kind,
      scores: scores.map((score, column) => estimate(score, at(drawn, column))),
      mean: estimate(mean(Float64Array.from(scores)), meanOfLists(drawn)),
    };
  });
  return { distortions: columns.map(({ name, count }) => ({ name, count })), rows };
}

/** The mean of several lists, place by place. */
function meanOfLists(lists: readonly Float64Array[]): Float64Array {
  return at(lists, 0).map((_, place) => mean(Float64Array.from(lists, (list) => float64At(list, place))));
}
