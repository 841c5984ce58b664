import { expect, it } from 'vitest';
import { replaceFile } from '../../src/files/replace-file.js';

/** A disk that refuses the first `times` renames. */
function refusing(code: string, times: number) {
  const calls: [string, string][] = [];
  const pauses: number[] = [];
  return {
    calls,
    pauses,
    ways: {
      rename: async (from: string, to: string) => {
        calls.push([from, to]);
        if (calls.length <= times) throw Object.assign(new Error(code), { code });
      },
      pause: async (ms: number) => {
        pauses.push(ms);
      },
    },
  };
}

it.each(['EPERM', 'EACCES', 'EBUSY'])(
  'on Windows, waits longer and longer while the system answers %s',
  async (code) => {
    const disk = refusing(code, 3);
    await replaceFile('a', 'b', { platform: 'win32', ...disk.ways });
    expect(disk.calls).toEqual([
      ['a', 'b'],
      ['a', 'b'],
      ['a', 'b'],
      ['a', 'b'],
    ]);
    expect(disk.pauses).toEqual([10, 20, 40]);
  },
);

it('on Windows, gives up after three seconds with the error of the system', async () => {
  const disk = refusing('EBUSY', Number.POSITIVE_INFINITY);
  await expect(replaceFile('a', 'b', { platform: 'win32', ...disk.ways })).rejects.toThrow('EBUSY');
  expect(disk.pauses.reduce((sum, ms) => sum + ms, 0)).toBe(3000);
});

it.each([
  ['win32', 'ENOSPC'],
  ['linux', 'EPERM'],
] as const)('on %s, %s is thrown at once', async (platform, code) => {
  const disk = refusing(code, 1);
  await expect(replaceFile('a', 'b', { platform, ...disk.ways })).rejects.toThrow(code);
  expect([disk.calls.length, disk.pauses]).toEqual([1, []]);
});
