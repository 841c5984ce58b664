/**
 * @module
 * Two records of one benchmark, row by row: what fell, what gained, what is missing, and how far the machine itself differs.
 */
import { invalid } from 'lpips-core';
import { median } from './alternate.js';
import type { BenchRecord, Row, Unit } from './bench-record.js';
import { type RatioInterval, ratioInterval } from './ratio-interval.js';

/** A benchmark has dozens of rows, so that at 95 % one or two would fall by chance. */
const LEVEL = 0.99;
/** Below this, which takes three times on both sides, a row gets no verdict. */
const LEAST_LEVEL = 0.89;

/** `slower` and `faster` where the whole interval lies beyond the margin; `unknown` where there are too few times. */
type Verdict = 'slower' | 'faster' | 'same' | 'unknown';

/** A row that both records hold. */
export interface ComparedRow {
  readonly name: string;
  readonly unit: Unit;
  readonly isCompetitor: boolean;
  /** Medians. */
  readonly before: number;
  readonly after: number;
  /** Of the medians, after to before. */
  readonly ratio: number;
  readonly interval: RatioInterval;
  readonly verdict: Verdict;
}

/** Two records beside each other. */
export interface Comparison {
  readonly rows: readonly ComparedRow[];
  /** Names of rows that only one record holds. */
  readonly onlyBefore: readonly string[];
  readonly onlyAfter: readonly string[];
  /** In what the machines, versions and command lines differ, a sentence each. */
  readonly differences: readonly string[];
  /** Geometric mean of the ratios of the competitors, which is that of the machine; undefined where there are none. */
  readonly competitors: number | undefined;
}

/**
 * @param margin share by which a row may change before it counts: 0.05 for 5 %
 * @throws LpipsError where the records are of different benchmarks
 */
export function compareRecords(before: BenchRecord, after: BenchRecord, margin: number): Comparison {
  if (before.benchmark !== after.benchmark) {
    const got = `${before.benchmark} and ${after.benchmark}`;
    throw invalid('compareRecords', 'records of one benchmark', 'the two files', got);
  }
  const later = new Map(after.rows.map((row) => [row.name, row]));
  const earlier = new Set(before.rows.map(({ name }) => name));
  const rows = before.rows.flatMap((row) => {
    const other = later.get(row.name);
    return other === undefined || other.unit !== row.unit ? [] : [compareRow(row, other, margin)];
  });
  const paired = new Set(rows.map(({ name }) => name));
  const competitors = rows.filter(({ isCompetitor, unit }) => isCompetitor && unit !== 'bytes');
  return {
    rows,
    onlyBefore: [...earlier].filter((name) => !paired.has(name)),
    onlyAfter: [...later.keys()].filter((name) => !paired.has(name)),
    differences: differencesOf(before, after),
    competitors: competitors.length === 0 ? undefined : geometricMean(competitors.map(({ ratio }) => ratio)),
  };
}

function compareRow(before: Row, after: Row, margin: number): ComparedRow {
  const medians = { before: median(before.values), after: median(after.values) };
  const interval = ratioInterval(before.values, after.values, LEVEL);
  const { name, unit, isCompetitor } = before;
  const ratio = medians.after / medians.before;
  return { name, unit, isCompetitor, ...medians, ratio, interval, verdict: verdictOf(interval, margin) };
}

function verdictOf({ low, high, level }: RatioInterval, margin: number): Verdict {
  if (level < LEAST_LEVEL) return 'unknown';
  if (low > 1 + margin) return 'slower';
  return high < 1 / (1 + margin) ? 'faster' : 'same';
}

/** What a record says of its machine or its versions, by name. */
type Facts = Readonly<Record<string, string | number>>;

function differencesOf(before: BenchRecord, after: BenchRecord): string[] {
  const differ = (what: string, a: Facts, b: Facts) =>
    [...new Set([...Object.keys(a), ...Object.keys(b)])]
      .filter((key) => a[key] !== b[key])
      .map((key) => `${what} differ in ${key}: ${told(a[key])} before, ${told(b[key])} after`);
  const line = ({ commandLine }: BenchRecord): Facts => ({ arguments: commandLine.join(' ') });
  return [
    ...differ('the machines', { ...before.machine }, { ...after.machine }),
    ...differ('the versions', before.versions, after.versions),
    ...differ('the command lines', line(before), line(after)),
  ];
}

function told(value: string | number | undefined): string {
  return value === undefined || value === '' ? 'none' : String(value);
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
