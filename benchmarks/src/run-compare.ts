/**
 * @module
 * `npm run bench:compare before.json after.json`: two records of one benchmark, and what fell by more than noise.
 */
import { number, required, toggle } from 'example-harness/flags';
import { type Options, startProgram } from 'example-harness/program';
import { EXIT, type Terminal } from 'lpips-node/command-line';
import { type BenchRecord, readRecord, type Unit } from './bench-record.js';
import { type ComparedRow, type Comparison, compareRecords } from './compare-records.js';

const flags = {
  before: required('FILE', 'what a benchmark wrote with --json; may stand without the flag'),
  after: required('FILE', 'what the same benchmark wrote later; may stand behind it'),
  least: number('PERCENT', 'changes up to this do not count', 5, 0, 1000),
  fail: toggle('ends with code 1 where a row fell or is missing'),
};

/** What a row says of its verdict. */
const NOTES = { slower: 'slower', faster: 'faster', same: '', unknown: 'too few turns' } as const;

await startProgram({
  name: 'bench:compare',
  about: `Compares two records of a benchmark row by row, and names what got slower by more than noise: where the whole interval of the ratio
(rank-based, 99 % or the most that the number of turns gives, for 3 turns 90 %) lies above --least.`,
  flags,
  bare: ['before', 'after'],
  run,
});

async function run(options: Options<typeof flags>, terminal: Terminal): Promise<void> {
  const [before, after] = [await readRecord(options.before), await readRecord(options.after)];
  const comparison = compareRecords(before, after, options.least / 100);
  terminal.out(`${describe('before', before)}\n${describe('after', after)}\n\n`);
  for (const difference of comparison.differences) terminal.error(`bench:compare: ${difference}\n`);
  terminal.out(tableOf(comparison.rows));
  terminal.out(`\n${summaryOf(comparison, options.least).join('\n')}\n`);
  if (options.fail && hasFallen(comparison)) process.exitCode = EXIT.failed;
}

function describe(which: string, { benchmark, date, commit }: BenchRecord): string {
  return `${which.padEnd(6)}  ${benchmark}, ${date}, commit ${commit?.replace(/^(.{12})[^+]*/, '$1') ?? 'unknown'}`;
}

function tableOf(rows: readonly ComparedRow[]): string {
  const cells = rows.map(({ name, unit, isCompetitor, before, after, ratio, interval, verdict }) => {
    const { low, high, level } = interval;
    return [
      isCompetitor ? `${name} (competitor)` : name,
      told(before, unit),
      told(after, unit),
      ratio.toFixed(3),
      level === 0 ? '' : `${low.toFixed(3)} to ${high.toFixed(3)}`,
      level === 0 ? '' : `${(100 * level).toFixed(1)} %`,
      NOTES[verdict],
    ];
  });
  const table = [['row', 'before', 'after', 'ratio', 'interval', 'level', ''], ...cells];
  const widths =
    table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = table.map((row) => {
    const padded = row.map((cell, i) =>
      i === 0 || i === 6 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0),
    );
    return padded.join('  ').trimEnd();
  });
  return `${lines.join('\n')}\n`;
}

function told(value: number, unit: Unit): string {
  if (unit === 'bytes') return `${(value / 2 ** 20).toFixed(0)} MB`;
  return `${value >= 100 ? value.toFixed(0) : value.toPrecision(3)} ${unit}`;
}

/** Competitors do not fall: their code is not ours. */
function fallen({ rows }: Comparison): ComparedRow[] {
  return rows.filter(({ verdict, isCompetitor }) => verdict === 'slower' && !isCompetitor);
}

function hasFallen(comparison: Comparison): boolean {
  return fallen(comparison).length > 0 || comparison.onlyBefore.length > 0;
}

function summaryOf(comparison: Comparison, least: number): string[] {
  const { rows, onlyBefore, onlyAfter, competitors } = comparison;
  const gained = rows.filter(({ verdict, isCompetitor }) => verdict === 'faster' && !isCompetitor);
  const unknown = rows.filter(({ verdict }) => verdict === 'unknown').length;
  const list = (what: string, names: readonly string[]) => {
    return names.length === 0 ? [] : [`${what}:`, ...names.map((name) => `  ${name}`)];
  };
  const names = (some: readonly ComparedRow[]) =>
    some.map(({ name, ratio }) => `${name}, ${ratio.toFixed(2)} times as much`);
  const slower = fallen(comparison);
  return [
    ...(slower.length === 0 ? [`Nothing fell by more than noise and ${least} %.`] : []),
    ...list(`Fell by more than noise and ${least} %`, names(slower)),
    ...list('Gained', names(gained)),
    ...list('Missing after', onlyBefore),
    ...list('New after', onlyAfter),
    ...(unknown === 0 ? [] : [`${unknown} of ${rows.length} rows have too few turns for a verdict.`]),
    ...(competitors === undefined
      ? []
      : [`The competitors, which are the same code, took ${competitors.toFixed(2)} of their time before.`]),
  ];
}
