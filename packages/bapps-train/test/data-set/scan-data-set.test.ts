import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listDistortions, scanPairs, scanTriplets } from 'bapps-train';
import { LpipsError } from 'lpips-core';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { judgement, put, putDistortion } from '../support/small-data-set.js';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bapps-scan-'));
  onTestFinished(() => rm(root, { recursive: true }));
  await putDistortion(root, '2afc/train/traditional', { '10': 0.5, '2': 1, '1': 0 });
  await putDistortion(root, '2afc/train/cnn', { '000000': 0.25 });
  await putDistortion(root, 'jnd/val/cnn', { '000000': 0.75, '000001': 0 });
});

describe('scanTriplets', () => {
  it('gives distortions and triplets in the order of their names', async () => {
    const found = await scanTriplets(root, 'train');
    expect(
      found.map(({ distortion, items }) => [distortion, items.map(({ name, judge }) => [name, judge])]),
    ).toEqual([
      ['cnn', [['000000', 0.25]]],
      [
        'traditional',
        [
          ['1', 0],
          ['10', 0.5],
          ['2', 1],
        ],
      ],
    ]);
    const [triplet] = found[0]?.items ?? [];
    expect([triplet?.ref, triplet?.p0, triplet?.p1]).toEqual(
      ['ref', 'p0', 'p1'].map((part) => join(root, `2afc/train/cnn/${part}/000000.png`)),
    );
  });

  it('gives the distortions that are asked for alone', async () => {
    const found = await scanTriplets(root, 'train', { distortions: ['traditional'] });
    expect(found.map(({ distortion }) => distortion)).toEqual(['traditional']);
  });

  it('leaves hidden files and leftovers out, and follows links', async () => {
    await put(root, '2afc/train/cnn/ref/.DS_Store');
    await put(root, '2afc/.DS_Store');
    await put(root, '2afc/train/cnn/p0/Thumbs.db');
    await put(root, '2afc/train/@eaDir/SYNO@.jpg');
    await put(root, '2afc/train/cnn/p1/@eaDir/000000.png');
    await put(root, '2afc/train/cnn/judge/desktop.ini');
    await mkdir(join(root, '2afc/val'));
    await symlink(join(root, '2afc/train/cnn'), join(root, '2afc/val/linked'));
    expect((await scanTriplets(root, 'val')).map(({ distortion }) => distortion)).toEqual(['linked']);
  });

  it('reads more judgements than it opens at a time, in order', async () => {
    const judgements = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`n${100 + i}`, i / 150]));
    await putDistortion(root, '2afc/val/many', judgements);
    const [many] = await scanTriplets(root, 'val');
    expect(many?.items.map(({ judge }) => judge)).toEqual(Object.values(judgements).map(Math.fround));
  });
});

describe('scanPairs', () => {
  it('gives pairs with the share of people who took them for the same', async () => {
    const [cnn] = await scanPairs(root);
    expect(cnn?.items.map(({ name, same }) => [name, same])).toEqual([
      ['000000', 0.75],
      ['000001', 0],
    ]);
    expect(cnn?.items[1]?.p1).toBe(join(root, 'jnd/val/cnn/p1/000001.png'));
  });
});

describe('listDistortions', () => {
  it('is empty where a split or a task is missing', async () => {
    expect(await listDistortions(root, '2afc', 'train')).toEqual(['cnn', 'traditional']);
    expect(await listDistortions(root, '2afc', 'val')).toEqual([]);
    expect(await listDistortions(join(root, 'jnd'), '2afc', 'val')).toEqual([]);
  });
});

describe('a data set that does not fit the layout', () => {
  const without = (path: string) => () => rm(join(root, path), { recursive: true });
  const withFile =
    (path: string, content: string | Uint8Array = '') =>
    () =>
      put(root, path, content);

  it.each([
    [
      'no judgement',
      without('2afc/train/cnn/judge/000000.npy'),
      'scan: expected *.npy files for ROOT/2afc/train/cnn/judge, got an empty folder.',
    ],
    [
      'one judgement of three missing',
      without('2afc/train/traditional/judge/2.npy'),
      'scan: expected a partner of ROOT/2afc/train/traditional/ref/2.png for ' +
        'ROOT/2afc/train/traditional/judge/2.npy, got no such file. Copy it, or delete its partners.',
    ],
    [
      'a judgement too many',
      withFile('2afc/train/traditional/judge/3.npy', judgement(0)),
      'scan: expected a partner of ROOT/2afc/train/traditional/judge/3.npy for ' +
        'ROOT/2afc/train/traditional/ref/3.png, got no such file. Copy it, or delete its partners.',
    ],
    [
      'an image without partner',
      without('2afc/train/traditional/p1/10.png'),
      'scan: expected a partner of ROOT/2afc/train/traditional/ref/10.png for ' +
        'ROOT/2afc/train/traditional/p1/10.png, got no such file. Copy it, or delete its partners.',
    ],
    [
      'a judgement outside [0, 1]',
      withFile('2afc/train/cnn/judge/000000.npy', judgement(1.5)),
      'readJudgement: expected a share of the votes in [0, 1] for ROOT/2afc/train/cnn/judge/000000.npy, got 1.5.',
    ],
    [
      'a judgement of another dtype',
      withFile(
        '2afc/train/cnn/judge/000000.npy',
        Buffer.from(Buffer.from(judgement(1)).toString('latin1').replace('<f4', '<f2'), 'latin1'),
      ),
      'readNpy: expected float32 (<f4), float64 (<f8) or whole numbers for ROOT/2afc/train/cnn/judge/000000.npy, got <f2. ' +
        'Save it with .astype("float32").',
    ],
    [
      'no folder of references',
      without('2afc/train/cnn/ref'),
      'scan: expected folders ref, p0, p1, judge for ROOT/2afc/train/cnn, got no ref.',
    ],
    [
      'an unknown folder beside the images',
      withFile('2afc/train/cnn/p2/000000.png'),
      'scan: expected no folder but ref, p0, p1, judge for ROOT/2afc/train/cnn, got p2. Move it away.',
    ],
    [
      'an unknown split',
      withFile('2afc/spare/cnn/p0/000000.png'),
      'scan: expected no folder but train, val, test for ROOT/2afc, got spare. Move it away.',
    ],
    [
      'images of another format',
      withFile('2afc/train/cnn/p0/000001.gif'),
      'scan: expected nothing but images (*.png, *.jpg, *.jpeg, *.webp, *.bmp, *.ppm) for ROOT/2afc/train/cnn/p0, got 000001.gif.',
    ],
    [
      'a file among the distortions',
      withFile('2afc/train/readme.txt'),
      'scan: expected nothing but folders for ROOT/2afc/train, got the file readme.txt.',
    ],
    [
      'an empty distortion',
      () => mkdir(join(root, '2afc/train/blur')),
      'scan: expected folders ref, p0, p1, judge for ROOT/2afc/train/blur, got no ref.',
    ],
    [
      'no such split',
      without('2afc/train'),
      'scan: expected a folder for each distortion for ROOT/2afc/train, got no such folder. ' +
        'Name the folder that holds 2afc.',
    ],
  ])('is refused by name: %s', async (_, damage, message) => {
    await damage();
    await expect(scanTriplets(root, 'train')).rejects.toThrow(
      new LpipsError(message.replaceAll('ROOT', root)),
    );
  });

  it('is refused where a distortion is asked for that it lacks', async () => {
    await expect(scanTriplets(root, 'train', { distortions: ['cnn', 'blur'] })).rejects.toThrow(
      new LpipsError('scan: expected one of cnn, traditional for the distortion, got blur.'),
    );
  });
});
