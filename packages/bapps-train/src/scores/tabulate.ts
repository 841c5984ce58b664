/**
 * @module
 * Turns scores by distortion into rows with intervals, and the differences of metrics, from draws that all of them see.
 */
import { at, invalid } from 'lpips-core';
import { float64At, uint16At } from '../typed-reads.js';
import {
  type BootstrapOptions,
  type CountedScore,
  DEFAULT_SEED,
  type Difference,
  type DrawnColumn,
  drawScores,
  drawTogether,
  type Estimate,
  estimate,
  estimateDifference,
} from './bootstrap.js';
import type { ScoreKind } from './score-kinds.js';
import { mean } from './two-afc.js';

/** What is drawn again for an interval: single items, all of a reference together, or raters with all their votes. */
export const CLUSTERS = ['none', 'reference', 'rater'] as const;
export type Cluster = (typeof CLUSTERS)[number];

/** One line of a table. */
export interface ScoreRow {
  readonly name: string;
  readonly kind: ScoreKind;
  /** In the order of `ScoreTable.distortions`. */
  readonly scores: readonly Estimate[];
  /** Mean over the distortions, which all count the same, as in the paper. */
  readonly mean: Estimate;
}

/** How much higher one metric scores than another on the same items, by draws that both see. */
export interface DifferenceRow {
  readonly name: string;
  /** The metric whose score is subtracted. */
  readonly from: string;
  readonly scores: readonly Difference[];
  readonly mean: Difference;
}

/** Scores of one kind, 2AFC or JND. */
export interface ScoreTable {
  readonly distortions: readonly { readonly name: string; readonly count: number }[];
  readonly rows: readonly ScoreRow[];
  /** Of 2AFC: votes for each triplet, their mean where the numbers differ; undefined if they are not known. */
  readonly votes?: number;
  /** Each metric that was to be compared against each of those before it. */
  readonly differences?: readonly DifferenceRow[];
  /** What was drawn for the intervals, and of how many, where it was not single items. */
  readonly cluster?: { readonly by: Exclude<Cluster, 'none'>; readonly count: number };
}

/** The scores of one distortion. */
export interface Column {
  readonly name: string;
  readonly count: number;
  readonly rows: readonly (Pick<ScoreRow, 'name' | 'kind'> & {
    readonly score: number;
    /** By how often each item is counted. */
    readonly counted: CountedScore;
  })[];
}

/** The rows of columns by the values of every draw, `[column][row]`. */
export function tabulate(
  columns: readonly Column[],
  draws: readonly (readonly Float64Array[])[],
  compared: readonly string[] = [],
): ScoreTable {
  const [first] = columns;
  const scoresOf = (row: number) => columns.map((column) => at(column.rows, row).score);
  const drawnOf = (row: number) => draws.map((lists) => at(lists, row));
  const names = (first?.rows ?? []).map(({ name }) => name);
  const rows = (first?.rows ?? []).map(({ name, kind }, row): ScoreRow => {
    const [scores, drawn] = [scoresOf(row), drawnOf(row)];
    return {
      name,
      kind,
      scores: scores.map((score, column) => estimate(score, at(drawn, column))),
      mean: estimate(meanOf(scores), meanOfLists(drawn)),
    };
  });
  const differenceOf = (name: string, from: string): DifferenceRow => {
    const [a, b] = [names.indexOf(name), names.indexOf(from)];
    const [ofA, ofB] = [drawnOf(a), drawnOf(b)];
    const [scoresA, scoresB] = [scoresOf(a), scoresOf(b)];
    return {
      name,
      from,
      scores: scoresA.map((score, column) =>
        estimateDifference(score, at(scoresB, column), at(ofA, column), at(ofB, column)),
      ),
      mean: estimateDifference(meanOf(scoresA), meanOf(scoresB), meanOfLists(ofA), meanOfLists(ofB)),
    };
  };
  const known = compared.filter((name) => names.includes(name));
  const differences = known.flatMap((name, place) =>
    known.slice(0, place).map((from) => differenceOf(name, from)),
  );
  const distortions = columns.map(({ name, count }) => ({ name, count }));
  return { distortions, rows, ...(differences.length > 0 && { differences }) };
}

/** Each distortion has draws of its own, so that the errors in the mean are independent. */
export function drawItems(columns: readonly Column[], options: BootstrapOptions): Float64Array[][] {
  const { seed = DEFAULT_SEED } = options;
  return columns.map(({ count, rows }, column) =>
    drawScores(
      count,
      rows.map(({ counted }) => counted),
      { ...options, seed: seed + column },
    ),
  );
}

/**
 * Draws references with all their items, of all distortions: what shows the same picture rises and falls together.
 *
 * @param references for each column, the reference of every item
 * @returns the draws, and the number of references
 * @throws LpipsError where the references of some items are not known
 */
export function drawReferences(
  where: string,
  columns: readonly Column[],
  references: readonly (readonly string[] | undefined)[],
  options: BootstrapOptions,
): { readonly draws: Float64Array[][]; readonly count: number } {
  const numbers = new Map<string, number>();
  const numberOf = (reference: string): number => {
    const number = numbers.get(reference) ?? numbers.size;
    numbers.set(reference, number);
    return number;
  };
  const drawn = columns.map(({ count, rows }, column): DrawnColumn<Uint16Array> => {
    const known = references[column];
    if (known?.length !== count) {
      const got = known === undefined ? 'none' : `${known.length}`;
      throw invalid(where, `${count} references, one for each item,`, at(columns, column).name, got);
    }
    const own = Uint32Array.from(known, numberOf);
    const items = new Uint16Array(count);
    const prepare = (counts: Uint16Array) => {
      const timesAt = uint16At;
      for (let item = 0; item < count; item++) items[item] = timesAt(counts, at(own, item));
      return items;
    };
    return { prepare, scores: rows.map(({ counted }) => counted) };
  });
  return { draws: drawTogether(numbers.size, drawn, options), count: numbers.size };
}

function meanOf(scores: readonly number[]): number {
  return mean(Float64Array.from(scores));
}

/** The mean of several lists, place by place. */
function meanOfLists(lists: readonly Float64Array[]): Float64Array {
  return at(lists, 0).map((_, place) => mean(Float64Array.from(lists, (list) => float64At(list, place))));
}
