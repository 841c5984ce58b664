import { LpipsError } from 'lpips-core';
import { describe, expect, it } from 'vitest';
import { cpuMsSince } from '../../../../test/support/cpu-time.js';
import { tempDir, writeInto } from '../../../../test/support/temp-dir.js';
import { parseJudgements, readJudgements } from '../../src/scores/judgement-csv.js';

const HEADER = 'id,judge,a_d0,a_d1';

describe('readJudgements', () => {
  it('reads every CSV file of a folder by name, with any number of metrics', async () => {
    const folder = await tempDir();
    await writeInto(folder, 'b.csv', 'id,judge,x_d0,x_d1,y_d0,y_d1\r\n1,0.2,1,2,3,4\r\n"2",1,5,6,7,8\r\n');
    await writeInto(folder, 'a.csv', 'x_d1,x_d0,y_d1,y_d0,judge\n4,3,2,1,0\n');
    await writeInto(folder, 'notes.txt', 'not read');
    const [a, b] = await readJudgements(folder);
    expect([a?.distortion, b?.distortion]).toEqual(['a', 'b']);
    expect(Array.from(b?.judge ?? [])).toEqual([0.2, 1]);
    expect(Array.from(b?.distances.get('y')?.d1 ?? [])).toEqual([4, 8]);
    expect(Array.from(a?.distances.get('x')?.d0 ?? [])).toEqual([3]);
  });

  it('names a missing path, a folder without CSV files, and files with other metrics', async () => {
    const folder = await tempDir();
    await expect(readJudgements(`${folder}/none`)).rejects.toThrow(
      `readJudgements: expected a CSV file or a folder of them for ${folder}/none, got nothing. Check the path.`,
    );
    await expect(readJudgements(folder)).rejects.toThrow(
      `readJudgements: expected a folder of CSV files for ${folder}, got a folder without any. Check the path.`,
    );
    await writeInto(folder, 'a.csv', `${HEADER}\n1,0,1,2\n`);
    await writeInto(folder, 'b.csv', 'id,judge,z_d0,z_d1\n1,0,1,2\n');
    await expect(readJudgements(folder)).rejects.toThrow(
      `readJudgements: expected the metrics of ${folder}/a.csv (a) for ${folder}/b.csv, got z.`,
    );
  });
});

describe('parseJudgements', () => {
  it.each([
    [
      '',
      'readJudgements: expected the column share for t.csv, got an empty file. "share" may be called "judge".',
    ],
    [
      'id,d0\n1,2\n',
      'readJudgements: expected the column share for t.csv, got id, d0. "share" may be called "judge".',
    ],
    [
      'id,judge\n1,0\n',
      'readJudgements: expected columns "<metric>_d0" and "<metric>_d1" for t.csv, got id, judge.',
    ],
    ['id,judge,a_d0\n1,0,1\n', 'readJudgements: expected a column "a_d1" for t.csv, got id, judge, a_d0.'],
    [`${HEADER}\n`, 'readJudgements: expected judgements for t.csv, got a header alone.'],
    [
      `${HEADER}\n1,0,1,2\n2,1.5,1,2\n`,
      'readJudgements: expected a share in [0, 1] for judge of line 3 of t.csv, got "1.5".',
    ],
    [
      `${HEADER}\n1,,1,2\n`,
      'readJudgements: expected a share in [0, 1] for judge of line 2 of t.csv, got "".',
    ],
    [
      `${HEADER},n\n1,0.5,1,2,3\n`,
      'readJudgements: expected a whole number of votes for line 2 of t.csv, got 1.5 of 3.',
    ],
    [
      `${HEADER},votes\n1,0.5,1,2,\n`,
      'readJudgements: expected a number of votes for votes of line 2 of t.csv, got "".',
    ],
    [`${HEADER}\n1,0,NaN,2\n`, 'readJudgements: expected a number for a_d0 of line 2 of t.csv, got "NaN".'],
  ])('refuses %j in one sentence', (text, message) => {
    expect(() => parseJudgements(text, 't.csv')).toThrow(new LpipsError(message));
  });

  it('refuses 160,000 columns in a second, and a column that is there twice', () => {
    const metrics = Array.from({ length: 80_000 }, (_, i) => `m${i}_d0,m${i}_d1`).join(',');
    const start = process.cpuUsage();
    expect(() => parseJudgements(`judge,${metrics}\n.5${',1,2'.repeat(80_000)}\n`, 't.csv')).toThrow(
      new LpipsError('readJudgements: expected at most 4096 columns for t.csv, got 160001.'),
    );
    expect(cpuMsSince(start)).toBeLessThan(1000);
    expect(() => parseJudgements(`${HEADER},a_d0\n1,0,1,2,3\n`, 't.csv')).toThrow(
      new LpipsError('readJudgements: expected each column once for t.csv, got "a_d0" twice.'),
    );
  });

  it('takes the share and the number of votes by any of their names', () => {
    for (const header of ['share,votes', 'judge,raters', 'judge,n', 'share,n']) {
      const { judge, counts } = parseJudgements(`${header},a_d0,a_d1\n0.25,4,1,2\n1,6,1,2\n`, 't.csv');
      expect([[...judge], counts], header).toEqual([
        [0.25, 1],
        [4, 6],
      ]);
    }
    expect(parseJudgements(`${HEADER}\n1,0,1,2\n`, 't.csv').counts).toBeUndefined();
  });

  it('reads a metric of any name: __proto__', () => {
    const { distances } = parseJudgements('judge,__proto___d0,__proto___d1\n1,2,3\n', 't.csv');
    expect(Array.from(distances.get('__proto__')?.d1 ?? [])).toEqual([3]);
  });

  it('names the line that has another number of fields', () => {
    expect(() => parseJudgements(`${HEADER}\n1,0,1\n`, 't.csv')).toThrow(
      /^readJudgements: expected a CSV file for t\.csv, got a fault in it \(.*line 2.*\)\.$/,
    );
  });
});
