import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from '../../test/support/program.js';
import { alternate, mediansOf } from '../src/alternate.js';
import { type BenchRecord, readRecord } from '../src/bench-record.js';
import { BenchRecorder, withoutJson } from '../src/bench-recorder.js';
import { compareRecords } from '../src/compare-records.js';

const COMPARE = fileURLToPath(new URL('../dist/src/run-compare.js', import.meta.url));
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lpips-records-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Times of `count` turns, in a spread of 2 %. */
const turns = (middle: number, count = 7) =>
  Array.from({ length: count }, (_, i) => middle * (1 + 0.02 * (i / (count - 1) - 0.5)));
const row = (name: string, values: readonly number[], isCompetitor = false) => ({
  name,
  unit: 'ms' as const,
  values,
  isCompetitor,
});
const BEFORE: BenchRecord = {
  format: 'lpips-benchmark',
  version: 1,
  benchmark: 'bench',
  date: '2026-01-02T03:04:05.000Z',
  machine: { processor: 'A', cores: 2, memoryBytes: 8e9, system: 'linux 6, x64', node: 'v20.19.0' },
  versions: { 'lpips-core': '1.0.0' },
  commit: '0123456789abcdef0123456789abcdef01234567',
  commandLine: [],
  rows: [
    row('forward', turns(100)),
    row('gradient', turns(200)),
    row('stock gradient', turns(400), true),
    row('started once', [50]),
    row('pairs', turns(10, 3)),
  ],
};
const AFTER: BenchRecord = {
  ...BEFORE,
  commit: 'fedcba9876543210fedcba9876543210fedcba98+',
  machine: { ...BEFORE.machine, processor: 'B' },
  commandLine: ['--only', 'vgg16'],
  rows: [
    row('forward', turns(120)),
    row('gradient', turns(204)),
    row('stock gradient', turns(480), true),
    row('started once', [500]),
    row('pairs', turns(8, 3)),
  ],
};
const write = async (name: string, content: unknown) => {
  const path = join(folder, name);
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};

describe('alternate', () => {
  it('returns the time of every turn but those for warming up', () => {
    let now = 0;
    const taking = (milliseconds: number) => () => {
      now += milliseconds;
    };
    const contenders = { a: taking(3), b: taking(5) };
    const times = alternate(contenders, { rounds: 4, warmUp: 2, clock: () => now });
    expect(times).toEqual({ a: [3, 3, 3, 3], b: [5, 5, 5, 5] });
    expect(mediansOf({ c: [9, 1, 4] })).toEqual({ c: 4 });
  });
});

describe('BenchRecorder', () => {
  it('writes what readRecord reads: machine, versions, commit and every value', async () => {
    const path = join(folder, 'own.json');
    const recorder = await BenchRecorder.start('bench', path);
    recorder.row('forward', [1.5, 2.5, 1.25]);
    recorder.row('peak', [1e9], { unit: 'bytes', isCompetitor: true });
    recorder.version('backend wasm', 'backend wasm, 1 thread');
    await recorder.write();
    const record = await readRecord(path);
    expect(record.rows).toEqual([
      { name: 'forward', unit: 'ms', values: [1.5, 2.5, 1.25], isCompetitor: false },
      { name: 'peak', unit: 'bytes', values: [1e9], isCompetitor: true },
    ]);
    expect(record.machine.node).toBe(process.version);
    expect(record.versions).toMatchObject({ 'backend wasm': 'backend wasm, 1 thread' });
    expect(record.versions['lpips-core']).toMatch(/^\d+\.\d+\.\d+/);
    expect(record.commit).toMatch(/^[0-9a-f]{40}\+?$/);
  });

  it('refuses a second row of one name, and a file that cannot be written', async () => {
    const recorder = await BenchRecorder.start('bench', undefined);
    recorder.row('forward', [1]);
    expect(() => recorder.row('forward', [2])).toThrow('BenchRecorder: two rows are "forward"');
    await expect(BenchRecorder.start('bench', join(folder, 'none', 'a.json'))).rejects.toThrow(
      'there is no folder',
    );
  });
});

describe('withoutJson', () => {
  it.each([[['--json', 'a.json', '--only', 'vgg16']], [['--only', 'vgg16', '--json=a.json']]])(
    '%j: where a record goes does not count',
    (args) => {
      expect(withoutJson(args)).toEqual(['--only', 'vgg16']);
    },
  );
});

