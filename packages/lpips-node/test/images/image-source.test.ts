import { LpipsError } from 'lpips-core';
import { expect, it, vi } from 'vitest';
import { readImageBytes } from '../../src/images/image-source.js';

// The tests may run as root, whom no permission stops, so the system's answers are given here.
vi.mock('node:fs/promises', () => ({
  stat: (path: string) =>
    path === 'large.ppm'
      ? Promise.resolve({ isDirectory: () => false, isFile: () => true, size: 3 * 2 ** 30 })
      : Promise.reject(Object.assign(new Error(path), { code: path })),
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

it('readImageBytes refuses a file that Node.js does not read at once', async () => {
  await expect(readImageBytes('large.ppm')).rejects.toThrow(
    new LpipsError(
      'readImage: expected a file of less than 2 GiB for large.ppm, got one of 3.0 GiB. Store it as a compressed PNG or TIFF.',
    ),
  );
});
