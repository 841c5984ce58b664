/**
 * `lpips index`, `lpips search` and `lpips duplicates` on small noisy pictures, with `lite`.
 */
import { copyFile, mkdir, readFile, rename, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { memory } from '@tensorflow/tfjs-core';
import { at } from 'lpips-core';
import { openIndexFile } from 'lpips-search/node';
import { beforeEach, describe, expect, it } from 'vitest';
import { tempDir } from '../../../../test/support/temp-dir.js';
import { noisyPng } from '../../../../test/support/test-terminal.js';
import type { LeftOutPath } from '../../src/comparing/leave-out.js';
import { pathFromHere } from '../../src/searching/indexed-files.js';
import { KeptPixels } from '../../src/searching/kept-pixels.js';
import { lpips } from '../support/run-lpips.js';

const LITE = ['--net', 'lite', '--offline'] as const;
/** Pictures of noise of growing strength, and near-copies of the third. */
const NOISES = [0, 20, 50, 90, 140, 200];

let folder = '';
let photos = '';
let index = '';
beforeEach(async () => {
  folder = await tempDir();
  process.env['LPIPS_CACHE'] = join(folder, 'cache');
  photos = join(folder, 'photos');
  index = join(folder, 'photos.lpips');
  await mkdir(photos);
  for (const [seed, noise] of NOISES.entries())
    await noisyPng(join(photos, `${seed}.png`), { noise, seed: seed + 1 });
  await noisyPng(join(photos, 'copy.png'), { noise: 51, seed: 3 });
});

/** Runs a command that is to succeed, and parses its JSON. */
async function json<Result>(...args: readonly string[]): Promise<Result> {
  const quiet = args[0] === 'export' ? [] : ['--quiet'];
  const { code, out, error } = await lpips(...args, '--json', ...quiet);
  expect(error).toBe('');
  expect(code).toBe(0);
  return JSON.parse(out) as Result;
}

interface Hits {
  readonly hits: readonly { image: string; distance: number }[];
  readonly proven: boolean;
  readonly examined: number;
  readonly images: number;
}

const makeIndex = () => json<Record<string, unknown>>('index', photos, '--out', index, ...LITE);

describe('lpips index', () => {
  it('makes an index that describes itself, and adds only what is new or has changed', async () => {
    expect(await makeIndex()).toMatchObject({
      added: 7,
      renewed: 0,
      kept: 0,
      images: 7,
      cells: 2,
      net: 'lite',
    });
    const { index: opened, close } = await openIndexFile(index);
    await close();
    expect(opened.header).toMatchObject({ net: 'lite', width: 64, height: 64, cells: 2, linear: true });
    expect(opened.header.weights).toMatch(/^[0-9a-f]{64}$/);
    expect(await makeIndex()).toMatchObject({ added: 0, kept: 7, images: 7 });
    await noisyPng(join(photos, '0.png'), { noise: 255, seed: 50 });
    await noisyPng(join(photos, 'new.png'), { noise: 70, seed: 60 });
    expect(await makeIndex()).toMatchObject({ added: 1, renewed: 1, kept: 6, images: 8 });
    const { numTensors } = memory();
    await makeIndex();
    expect(memory().numTensors).toBe(numTensors);
  });

  it('goes on behind a cut, and leaves out what cannot be read', async () => {
    await makeIndex();
    const whole = await readFile(index);
    await truncate(index, whole.length - 1);
    await writeFile(join(photos, 'broken.png'), 'no picture');
    const { code, out, error } = await lpips('index', photos, '--out', index, ...LITE);
    expect(code).toBe(1);
    expect(error).toContain('broken.png is left out');
    expect(out).toContain('7 images in');
    expect(out).toContain('7 added');
  });

  it('refuses another size, net or reading of the same index, and other files', async () => {
    await makeIndex();
    const refusal = async (...args: readonly string[]) =>
      (await lpips('index', photos, '--out', index, ...LITE, ...args)).error;
    expect(await refusal('--size', '96')).toContain('expected an index with width 96');
    expect(await refusal('--cells', '3')).toContain('expected an index with cells 3');
    expect(await refusal('--no-linear')).toContain('expected an index with linear false');
    expect(await refusal('--background', '#000000')).toContain('expected an index with reading');
    await writeFile(index, 'something else');
    expect(await refusal()).toContain('expected an index of images');
    expect(await readFile(index, 'utf8')).toBe('something else');
    expect((await lpips('index', folder, '--out', join(folder, 'other.lpips'), ...LITE)).error).toContain(
      'expected at least one image',
    );
  });
});

describe('lpips search', () => {
  it.each([
    ['/data/photos.lpips', 'photos/1.png', '/data/photos/1.png'],
    ['/data/indexes/photos.lpips', '../photos/1.png', '/data/photos/1.png'],
    ['photos.lpips', 'photos/1.png', 'photos/1.png'],
    ['indexes/photos.lpips', '../photos/1.png', 'photos/1.png'],
    ['../photos.lpips', 'photos/1.png', '../photos/1.png'],
  ])('of %s names the image %s as %s', (path, image, named) => {
    expect(pathFromHere(path, image)).toBe(named);
  });

  it('finds the copies first, and its distances are those of lpips distance at that size', async () => {
    await makeIndex();
    const query = join(photos, '2.png');
    const found = await json<Hits>('search', query, index, '--count', '2', ...LITE);
    expect(found.hits.map(({ image }) => image.replace(/.*photos./, ''))).toEqual(['2.png', 'copy.png']);
    expect(found).toMatchObject({ proven: true, images: 7 });
    expect(at(found.hits, 0).image).toBe(query); // absolute, as the path of the index is
    expect(at(found.hits, 0).distance).toBe(0);
    const other = await json<Hits>('search', query, index, '--count', '7', ...LITE);
    expect(other.hits.map(({ distance }) => distance)).toEqual(
      other.hits.map(({ distance }) => distance).toSorted((a, b) => a - b),
    );
    expect(other).toMatchObject({ proven: true, examined: 7 });
  });

  it('--within finds all and no others, --exact proves', async () => {
    await makeIndex();
    const query = join(photos, '2.png');
    const all = await json<Hits>('search', query, index, '--count', '7', ...LITE);
    const limit = (at(all.hits, 2).distance + at(all.hits, 3).distance) / 2;
    const within = await json<Hits>('search', query, index, '--within', `${limit}`, ...LITE);
    expect(within.hits.map(({ image }) => image)).toEqual(all.hits.slice(0, 3).map(({ image }) => image));
    const rough = await lpips('search', query, index, '--count', '3', '--rerank', '3', '--exact', ...LITE);
    expect(rough.error).toContain('proven: no other image is nearer');
    expect((await lpips('search', query, index, '--within', '0.1', '--exact')).code).toBe(2);
  });

  it('an index moves with its images; what has gone or changed is left out', async () => {
    await makeIndex();
    const moved = join(folder, 'moved');
    await mkdir(moved);
    await rename(photos, join(moved, 'photos'));
    await rename(index, join(moved, 'photos.lpips'));
    const query = join(moved, 'photos', '2.png');
    expect((await json<Hits>('search', query, join(moved, 'photos.lpips'), ...LITE)).hits).toHaveLength(7);
    await rm(join(moved, 'photos', '0.png'));
    await utimes(join(moved, 'photos', '1.png'), 1, 1);
    const { code, error, out } = await lpips('search', query, join(moved, 'photos.lpips'), ...LITE);
    expect(code).toBe(1);
    expect(error).toContain('0.png is left out: it is no longer there');
    expect(error).toContain('1.png is left out: it has changed since it was indexed: run lpips index again');
    expect(out.match(/\.png/g)).toHaveLength(5);
  });

  it('is refused where the query or the index cannot be read, and where the net is another', async () => {
    await makeIndex();
    const query = join(photos, '2.png');
    expect((await lpips('search', join(photos, 'none.png'), index, ...LITE)).error).toContain(
      'there is no such file',
    );
    expect((await lpips('search', query, join(folder, 'none.lpips'))).error).toContain(
      'lpips index makes one',
    );
    expect((await lpips('search', query, query)).error).toContain('expected an index of images');
    expect((await lpips('search', query, index, ...LITE, '--no-linear')).error).toContain(
      'expected an index with linear false',
    );
  });
});

describe('lpips duplicates', () => {
  it('groups copies with their distances, and shows them in a page that loads nothing', async () => {
    await copyFile(join(photos, '4.png'), join(photos, '4 <again>.png'));
    await makeIndex();
    const page = join(folder, 'duplicates.html');
    const { groups, images } = await json<{
      groups: { images: string[]; pairs: { distance: number }[] }[];
      images: number;
    }>('duplicates', index, '--below', '0.01', '--page', page, ...LITE);
    expect(images).toBe(8);
    expect(groups.map((group) => group.images.map((name) => name.replace(/.*photos./, '')).sort())).toEqual([
      ['2.png', 'copy.png'],
      ['4 <again>.png', '4.png'],
    ]);
    expect(groups[1]?.pairs).toMatchObject([{ distance: 0 }]);
    const text = await readFile(page, 'utf8');
    expect(text).toContain('4 &lt;again&gt;.png');
    expect(text.match(/<img /g)).toHaveLength(4);
    expect(text).not.toMatch(/<script|src="(?!data:)|https?:/);
    const { out } = await lpips('duplicates', index, '--below', '0', ...LITE);
    expect(out).toContain('1 group of 2 images at most 0 apart, among 8 images');
  });
});

describe('lpips duplicates of a collection with many equal images', () => {
  const COPIES = 150;

  it('decodes each image once, and computes the distances of one of them', async () => {
    const copies = Array.from({ length: COPIES }, (_, copy) => join(photos, `again-${copy}.png`));
    for (const copy of copies) await copyFile(join(photos, '2.png'), copy);
    await makeIndex();
    const { groups, examined } = await json<{
      groups: { images: string[]; pairs: { image: string; reference: string; distance: number }[] }[];
      examined: number;
    }>('duplicates', index, '--below', '0.01', ...LITE);
    expect(examined).toBe(1);
    expect(groups).toHaveLength(1);
    const [group] = groups;
    expect(group?.images).toHaveLength(COPIES + 2);
    expect(group?.pairs).toHaveLength(COPIES + 1);
    expect(group?.pairs.filter(({ distance }) => distance === 0)).toHaveLength(COPIES);
    expect(new Set(group?.pairs.map(({ image }) => image)).size).toBe(1);
  });

  it('keeps the pixels of images that it has decoded, as many as its memory holds', async () => {
    await makeIndex();
    const { index: opened, close } = await openIndexFile(index);
    const leftOut: LeftOutPath[] = [];
    const bytes = 4 * 3 * 64 * 64;
    const { numTensors } = memory();
    const kept = new KeptPixels({ index: opened, path: index, leftOut }, 2 * bytes);
    const [first, second, third] = [await kept.digestOf(0), await kept.digestOf(1), await kept.digestOf(2)];
    expect(new Set([first, second, third]).size).toBe(3);
    await rm(photos, { recursive: true });
    const again = await kept.read(1);
    expect(again?.shape).toEqual([1, 64, 64, 3]);
    again?.dispose();
    expect(leftOut).toEqual([]);
    expect(await kept.digestOf(2)).toBe(third);
    expect(await kept.read(0)).toBeUndefined();
    expect(leftOut).toMatchObject([{ reason: 'it is no longer there' }]);
    expect(memory().numTensors).toBe(numTensors);
    await close();
  });
});

describe('lpips export', () => {
  it('writes a row for each image, and their names beside it', async () => {
    await makeIndex();
    const out = join(folder, 'vectors.npy');
    const written = await json<Record<string, unknown>>('export', index, '--out', out);
    const list = JSON.parse(await readFile(join(folder, 'vectors.json'), 'utf8')) as { images: string[] };
    expect(written).toMatchObject({ images: 7, list: join(folder, 'vectors.json') });
    expect(list.images.map((path) => path.replace(/.*photos./, ''))).toContain('copy.png');
    const bytes = await readFile(out);
    expect(bytes.length).toBe(128 + 7 * 4 * Number(written['numbers']));
    expect((await lpips('export', index, '--out', join(folder, 'vectors.bin'))).code).toBe(2);
  });
});