describe('readRecord', () => {
  it('refuses a file that there is not', async () => {
    await expect(readRecord('/none/a.json')).rejects.toThrow('readRecord: cannot read /none/a.json: ENOENT');
  });

  it.each([
    ['text', 'forward 100 ms', 'text that is not JSON'],
    ['another JSON', { pairs: [] }, 'JSON without a format'],
    ['a plan', { format: 'lpips-plan', version: 2 }, '"lpips-plan", version 2'],
    ['a later version', { ...BEFORE, version: 2 }, '"lpips-benchmark", version 2'],
    [
      'a machine of another kind',
      { ...BEFORE, machine: { processor: {} } },
      'one that lacks a part or holds another kind of value',
    ],
    ['no rows', { ...BEFORE, rows: undefined }, 'one that lacks a part or holds another kind of value'],
    [
      'a negative time',
      { ...BEFORE, rows: [row('forward', [-1])] },
      'one that lacks a part or holds another kind of value',
    ],
    [
      'a row without times',
      { ...BEFORE, rows: [row('forward', [])] },
      'one that lacks a part or holds another kind of value',
    ],
    [
      'two rows of one name',
      { ...BEFORE, rows: [row('a', [1]), row('a', [1])] },
      'one that lacks a part or holds another kind of value',
    ],
  ])('refuses %s', async (name, content, got) => {
    const path = await write(`${name}.json`, content);
    await expect(readRecord(path)).rejects.toThrow(
      `readRecord: expected a file of format lpips-benchmark, version 1, for ${path}, got ${got}. ` +
        'Name files that a benchmark wrote with --json.',
    );
  });
});

describe('compareRecords', () => {
  it('20 % slower with a spread of 2 % has fallen; 2 % slower and a single turn have not', () => {
    const { rows, competitors } = compareRecords(BEFORE, AFTER, 0.05);
    expect(rows.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['forward', 'slower'],
      ['gradient', 'same'],
      ['stock gradient', 'slower'],
      ['started once', 'unknown'],
      ['pairs', 'faster'],
    ]);
    expect(rows[0]?.ratio).toBeCloseTo(1.2, 12);
    expect(competitors).toBeCloseTo(1.2, 12);
  });

  it('a margin of 25 % hides it', () => {
    const { rows } = compareRecords(BEFORE, AFTER, 0.25);
    expect(rows.filter(({ verdict }) => verdict === 'slower')).toEqual([]);
  });

  it('a record beside itself has neither fallen nor gained, nor differs', () => {
    const { rows, onlyBefore, onlyAfter, differences } = compareRecords(BEFORE, BEFORE, 0);
    expect(new Set(rows.map(({ verdict }) => verdict))).toEqual(new Set(['same', 'unknown']));
    expect([onlyBefore, onlyAfter, differences]).toEqual([[], [], []]);
  });

  it('names rows that only one side holds, and those whose unit changed on both', () => {
    const rows = [row('new', turns(1)), { ...row('gradient', turns(200)), unit: 's' as const }];
    const { onlyBefore, onlyAfter } = compareRecords(BEFORE, { ...BEFORE, rows }, 0.05);
    expect(onlyBefore).toEqual(['forward', 'gradient', 'stock gradient', 'started once', 'pairs']);
    expect(onlyAfter).toEqual(['new', 'gradient']);
  });

  it('refuses records of two benchmarks', () => {
    expect(() => compareRecords(BEFORE, { ...BEFORE, benchmark: 'bench:trainer' }, 0)).toThrow(
      'compareRecords: expected records of one benchmark for the two files, got bench and bench:trainer.',
    );
  });
});

describe('npm run bench:compare', () => {
  it('prints every row, names what fell, warns of another machine, and ends with 1 on --fail alone', async () => {
    const [before, after] = [await write('before.json', BEFORE), await write('after.json', AFTER)];
    const { code, out, error } = await runProgram(COMPARE, [before, after]);
    expect(code).toBe(0);
    expect(out).toContain('before  bench, 2026-01-02T03:04:05.000Z, commit 0123456789ab\n');
    expect(out).toContain('commit fedcba987654+\n');
    expect(out).toMatch(/^forward +100 ms +120 ms +1\.200 +1\.\d{3} to 1\.\d{3} +99\.\d % +slower$/m);
    expect(out).toMatch(/^stock gradient \(competitor\) +400 ms +480 ms .*slower$/m);
    expect(out).toMatch(/^started once +50\.0 ms +500 ms +10\.000 +too few turns$/m);
    expect(out).toContain(
      'Fell by more than noise and 5 %:\n  forward, 1.20 times as much\nGained:\n  pairs',
    );
    expect(out).toContain('The competitors, which are the same code, took 1.20 of their time before.');
    expect(error).toBe(
      'bench:compare: the machines differ in processor: A before, B after\n' +
        'bench:compare: the command lines differ in arguments: none before, --only vgg16 after\n',
    );
    expect((await runProgram(COMPARE, ['--fail', before, after])).code).toBe(1);
    expect((await runProgram(COMPARE, ['--fail', '--least', '25', before, after])).code).toBe(0);
  });

  it('with --fail, a row that is missing counts as one that fell', async () => {
    const before = await write('all.json', BEFORE);
    const after = await write('fewer.json', { ...BEFORE, rows: BEFORE.rows.slice(1) });
    const { code, out } = await runProgram(COMPARE, ['--fail', before, after]);
    expect([code, out.includes('Missing after:\n  forward\n')]).toEqual([1, true]);
  });

  it.each([
    [['a.json'], 'expected a file for --after, got none. Add --help to see all flags.'],
    [['a', 'b', 'c'], 'expected one --after, got b, c as well.'],
  ])('refuses %j with code 2', async (args, message) => {
    expect(await runProgram(COMPARE, args)).toEqual({
      code: 2,
      out: '',
      error: `bench:compare: ${message}\n`,
    });
  });
});
