/**
 * @module
 * Distances of several nets become one table, and its scores stand beside those of the paper.
 */
import { at } from 'lpips-core';
import type { Measurements } from '../evaluation/measure.js';
import type { Estimate } from '../scores/bootstrap.js';
import { type TwoAfcOptions, twoAfcTable } from '../scores/score-table.js';
import type { ScoreRow } from '../scores/tabulate.js';
import { PAPER_GROUPS, type PaperScores } from './published-scores.js';

/** A score of this run and of the paper. */
export interface PairOfScores {
  /** In [0, 1]; undefined where the data set lacks a distortion of the group. */
  readonly own: Estimate | undefined;
  /** In percent, as printed. */
  readonly paper: number;
}

/** A metric beside the paper. */
export interface BesidePaper {
  readonly name: string;
  /** In the order of `PAPER_GROUPS`. */
  readonly groups: readonly PairOfScores[];
}

/**
 * Joins distances that were measured on the same items.
 *
 * @param parts of which each names its metrics; the distortions of the first count
 */
export function joinMeasurements(parts: readonly Measurements[]): Measurements {
  const join = <Distances>(
    lists: readonly (readonly {
      readonly distortion: string;
      readonly distances: ReadonlyMap<string, Distances>;
    }[])[],
    distortion: string,
  ) =>
    new Map(
      lists.flatMap((list) => [...(list.find((one) => one.distortion === distortion)?.distances ?? [])]),
    );
  const first = at(parts, 0);
  return {
    judged: first.judged.map((one) => ({
      ...one,
      distances: join(
        parts.map(({ judged }) => judged),
        one.distortion,
      ),
    })),
    noticed: first.noticed.map((one) => ({
      ...one,
      distances: join(
        parts.map(({ noticed }) => noticed),
        one.distortion,
      ),
    })),
  };
}

/**
 * Scores each column of the paper.
 *
 * @param paper what the paper states, by the name of the metric; metrics that it does not have are left out
 * @param human what it states of people
 */
export function besidePaper(
  { judged }: Measurements,
  { paper, human }: { readonly paper: ReadonlyMap<string, PaperScores>; readonly human: PaperScores },
  options: TwoAfcOptions = {},
): BesidePaper[] {
  const tables = PAPER_GROUPS.map(({ distortions }) => {
    const some = judged.filter(({ distortion }) => distortions.some((name) => name === distortion));
    return some.length === distortions.length ? twoAfcTable(some, options) : undefined;
  });
  const line = (name: string, scores: PaperScores, isRow: (row: ScoreRow) => boolean): BesidePaper => ({
    name,
    groups: tables.map((table, group) => ({ own: table?.rows.find(isRow)?.mean, paper: at(scores, group) })),
  });
  return [
    ...[...paper].map(([name, scores]) => line(name, scores, (row) => row.name === name)),
    line("paper's human score", human, ({ kind }) => kind === 'human'),
  ];
}
