import { LpipsError } from 'lpips-core';
import { expect, it, vi } from 'vitest';
import { readImageBytes } from '../../src/images/image-source.js';

// The tests may run as root, whom no permission stops, so the system's answers are given here.
vi.mock('node:fs/promises', () => ({
  stat: (path: string) => Promise.reject(Object.assign(new Error(path), { code: path })),
  readFile: () => Promise.reject(new Error('not reached')),
}));

it.each([
  ['EACCES', 'there is no permission. Check its permissions.'],
  ['EPERM', 'there is no permission. Check its permissions.'],
  ['ENOENT', 'there is no such file. Check the path.'],
  ['ENOTDIR', 'there is no such file. Check the path.'],
  ['EIO', 'the system reports EIO.'],
])('readImageBytes tells %s in one sentence', async (code, why) => {
  await expect(readImageBytes(code)).rejects.toThrow(
    new LpipsError(`readImage: cannot read ${code}: ${why}`),
  );
});
