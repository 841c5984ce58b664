/**
 * @module
 * Score tables for a terminal and as CSV.
 */
import { at, printable } from 'lpips-core';
import { csvField } from 'lpips-node/files';
import type { Estimate } from '../scores/bootstrap.js';
import type { ScoreTable } from '../scores/score-table.js';

/** Tells that the judgements behind scores are no person's. */
export const SIMULATED = 'bapps: these judgements are simulated; no person was asked.\n';

/** How a score is printed. */
export type ScoreStyle = 'percent' | 'six places';

/**
 * One line for each metric, one column for each distortion, the mean last.
 *
 * @param heading what the scores are; the first line
 */
export function scoreLines(heading: string, { distortions, rows }: ScoreTable, style: ScoreStyle): string {
  const head = ['', ...distortions.map(({ name, count }) => `${printable(name)} (${count})`), 'mean'];
  const body = rows.map(({ name, scores, mean }) => [
    printable(name),
    ...[...scores, mean].map((score) => formatEstimate(score, style)),
  ]);
  return `${printable(heading)}\n${tableLines([head, ...body])}`;
}

/** Rows as lines, in columns: the first to the left, numbers to the right. */
export function tableLines(rows: readonly (readonly string[])[]): string {
  const widths = at(rows, 0).map((_, column) => Math.max(...rows.map((cells) => at(cells, column).length)));
  const lineOf = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(at(widths, 0)) : cell.padStart(at(widths, column))))
      .join('  ')
      .trimEnd();
  return rows.map((cells) => `${lineOf(cells)}\n`).join('');
}

/** RFC 4180 with a header line; the mean has the distortion `mean`. */
export function scoreCsv(tables: Readonly<Record<string, ScoreTable | undefined>>): string {
  const lines = Object.entries(tables).flatMap(([task, table]) =>
    (table?.rows ?? []).flatMap(({ name, kind, scores, mean }) => {
      const line = (distortion: string, count: number, { score, low, high }: Estimate) =>
        [task, distortion, csvField(name), kind, score, low, high, count].join(',');
      const columns = table?.distortions ?? [];
      return [
        ...columns.map(({ name, count }, index) => line(csvField(name), count, at(scores, index))),
        line(
          'mean',
          columns.reduce((sum, { count }) => sum + count, 0),
          mean,
        ),
      ];
    }),
  );
  return ['task,distortion,metric,kind,score,low,high,count', ...lines].map((line) => `${line}\r\n`).join('');
}

function formatEstimate({ score, low, high }: Estimate, style: ScoreStyle): string {
  if (Number.isNaN(score)) return '–';
  const [factor, digits] = style === 'percent' ? [100, 2] : [1, 6];
  const half = ((high - low) / 2) * factor;
  return `${(score * factor).toFixed(digits)} ±${half.toFixed(style === 'percent' ? 1 : 3)}`;
}

/** A share in percent: `84.5 %`. */
export function percent(share: number, digits: number): string {
  return `${(100 * share).toFixed(digits)} %`;
}
