import { LpipsError } from 'lpips-core';
import { expect, it, vi } from 'vitest';
import { readSource } from '../../src/images/image-source.js';

// The tests may run as root, whom no permission stops, so the system's answers are given here.
vi.mock('node:fs/promises', () => ({
  stat: (path: string) => Promise.reject(Object.assign(new Error(path), { code: path })),
  readFile: () => Promise.reject(new Error('not reached')),
}));

it.each([
  ['EACCES', 'a file that may not be read. Check its permissions.'],
  ['EPERM', 'a file that may not be read. Check its permissions.'],
  ['ENOENT', 'no such file. Check the path.'],
  ['ENOTDIR', 'no such file. Check the path.'],
  ['EIO', 'a file that cannot be read (EIO).'],
])('readSource tells %s in one sentence', async (code, got) => {
  await expect(readSource(code)).rejects.toThrow(
    new LpipsError(`readImage: expected an image file for ${code}, got ${got}`),
  );
});
