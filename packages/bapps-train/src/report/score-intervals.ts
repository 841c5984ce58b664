/**
 * @module
 * A table of scores as it stands on a page: a dot with its interval for each metric, and lines for the bounds.
 */
import { printable } from 'lpips-core';
import { type Html, intervalTable, type Tone } from 'lpips-pictures/page';
import type { Estimate } from '../scores/bootstrap.js';
import type { ScoreRow, ScoreTable } from '../scores/tabulate.js';

/** Columns of a score table; `undefined` stands for their mean. */
export type ScoredDistortions = readonly (ScoreTable['distortions'][number] | undefined)[];

/** How scores are drawn. */
export interface ScoreIntervalOptions {
  readonly distortions: ScoredDistortions;
  readonly caption: string;
  /** Names of the metrics that come first, in this order. */
  readonly first: readonly string[];
  readonly toneOf: (metric: string) => Tone;
}

/** How the bounds are drawn. */
const MARKS = { agreement: 'solid', human: 'dotted', oracle: 'dashed' } as const;

/** A group of rows for each distortion. */
export function scoreIntervals(
  table: ScoreTable,
  { distortions, caption, first, toneOf }: ScoreIntervalOptions,
): Html {
  const rankOf = ({ name }: ScoreRow) => first.indexOf(name) >>> 0; // the others come last
  const at = ({ scores, mean }: ScoreRow, index: number): Estimate => scores[index] ?? mean;
  const metrics = table.rows
    .filter(({ kind }) => kind === 'metric')
    .toSorted((a, b) => rankOf(a) - rankOf(b));
  const bounds = table.rows.flatMap((row) => (row.kind === 'metric' ? [] : [{ row, kind: MARKS[row.kind] }]));
  const groups = distortions.map((distortion, index) => ({
    name: printable(distortion?.name ?? 'All distortions'),
    detail: distortion === undefined ? 'mean' : `${distortion.count} judgements`,
    rows: metrics
      .filter((row) => !Number.isNaN(at(row, index).score))
      .map((row) => {
        const { score, low, high } = at(row, index);
        return { name: printable(row.name), tone: toneOf(row.name), value: score, low, high };
      }),
    marks: bounds
      .map(({ row, kind }) => ({ name: row.name, kind, value: at(row, index).score }))
      .filter(({ value }) => !Number.isNaN(value)),
  }));
  return intervalTable(
    groups.filter(({ rows }) => rows.length > 0),
    {
      caption: `${caption}, with 95 % intervals`,
      ticks: ticksOf(
        groups.flatMap(({ rows, marks }) => [
          ...rows.flatMap(({ low, high }) => [low, high]),
          ...marks.map(({ value }) => value),
        ]),
      ),
      format: percent,
      formatHalf: (half) => `±${(100 * half).toFixed(1)}`,
    },
  );
}

/** A share in percent, as pages write it: `84.5`, `80`. */
export function percent(share: number): string {
  const value = (100 * share).toFixed(1);
  return Number.isInteger(10 * share) ? value.replace('.0', '') : value;
}

/** Ticks every 10 %, around the values. */
function ticksOf(values: readonly number[]): number[] {
  const known = values.filter((value) => !Number.isNaN(value));
  const first = Math.floor(10 * Math.min(...known));
  const last = Math.ceil(10 * Math.max(...known));
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) / 10);
}
