/**
 * An index file grows, goes on after a kill, survives a cut at any byte, and refuses what does not belong to it.
 */
import { mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { at, type Lpips } from 'lpips-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tempDir } from '../../../../test/support/temp-dir.js';
import { PAGE_BYTES } from '../../src/index-header.js';
import { findPairs } from '../../src/near-duplicates.js';
import { openIndexFile } from '../../src/node/file-source.js';
import { openWriter } from '../../src/node/index-writer.js';
import { joinIndexes } from '../../src/node/join-indexes.js';
import { type Collection, collectionOf } from '../support/collection.js';
import { liteOnWasm } from '../support/scenes.js';

let lite: Lpips;
let collection: Collection;
beforeAll(async () => {
  lite = await liteOnWasm();
  collection = await collectionOf(lite, 3);
});
afterAll(() => lite.dispose());

async function add(path: string, from: number, to: number): Promise<void> {
  const writer = await openWriter(path, collection.header);
  for (const image of collection.images.slice(from, to)) await writer.add(image);
  await writer.close();
}

async function pathsIn(path: string): Promise<string[]> {
  const { index, close } = await openIndexFile(path);
  await close();
  return index.entries.map((entry) => entry.path);
}

const names = (from: number, to: number) => collection.images.slice(from, to).map(({ path }) => path);

describe('an index file', () => {
  it('grows from nothing by adding, and keeps every number', async () => {
    const path = join(await tempDir(), 'scenes.lpips');
    await add(path, 0, 0);
    expect(await pathsIn(path)).toEqual([]);
    await add(path, 0, 4);
    await add(path, 4, 9);
    const { index, close } = await openIndexFile(path);
    expect(index.entries).toEqual(collection.images.map(({ path, bytes, time }) => ({ path, bytes, time })));
    expect(index.header).toEqual(collection.header);
    let rows = 0;
    for await (const { row, summary: stored } of index.summaries()) {
      const { summary } = at(collection.images, row);
      rows++;
      const squares = summary.values.reduce((sum, value, i) => sum + (value - at(stored.values, i)) ** 2, 0);
      expect(Math.sqrt(squares)).toBeLessThanOrEqual(stored.slack);
      expect(stored.slack).toBeLessThan(1e-3);
    }
    expect(rows).toBe(collection.images.length);
    await close();
  });

  it('is there whole or as before, wherever the writing of its second block is cut', async () => {
    const path = join(await tempDir(), 'scenes.lpips');
    await add(path, 0, 2);
    const before = await readFile(path);
    await add(path, 2, 4);
    const after = await readFile(path);
    // The first 64 bytes of a block are written last, so until then they are zeros.
    const unfinished = Buffer.from(after);
    unfinished.fill(0, before.length, before.length + 64);
    const lengths = [1, 63, 64, 65, 1000, after.length - before.length - 1, after.length - before.length];
    for (const length of lengths) {
      await writeFile(path, unfinished.subarray(0, before.length + length));
      expect(await pathsIn(path)).toEqual(names(0, 2));
      await add(path, 2, 4);
      expect(await readFile(path)).toEqual(after);
    }
    for (const length of [63, 64, 5000]) {
      await writeFile(path, after.subarray(0, before.length + length));
      expect(await pathsIn(path)).toEqual(names(0, 2));
    }
  });

  it('has the bytes of one run, whenever its writer was killed', async () => {
    const folder = await tempDir();
    const once = join(folder, 'once.lpips');
    await add(once, 0, 9);
    const whole = await readFile(once);
    const path = join(folder, 'killed.lpips');
    const atOnce = -1; // each image is on the disk once it is added
    const writer = await openWriter(path, collection.header, { patienceMs: atOnce });
    const after: Buffer[] = [await readFile(path)];
    for (const image of collection.images.slice(0, 9)) {
      await writer.add(image);
      after.push(await readFile(path));
    }
    await writer.close();
    expect(await readFile(path)).toEqual(whole);
    for (const [count, bytes] of after.entries()) {
      await writeFile(path, bytes);
      expect(await pathsIn(path)).toEqual(names(0, count));
      await add(path, count, 9);
      expect(await readFile(path)).toEqual(whole);
      // The block is written in the place of the shorter one: meanwhile its head is zeros.
      const between = Buffer.from(bytes);
      between.fill(0, PAGE_BYTES, Math.min(between.length, PAGE_BYTES + 64));
      await writeFile(path, between);
      await add(path, 0, 9);
      expect(await readFile(path)).toEqual(whole);
    }
  });

  it('that was closed is added to behind its last block, which stays as it is', async () => {
    const path = join(await tempDir(), 'scenes.lpips');
    await add(path, 0, 4);
    const before = await readFile(path);
    await add(path, 4, 9);
    expect((await readFile(path)).subarray(0, before.length)).toEqual(before);
  });

  it('is not made where there is no folder', async () => {
    const path = join(await tempDir(), 'none', 'scenes.lpips');
    await expect(openWriter(path, collection.header)).rejects.toThrow(
      `openWriter: cannot write ${path}: there is no folder ${join(path, '..')}. Create it first.`,
    );
  });

  it('that is damaged is refused, and not cut', async () => {
    const path = join(await tempDir(), 'scenes.lpips');
    await add(path, 0, 2);
    await add(path, 2, 4);
    const whole = await readFile(path);
    const second = await pathsIn(path).then(() => PAGE_BYTES + (whole.length - PAGE_BYTES) / 2);
    const cases: [number, string][] = [
      [second, `it is damaged: no block begins at byte ${second}`],
      [whole.length - 5000, `it is damaged: the block at byte ${second} is not as it was written`],
      // The number of its images: the file would end within the first block, or within the second.
      [PAGE_BYTES + 10, `it is damaged: no whole block begins at byte ${PAGE_BYTES}, and others follow`],
    ];
    for (const [place, message] of cases) {
      const broken = Buffer.from(whole);
      broken[place] = (broken[place] ?? 0) ^ 0x55;
      await writeFile(path, broken);
      await expect(openIndexFile(path)).rejects.toThrow(message);
      await expect(openWriter(path, collection.header)).rejects.toThrow(message);
      expect(await readFile(path)).toEqual(broken);
    }
  });

  it('whose first block was overwritten by zeros is refused, and not cut', async () => {
    const path = join(await tempDir(), 'scenes.lpips');
    await add(path, 0, 2);
    await add(path, 2, 4);
    const broken = await readFile(path);
    broken.fill(0, PAGE_BYTES, PAGE_BYTES + 64);
    await writeFile(path, broken);
    await expect(openWriter(path, collection.header)).rejects.toThrow('and others follow');
    expect(await readFile(path)).toEqual(broken);
  });

  it('whose numbers are damaged in the middle answers nothing', async () => {
    const path = join(await tempDir(), 'scenes.lpips');
    await add(path, 0, 2);
    await add(path, 2, 4);
    const broken = await readFile(path);
    broken[PAGE_BYTES + 1000] = at(broken, PAGE_BYTES + 1000) ^ 1;
    await writeFile(path, broken);
    const { index, close } = await openIndexFile(path);
    const message = `it is damaged: the block at byte ${PAGE_BYTES} is not as it was written`;
    await expect(index.compareAll(at(collection.images, 3).summary)).rejects.toThrow(message);
    await expect(findPairs(index, 0.1, async () => [])).rejects.toThrow(message);
    await expect(joinIndexes([path], `${path}.joined`)).rejects.toThrow(message);
    await close();
  });

  it('of another metric, size or number of cells is refused', async () => {
    const path = join(await tempDir(), 'scenes.lpips');
    await add(path, 0, 1);
    const other = { ...collection.header, width: 48 };
    await expect(openWriter(path, other)).rejects.toThrow(
      `openWriter: expected an index with width 48 for ${path}, got 32. Only summaries of one kind are comparable.`,
    );
    const baseline = await liteOnWasm({ linear: false });
    const { index, close } = await openIndexFile(path);
    await expect(index.checkFits('search', lite)).resolves.toBeUndefined();
    await expect(index.checkFits('search', baseline)).rejects.toThrow(/expected an index with linear false/);
    await close();
    baseline.dispose();
  });

  it.each([
    ['text', 'hello'],
    ['nothing', ''],
    ['a head alone that is no JSON', `LPIPSIDX${'\0'.repeat(PAGE_BYTES - 8)}`],
  ])('is not made of %s', async (_, content) => {
    const path = join(await tempDir(), 'other.lpips');
    await writeFile(path, content);
    await expect(openWriter(path, collection.header)).rejects.toThrow(
      /expected an index of images for .*other\.lpips/,
    );
    expect(await readFile(path, 'utf8')).toBe(content);
  });

  it('that becomes shorter while it is read ends in a sentence', async () => {
    const path = join(await tempDir(), 'scenes.lpips');
    await add(path, 0, 4);
    const { index, close } = await openIndexFile(path);
    await truncate(path, PAGE_BYTES + 100);
    await expect(index.compareAll(at(collection.images, 0).summary)).rejects.toThrow('it has become shorter');
    await close();
  });
});

describe('joined parts', () => {
  it('have every image once, the last row of each, and its path from the new folder', async () => {
    const folder = await tempDir();
    await mkdir(join(folder, 'parts'));
    const [first, second, out] = ['parts/a.lpips', 'b.lpips', 'all.lpips'].map((name) =>
      join(folder, name),
    ) as [string, string, string];
    await add(first, 0, 5);
    await add(first, 3, 4);
    await add(second, 5, 9);
    expect(await joinIndexes([first, second], out)).toBe(9);
    const moved = names(0, 5).map((path) => `parts/${path}`);
    expect((await pathsIn(out)).toSorted()).toEqual([...moved, ...names(5, 9)].toSorted());
    const { index, close } = await openIndexFile(out);
    const { lower, upper } = await index.compareAll(at(collection.images, 7).summary);
    const row = index.entries.findIndex(({ path }) => path === at(names(7, 8), 0));
    expect(at(lower, row)).toBe(0);
    expect(at(upper, row)).toBeGreaterThan(0);
    await close();
    expect(await joinIndexes([out, second], out)).toBe(9);
    expect((await readdir(folder)).toSorted()).toEqual(['all.lpips', 'b.lpips', 'parts']);
  });

  it('of different kinds are refused, and nothing is left', async () => {
    const folder = await tempDir();
    const [first, second] = [join(folder, 'a.lpips'), join(folder, 'b.lpips')];
    await add(first, 0, 1);
    const other = await openWriter(second, { ...collection.header, reading: { background: '#000000' } });
    await other.close();
    await expect(joinIndexes([first, second], join(folder, 'all.lpips'))).rejects.toThrow(
      /joinIndexes: expected an index with reading \{\} for .*b\.lpips, got \{"background":"#000000"\}/,
    );
    expect((await readdir(folder)).toSorted()).toEqual(['a.lpips', 'b.lpips']);
    // The file is named as the caller knows it, not the one beside it that becomes it.
    const nowhere = join(folder, 'none', 'all.lpips');
    await expect(joinIndexes([first], nowhere)).rejects.toThrow(
      `openWriter: cannot write ${nowhere}: there is no folder ${join(folder, 'none')}. Create it first.`,
    );
  });
});
