/**
 * @module
 * Score tables for a terminal and as CSV.
 */
import { at, printable } from 'lpips-core';
import { csvField } from 'lpips-node/files';
import type { BesidePaper } from '../reproduce/beside-paper.js';
import { PAPER, PAPER_GROUPS } from '../reproduce/published-scores.js';
import type { Difference, Estimate } from '../scores/bootstrap.js';
import type { ScoreTable } from '../scores/tabulate.js';

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

/**
 * One line for each pair of metrics, as far as they were compared.
 *
 * @returns undefined where none were
 */
export function differenceLines(
  heading: string,
  { distortions, differences }: ScoreTable,
  style: ScoreStyle,
): string | undefined {
  if (differences === undefined) return undefined;
  const head = ['', ...distortions.map(({ name }) => printable(name)), 'mean'];
  const body = differences.map(({ name, from, scores, mean }) => [
    `${printable(name)} − ${printable(from)}`,
    ...[...scores, mean].map((one) => formatDifference(one, style)),
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

/** Scores in the columns of the paper, and below them those of the paper, which has one decimal. */
export function besidePaperLines(rows: readonly BesidePaper[]): string {
  const head = ['', ...PAPER_GROUPS.map(({ name }) => name)];
  const body = rows.flatMap(({ name, groups }) => [
    [printable(name), ...groups.map(({ own }) => (own === undefined ? '–' : formatEstimate(own, 'percent')))],
    ['  the paper', ...groups.map(({ paper }) => paper.toFixed(1))],
  ]);
  return `2AFC beside ${PAPER}, %\n${tableLines([head, ...body])}`;
}

/** RFC 4180 with a header line; the mean has the distortion `mean`. */
export function scoreCsv(tables: Readonly<Record<string, ScoreTable | undefined>>): string {
  const lines = Object.entries(tables).flatMap(([task, table]) =>
    csvRows(table).flatMap(({ name, kind, scores, mean }) => {
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

/** The rows of a table, and its differences as rows of their own. */
function csvRows(table: ScoreTable | undefined) {
  const differences = (table?.differences ?? []).map(({ name, from, scores, mean }) => ({
    name: `${name} − ${from}`,
    kind: 'difference',
    scores,
    mean,
  }));
  return [...(table?.rows ?? []), ...differences];
}

function formatDifference({ score, low, high, reversed }: Difference, style: ScoreStyle): string {
  if (Number.isNaN(score)) return '–';
  const [factor, digits] = style === 'percent' ? [100, 2] : [1, 6];
  const signed = (share: number) => {
    const text = Math.abs(share * factor).toFixed(digits);
    return Number(text) === 0 ? text : `${share < 0 ? '−' : '+'}${text}`;
  };
  return `${signed(score)} [${signed(low)}, ${signed(high)}] ${percent(reversed, 1)}`;
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
