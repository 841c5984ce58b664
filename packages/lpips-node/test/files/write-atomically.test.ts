import { lstat, mkdir, mkdtemp, open, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LpipsError } from 'lpips-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkOutput, removeUnfinished, writeAtomically } from '../../src/files/write-atomically.js';

let folder = '';
const at = (name: string) => join(folder, name);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'write-atomically-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('removeUnfinished deletes what killed writers of that file left, and nothing else', async () => {
  const others = [
    'all.lpips',
    '.all.lpips.tmp',
    '.all.lpips.0123456789ab.txt',
    '.more-all.lpips.0123456789ab.tmp',
  ];
  for (const name of [...others, '.all.lpips.0123456789ab.tmp', '.all.lpips.ffffffffffff.tmp'])
    await writeFile(at(name), '');
  await removeUnfinished(at('all.lpips'));
  expect((await readdir(folder)).sort()).toEqual(others.toSorted());
  await removeUnfinished(at('no folder/all.lpips'));
});

describe('writeAtomically', () => {
  it('writes a new file and replaces an older one, and leaves nothing else', async () => {
    await writeAtomically(at('a.csv'), 'first');
    await writeAtomically(at('a.csv'), Uint8Array.of(50, 10));
    expect(await readFile(at('a.csv'), 'utf8')).toBe('2\n');
    expect(await readdir(folder)).toEqual(['a.csv']);
  });

  it('keeps two writers apart: one of the two files is there whole', async () => {
    const contents = ['x', 'y'].map((letter) => letter.repeat(1e6));
    await Promise.all(contents.map((content) => writeAtomically(at('a.csv'), content)));
    expect(contents).toContain(await readFile(at('a.csv'), 'utf8'));
    expect(await readdir(folder)).toEqual(['a.csv']);
  });

  it('writes the file that a link leads to, and leaves the link', async () => {
    await writeFile(at('a.csv'), 'older');
    await symlink('a.csv', at('link.csv'));
    await writeAtomically(at('link.csv'), 'newer');
    expect(await readFile(at('a.csv'), 'utf8')).toBe('newer');
    expect((await lstat(at('link.csv'))).isSymbolicLink()).toBe(true);
  });

  it('does not replace a device, nor the open file that /dev/stdout is a link to', async () => {
    await writeFile(at('open.csv'), 'earlier');
    const file = await open(at('open.csv'), 'a');
    try {
      for (const path of [`/dev/fd/${file.fd}`, `/proc/self/fd/${file.fd}`]) {
        await symlink(path, at('link.csv'));
        for (const name of [path, at('link.csv')]) {
          const message = `output: expected a file that can be written for ${name}, got a device. Name a file.`;
          await expect(writeAtomically(name, 'later')).rejects.toThrow(new LpipsError(message));
          await expect(checkOutput(name)).rejects.toThrow(new LpipsError(message));
        }
        await rm(at('link.csv'));
      }
      await file.appendFile(', and more');
    } finally {
      await file.close();
    }
    expect(await readFile(at('open.csv'), 'utf8')).toBe('earlier, and more');
  });

  it('leaves no temporary file where the rename fails', async () => {
    await mkdir(at('folder'));
    await writeFile(at('folder/inside'), '');
    await expect(writeAtomically(at('folder'), 'text')).rejects.toThrow(LpipsError);
    expect(await readdir(folder)).toEqual(['folder']);
  });
});

describe('checkOutput refuses, before any work,', () => {
  const pattern = (path: string, got: string) =>
    new LpipsError(`output: expected a file that can be written for ${path}, got ${got}`);

  it('a folder', async () => {
    await expect(checkOutput(folder)).rejects.toThrow(pattern(folder, 'a folder. Name a file in it.'));
  });

  it('a device, which the rename would replace', async () => {
    await expect(checkOutput('/dev/null')).rejects.toThrow(pattern('/dev/null', 'a device. Name a file.'));
  });

  it('an empty name', async () => {
    await expect(checkOutput('')).rejects.toThrow(pattern('""', 'an empty name. Name a file.'));
  });

  it('a file that is read, under another name too', async () => {
    await writeFile(at('a.png'), '');
    await symlink('a.png', at('link.png'));
    for (const name of ['a.png', 'link.png']) {
      await expect(checkOutput(at(name), [at('a.png')])).rejects.toThrow(
        pattern(at(name), 'a file that is read. Name another file.'),
      );
    }
  });

  it('a missing folder', async () => {
    await expect(checkOutput(at('none/a.csv'))).rejects.toThrow(
      new LpipsError(
        `output: cannot write ${at('none/a.csv')}: there is no folder ${at('none')}. Create it first.`,
      ),
    );
  });

  it('nothing where a file can be written', async () => {
    await expect(checkOutput(at('a.csv'))).resolves.toBeUndefined();
    expect(await readdir(folder)).toEqual([]);
  });
});
