import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempDir } from '../../../test/support/temp-dir.js';
import { comparisonFailureFiles } from '../src/beside-test-file.js';

/** What a file system takes for a name, in bytes. */
const LONGEST_FILE_NAME = 255;

describe('comparisonFailureFiles', () => {
  it('names a picture after the words of its test, and counts the comparisons', async () => {
    const test = { testPath: join(await tempDir(), 'page.test.ts'), testName: 'shows the page' };
    expect(await pictureOf(test)).toBe('shows-the-page-1-diff.png');
    expect(await pictureOf(test)).toBe('shows-the-page-2-diff.png');
  });

  it('gives no two tests the same picture, whatever their names have in common', async () => {
    const testPath = join(await tempDir(), 'page.test.ts');
    const long = 'the page '.repeat(40);
    const names = [
      'a b',
      'a-b',
      'a  b',
      'a > b',
      'a, b',
      ' a b',
      '*',
      '?',
      `${long}1`,
      `${long}2`,
      '😀'.repeat(90),
    ];
    const pictures = await Promise.all(names.map((testName) => pictureOf({ testPath, testName })));
    expect(new Set(pictures).size).toBe(names.length);
    for (const picture of pictures) expect(Buffer.byteLength(picture)).toBeLessThanOrEqual(LONGEST_FILE_NAME);
  });
});

async function pictureOf(test: { testPath: string; testName: string }): Promise<string> {
  const sources = async () => ({ expected: Buffer.alloc(1), actual: Buffer.alloc(1) });
  return basename(await comparisonFailureFiles(test).keepDifference(Buffer.alloc(1), sources));
}
