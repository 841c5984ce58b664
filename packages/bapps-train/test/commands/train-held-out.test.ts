/**
 * @module
 * `bapps train` with triplets that choose nothing: a test split, a test share, folds.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTrainingLog } from 'bapps-train';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawExtraction } from '../support/drawn-extraction.js';
import { bapps } from '../support/run-bapps.js';

const SHORT = ['--learning-rate', '0.01', '--epochs', '2', '--decay-epochs', '0', '--quiet'];
let folder: string;
const at = (...path: string[]) => join(folder, ...path);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'held-out-'));
  await drawExtraction(at('vectors'), { train: 120, val: 60, copies: 3 });
  await drawExtraction(at('three'), { train: 120, val: 60, test: 40 });
});
afterAll(() => rm(folder, { recursive: true }));

const train = (from: string, run: string, ...args: string[]) =>
  bapps('train', at(from), '--out', at(run), ...SHORT, ...args);

/** The table, cell by cell. */
function cellsOf(out: string): string[][] {
  const lines = out.trim().split('\n');
  const start = lines.findIndex((line) => /^(test|held-out) 2AFC/.test(line));
  return lines.slice(start).map((line) => line.split(/ {2,}/));
}

describe('a final score', () => {
  it('is on 2afc/test, where there is one', async () => {
    const { out, code } = await train('three', 'on-test', '--keep', 'best');
    expect(code).toBe(0);
    const { test, keptEpoch } = await readTrainingLog(at('on-test'));
    const score = test?.['drawn'] ?? 0;
    expect(out).toContain(`  test 2AFC ${(100 * score).toFixed(2)} %  epoch ${keptEpoch} of 2\n`);
    expect(Object.keys(test ?? {})).toEqual(['drawn']);
  });

  it('is on a share of the references of val', async () => {
    const { out, code } = await train('vectors', 'shared', '--test-share', '0.5');
    expect(code).toBe(0);
    expect(out).toMatch(/held-out 2AFC .* after {2}test 2AFC \d\d\.\d\d %\n$/);
    const { settings } = await readTrainingLog(at('shared'));
    expect(settings?.['held out']).toBe('test share 0.5 by seed 1');
    const other = await train('vectors', 'shared', '--test-share', '0.25');
    expect(other.error).toMatch(/expected a checkpoint of .*, test share 0\.25 by seed 1 for/);
  });

  it('is refused where the data set has a test split already', async () => {
    const { error, code } = await train('three', 'twice', '--test-share', '0.5');
    expect(code).toBe(1);
    expect(error).toContain(`set triplets of val aside: ${at('three')} has 2afc/test already.`);
  });
});

describe('folds', () => {
  it('end in one table, with their mean and spread', async () => {
    const { out, code } = await train('vectors', 'folds', '--folds', '3');
    expect(code).toBe(0);
    const logs = await Promise.all([1, 2, 3].map((fold) => readTrainingLog(at('folds', `fold-${fold}`))));
    expect(logs.map(({ triplets }) => triplets)).toEqual([120, 120, 120]);
    const scores = logs.map(({ epochs }) => 100 * (epochs.at(-1)?.heldOut['drawn'] ?? 0));
    const mean = scores.reduce((sum, score) => sum + score, 0) / 3;
    const deviation = Math.sqrt(scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / 2);
    const cells = (name: string, value: number) => [name, `${value.toFixed(2)} %`, `${value.toFixed(2)} %`];
    expect(cellsOf(out)).toEqual([
      ['held-out 2AFC', 'drawn', 'mean'],
      ...scores.map((score, index) => cells(`fold ${index + 1}`, score)),
      cells('mean', mean),
      cells('± deviation', deviation),
    ]);
  });

  it('with seeds tell the spread of folds from that of seeds', async () => {
    const args = ['--folds', '3', '--seeds', '2', '--keep', 'best'];
    const { out } = await train('vectors', 'both', ...args);
    const logs = await Promise.all(
      [1, 2, 3].flatMap((fold) =>
        [1, 2].map((seed) => readTrainingLog(at('both', `fold-${fold}`, `seed-${seed}`))),
      ),
    );
    const scores = logs.map(({ test }) => 100 * (test?.['drawn'] ?? 0));
    const means = [0, 2, 4].map((first) => ((scores[first] ?? 0) + (scores[first + 1] ?? 0)) / 2);
    const within = [0, 2, 4].map((first) => ((scores[first] ?? 0) - (scores[first + 1] ?? 0)) ** 2 / 2);
    const table = cellsOf(out);
    expect(table.map(([name]) => name)).toEqual([
      'test 2AFC',
      ...[1, 2, 3].map((fold) => `fold ${fold}, 2 seeds`),
      'mean',
      '± between folds',
      '± between seeds',
    ]);
    expect(table[1]?.[1]).toBe(`${means[0]?.toFixed(2)} %`);
    const ofSeeds = Math.sqrt(within.reduce((sum, value) => sum + value, 0) / 3);
    expect(table.at(-1)?.[1]).toBe(`${ofSeeds.toFixed(2)} %`);
    const told = JSON.parse((await train('vectors', 'both', ...args, '--json')).out) as {
      runs: { out: string }[];
      test: Record<string, { mean: number; deviation: number; ofSeeds: number }>;
    };
    expect(told.runs.map(({ out: run }) => run)[3]).toBe(at('both/fold-2/seed-2'));
    expect(told.test['mean']?.ofSeeds).toBeCloseTo(ofSeeds / 100, 10);
  });

  it.each([
    [['--folds', '1'], 'expected a whole number from 2 up for --folds'],
    [
      ['--folds', '2', '--keep', 'best'],
      'expected 3 or more for --folds with --keep best or --patience, got 2',
    ],
    [['--folds', '3', '--test-share', '0.5'], 'cannot take --folds and --test-share at once'],
    [['--clamp', 'trunk'], 'cannot clamp the trunk with --mode linear'],
  ])('%j is refused', async (args, message) => {
    const { error, code } = await train('vectors', 'refused', ...args);
    expect([code, error]).toEqual([2, expect.stringContaining(message)]);
  });
});
