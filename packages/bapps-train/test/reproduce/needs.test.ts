import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempDir } from '../../../../test/support/temp-dir.js';
import {
  bytesOfDownload,
  countItemsOf,
  freeBytes,
  imagesOfItems,
  needsOf,
  PUBLISHED_ITEMS,
} from '../../src/reproduce/needs.js';
import { paintDataSet } from '../support/painted-data-set.js';

describe('needs of a reproduction', () => {
  it('count three images a triplet and two a pair', async () => {
    const data = await tempDir();
    await paintDataSet(data, { triplets: { a: 2 }, pairs: {}, split: 'train' });
    await paintDataSet(data, { triplets: { a: 1, b: 3 }, pairs: { a: 5 } });
    const items = await countItemsOf(data);
    expect([items, imagesOfItems(items)]).toEqual([{ train: 2, val: 4, jnd: 5 }, 28]);
  });

  it('are the bytes of the shards: mean and deviation of each channel, for each pair', () => {
    const { bytes, seconds } = needsOf('alex', { train: 10, val: 4, jnd: 2 }, 100);
    expect(bytes).toBe((2 * 14 + 2) * 2 * (64 + 192 + 384 + 256 + 256) * 4);
    expect(seconds).toBeCloseTo(46 / 100 + 10 * 10 * 48e-6, 9);
  });

  it('hold the largest archive beside its content, until it is unpacked', () => {
    const content = (name: 'jnd' | 'val') => PUBLISHED_ITEMS[name] * (name === 'jnd' ? 2 : 2.5) * 4096;
    expect(bytesOfDownload(['jnd'])).toBeCloseTo(0.4e9 + content('jnd'), -3);
    expect(bytesOfDownload(['jnd', 'val'])).toBeCloseTo(2.4e9 + content('jnd') + content('val'), -3);
    expect(bytesOfDownload([])).toBe(0);
  });

  it('compare with the disk of a folder that is not there yet', async () => {
    const folder = await tempDir();
    await mkdir(join(folder, 'a'));
    expect(await freeBytes(join(folder, 'b/c'))).toBeGreaterThan(0);
  });
});
