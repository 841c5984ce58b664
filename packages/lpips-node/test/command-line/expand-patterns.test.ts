import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tempDir } from '../../../../test/support/temp-dir.js';
import { expandPatterns } from '../../src/command-line/expand-patterns.js';

async function folder(): Promise<string> {
  const path = await tempDir();
  for (const name of ['b.png', 'a.PNG', 'a1.jpg', 'a(1).png', '.hidden.png'])
    await writeFile(join(path, name), '');
  await mkdir(join(path, 'sub'));
  return path;
}

it.each([
  ['*.png', ['a(1).png', 'a.PNG', 'b.png']],
  ['a?.jpg', ['a1.jpg']],
  ['a(1)*', ['a(1).png']],
  ['s*', ['sub']],
])('on Windows, %s is the files that it matches, whatever the case', async (pattern, names) => {
  const path = await folder();
  const expanded = await expandPatterns([join(path, pattern), 'as-it-is.png'], 'win32');
  expect(expanded).toEqual([...names.map((name) => join(path, name)), 'as-it-is.png']);
});

it('on Windows, refuses a pattern that nothing matches', async () => {
  const path = join(await folder(), '*.tif');
  await expect(expandPatterns([path], 'win32')).rejects.toThrow(`cannot read ${path}: no file matches it.`);
});

it('elsewhere a name with * is that of a file', async () => {
  expect(await expandPatterns(['*.png'], 'linux')).toEqual(['*.png']);
});
