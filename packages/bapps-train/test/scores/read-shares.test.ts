import { join } from 'node:path';
import { findShares } from 'bapps-train';
import { expect, it } from 'vitest';
import { tempDir, writeInto } from '../../../../test/support/temp-dir.js';

it.each(['item,votes,yes', 'triplet,raters,yes', 'item,n,yes'])(
  'reads counted votes by %s',
  async (header) => {
    const folder = await tempDir();
    await writeInto(folder, 'shares.csv', `${header}\n2afc/val/blur/1,6,2\nblur/2,3,3\n`);
    const shares = await findShares(folder);
    expect(shares?.sharesOn('val', 'blur/1')).toEqual({ votes: 6, yes: 2 });
    expect(shares?.sharesOn('train', 'blur/1')).toBeUndefined();
    expect(shares?.sharesOn('val', 'blur/2')).toEqual({ votes: 3, yes: 3 });
  },
);

it('counts shares by their number of votes, or by the least that gives all of them', async () => {
  const folder = await tempDir();
  await writeInto(folder, 'shares.csv', 'item,judge,raters\nblur/1,0.5,6\n');
  expect((await findShares(folder))?.sharesOn('val', 'blur/1')).toEqual({ votes: 6, yes: 3 });
  await writeInto(folder, 'shares.csv', 'n,votes,item,share\n1,6,blur/1,0.5\n'); // two names: the first of the table counts
  expect((await findShares(folder))?.sharesOn('val', 'blur/1')).toEqual({ votes: 6, yes: 3 });
  await writeInto(folder, 'shares.csv', 'item,share,yes\nblur/1,0.4,2\nblur/2,1,5\n');
  expect((await findShares(folder))?.sharesOn('val', 'blur/2')).toEqual({ votes: 5, yes: 5 });
});

it.each([
  [
    'picture,votes,yes\nblur/1,6,2\n',
    'expected the columns item and share, or item, votes and yes for FILE, got picture, votes, yes. "item" may be called "triplet", ' +
      '"share" may be called "judge" and "votes" may be called "raters" or "n".',
  ],
  [
    'item,votes,yes\nblur/1,6,2\nblur/1,6,3\n',
    'expected one line an item for line 3 of FILE, got a second of "blur/1".',
  ],
  [
    'item,share,n\nblur/1,0.4,6\n',
    'expected a whole number of votes for line 2 of FILE, got 2.4000000000000004 of 6.',
  ],
])('refuses %j in one sentence', async (text, message) => {
  const folder = await tempDir();
  const path = await writeInto(folder, 'shares.csv', text);
  expect(path).toBe(join(folder, 'shares.csv'));
  await expect(findShares(folder)).rejects.toThrow(`findShares: ${message.replace('FILE', path)}`);
});
