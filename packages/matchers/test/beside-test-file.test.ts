import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempDir } from '../../../test/support/temp-dir.js';
import { placeComparison, placeSnapshot, type RunningTest } from '../src/beside-test-file.js';
import { parseRecord } from '../src/failures/failure-record.js';

const PNG = Buffer.alloc(1);

describe('the files of a test', () => {
  it('are named after its words, counted, and begin anew with each attempt', async () => {
    const test = await testIn('shows the page');
    expect(await pictureOf(test)).toBe('comparisons/shows-the-page-1-diff.png');
    expect(await pictureOf(test)).toBe('comparisons/shows-the-page-2-diff.png');
    expect(await pictureOf({ ...test, attempt: 1 })).toBe('comparisons/shows-the-page-1-diff.png');
  });

  it('are not those of another test of the same name', async () => {
    const test = await testIn('x');
    expect(await pictureOf({ ...test, identity: 'one' })).toBe('comparisons/x-1-diff.png');
    expect(await pictureOf({ ...test, identity: 'two' })).toMatch(
      /^comparisons\/x-1-[0-9a-f]{8}-1-diff\.png$/,
    );
  });

  it('of the snapshot x-1 are not those of the first comparison of the test x, nor of its first automatic snapshot', async () => {
    const test = await testIn('x');
    const named = placeSnapshot(test, 'x-1', undefined);
    const automatic = placeSnapshot(test, undefined, undefined);
    expect(named.path).not.toBe(automatic.path);
    const pictures = [
      await pictureOf(test),
      ...(await Promise.all([named, automatic].map(({ files }) => kept(test, files)))),
    ];
    expect(new Set(pictures).size).toBe(3);
  });

  it('are kept with a record that names them by relative paths, and are cleared together', async () => {
    const test = await testIn('x');
    const { files, path } = placeSnapshot(test, 'pages/home', undefined);
    const paths = await files.keep({ expected: PNG, actual: PNG }, { reason: 'Because.' });
    const folder = dirname(paths.actual ?? '');
    const record = join(folder, 'home.perceptual.json');
    const { snapshot, pictures, ...rest } = parseRecord(await readFile(record, 'utf8'), record);
    expect(rest).toEqual({
      format: 1,
      runner: 'none',
      test: 'x',
      testFile: '../../../../page.test.ts',
      reason: 'Because.',
    });
    expect(pictures).toEqual({ expected: 'home-expected.png', actual: 'home-actual.png' });
    expect(snapshot?.name).toBe('pages/home');
    expect(join(folder, snapshot?.path ?? '')).toBe(path);
    await files.keep({ actual: PNG }, { reason: 'Again.' });
    expect(existsSync(paths.expected ?? '')).toBe(false);
    await files.clear();
    expect([existsSync(record), existsSync(paths.actual ?? '')]).toEqual([false, false]);
  });
});

async function testIn(testName: string): Promise<RunningTest> {
  return { runner: 'none', testPath: join(await tempDir(), 'page.test.ts'), testName };
}

function pictureOf(test: RunningTest): Promise<string> {
  return kept(test, placeComparison(test));
}

async function kept({ testPath }: RunningTest, files: ReturnType<typeof placeComparison>): Promise<string> {
  const { diff = '' } = await files.keep({ diff: PNG }, { reason: '' });
  return relative(join(dirname(testPath), '__perceptual_diffs__/page.test.ts'), diff);
}
