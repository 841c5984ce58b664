/**
 * @module
 * The scores of several runs as one table: a line for each seed or fold, their mean, and how far they lie apart.
 */
import { at, printable } from 'lpips-core';
import { finalScores, meanScore, type TrainingLog } from '../training/training-log.js';
import { percent } from './score-lines.js';

/** One of several runs. */
export interface RunOfSeveral {
  readonly log: TrainingLog;
  /** From 1, where there are folds. */
  readonly fold: number | undefined;
}

/** Scores of one distortion, or of their mean, over all runs. */
export interface Spread {
  readonly mean: number;
  /** Standard deviation, as of a sample, between the folds; of seeds, where there are no folds. */
  readonly deviation: number;
  /** The same between seeds within a fold, where there are both. */
  readonly ofSeeds?: number;
}

/** The spread of each column: distortions, and their mean; empty without any scores. */
export function spreadOf(runs: readonly RunOfSeveral[]): [column: string, spread: Spread][] {
  const groups = groupsOf(runs);
  const hasSeveralSeeds = groups.some(({ rows }) => rows.length > 1) && groups.length > 1;
  return columnsOf(runs).map((name, column) => {
    const values = groups.map(({ rows }) => rows.map((row) => at(row, column)).filter(Number.isFinite));
    const means = values.filter(({ length }) => length > 0).map(meanOf);
    const ofSeeds = Math.sqrt(meanOf(values.filter(({ length }) => length > 1).map(varianceOf)));
    const spread = { mean: meanOf(means), deviation: Math.sqrt(varianceOf(means)) };
    return [name, hasSeveralSeeds ? { ...spread, ofSeeds } : spread];
  });
}

/** The table. */
export function runLines(runs: readonly RunOfSeveral[]): string {
  const spread = spreadOf(runs);
  if (spread.length === 0) return `${runs.length} runs; there are no held-out triplets to score them on\n`;
  const groups = groupsOf(runs);
  const columns = columnsOf(runs);
  const isTest = runs.every(({ log }) => log.test !== undefined);
  const ofSeeds = spread.flatMap(([, one]) => (one.ofSeeds === undefined ? [] : [shown(one.ofSeeds)]));
  const hasFolds = runs.some(({ fold }) => fold !== undefined);
  const deviation = ofSeeds.length > 0 ? '± between folds' : '± deviation';
  const lines = [
    [isTest ? 'test 2AFC' : 'held-out 2AFC', ...columns.map((name) => printable(name))],
    ...groups.map(({ name, rows }) => [
      name,
      ...columns.map((_, column) =>
        shown(meanOf(rows.map((row) => at(row, column)).filter(Number.isFinite))),
      ),
    ]),
    ['mean', ...spread.map(([, { mean }]) => shown(mean))],
    [hasFolds ? deviation : '± deviation', ...spread.map(([, one]) => shown(one.deviation))],
    ...(ofSeeds.length > 0 ? [['± between seeds', ...ofSeeds]] : []),
  ];
  const width = Math.max(...lines.flat().map(({ length }) => length));
  const padded = lines.map((cells) =>
    cells
      .map((cell) => cell.padEnd(width))
      .join('  ')
      .trimEnd(),
  );
  return padded.map((line) => `${line}\n`).join('');
}

/** The runs of one fold, or a run of its own where there are seeds alone. */
interface Group {
  readonly name: string;
  /** `[run][column]` */
  readonly rows: readonly (readonly number[])[];
}

function groupsOf(runs: readonly RunOfSeveral[]): Group[] {
  const columns = columnsOf(runs);
  const rowOf = ({ log }: RunOfSeveral): number[] => {
    const scores = finalScores(log);
    // A fold may hold out no triplet of a rare distortion.
    return columns.map((name, column) =>
      column === columns.length - 1 ? meanScore(scores) : (scores[name] ?? Number.NaN),
    );
  };
  const folds = [...new Set(runs.map(({ fold }) => fold))];
  if (folds.includes(undefined)) {
    return runs.map((run) => ({ name: `seed ${run.log.seed}`, rows: [rowOf(run)] }));
  }
  return folds.map((fold) => {
    const own = runs.filter((run) => run.fold === fold);
    const seeds = own.length > 1 ? `, ${own.length} seeds` : '';
    return { name: `fold ${fold}${seeds}`, rows: own.map(rowOf) };
  });
}

/** The distortions of all runs, and `mean`; none if nothing was scored. */
function columnsOf(runs: readonly RunOfSeveral[]): string[] {
  const names = [...new Set(runs.flatMap(({ log }) => Object.keys(finalScores(log))))];
  return names.length === 0 ? [] : [...names, 'mean'];
}

function shown(share: number): string {
  return Number.isNaN(share) ? '–' : percent(share, 2);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** That of a sample. */
function varianceOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}
