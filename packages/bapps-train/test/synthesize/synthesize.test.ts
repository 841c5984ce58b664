import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type SynthesisManifest,
  type SynthesizeOptions,
  scanPairs,
  scanTriplets,
  synthesize,
} from 'bapps-train';
import { type Lpips, LpipsError } from 'lpips-core';
import { loadLpips, selectBackend } from 'lpips-node';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { paintPhotographs } from '../support/paint-photographs.js';

const FEW: SynthesizeOptions = { train: 5, val: 3, jnd: 4, networks: 1, seed: 3 };

let folder = '';
let lite: Lpips;
const at = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bapps-synthesize-'));
  await mkdir(at('photos'));
  await paintPhotographs(at('photos'), 6);
  await selectBackend('wasm');
  lite = await loadLpips({ net: 'lite' });
  await synthesize(at('photos'), at('data'), lite, FEW);
});
afterAll(async () => {
  lite.dispose();
  await rm(folder, { recursive: true });
});

/** Content of every file below a folder, by its path. */
async function contents(root: string): Promise<Map<string, string>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  return new Map(
    await Promise.all(
      files
        .sort()
        .map(
          async (path): Promise<[string, string]> => [
            path.slice(root.length),
            await readFile(path, 'base64'),
          ],
        ),
    ),
  );
}

async function manifest(): Promise<SynthesisManifest> {
  return JSON.parse(await readFile(at('data', 'synthesis.json'), 'utf8')) as SynthesisManifest;
}

describe('synthesize', () => {
  it('makes larger patches with --side, of which the manifest tells, and refuses other sides', async () => {
    const some = { train: 1, val: 1, jnd: 1, networks: 1 };
    const { side } = await synthesize(at('photos'), at('large'), lite, { ...some, side: 80 });
    expect(side).toBe(80);
    for (const path of ['2afc/train/cnn/p0', '2afc/val/traditional/ref', 'jnd/val/cnn/p1']) {
      const { width, height } = await sharp(at('large', path, '000000.png')).metadata();
      expect([width, height], path).toEqual([80, 80]);
    }
    expect(await manifest()).not.toHaveProperty('side');
    for (const wrong of [63, 513, 64.5]) {
      await expect(synthesize(at('photos'), at('wrong'), lite, { ...some, side: wrong })).rejects.toThrow(
        `synthesize: expected a whole number from 64 to 512 for side, got ${wrong}.`,
      );
    }
  });

  it('makes the layout of BAPPS: 5 and 3 triplets, 4 pairs, of both families', async () => {
    for (const [split, count, votes] of [
      ['train', 5, 2],
      ['val', 3, 5],
    ] as const) {
      const found = await scanTriplets(at('data'), split);
      expect(found.map(({ distortion, items }) => [distortion, items.length])).toEqual([
        ['cnn', count],
        ['traditional', count],
      ]);
      for (const { judge } of found.flatMap(({ items }) => items)) {
        expect(Math.abs(judge * votes - Math.round(judge * votes))).toBeLessThan(1e-6);
      }
    }
    const pairs = await scanPairs(at('data'));
    expect(pairs.map(({ distortion, items }) => [distortion, items.length])).toEqual([
      ['cnn', 4],
      ['traditional', 4],
    ]);
  });

  it('makes RGB patches of 64x64 that differ from their reference', async () => {
    for (const { items } of await scanTriplets(at('data'), 'train')) {
      expect(items).toHaveLength(5);
      for (const { ref, p0, p1 } of items) {
        const [r, a, b] = await Promise.all(
          [ref, p0, p1].map((path) => sharp(path).raw().toBuffer({ resolveWithObject: true })),
        );
        expect([r?.info.width, r?.info.height, r?.info.channels]).toEqual([64, 64, 3]);
        expect(a?.data).not.toEqual(r?.data);
        expect(b?.data).not.toEqual(r?.data);
        expect(b?.data).not.toEqual(a?.data);
      }
    }
  });

  it('says how it was made, and keeps the photographs of train and val apart', async () => {
    const { what, seed, counts, teacher, observers, photographs } = await manifest();
    expect(what).toContain('no person was asked');
    expect([seed, counts, teacher.net, observers.votes]).toEqual([
      3,
      { train: 5, val: 3, jnd: 4 },
      'lite',
      { train: 2, val: 5, jnd: 3 },
    ]);
    expect(observers.threshold).toBeGreaterThan(0);
    const [train, val] = [photographs.train, photographs.val].map((list) => list.map(({ sha256 }) => sha256));
    expect([train?.length, val?.length]).toEqual([5, 1]);
    expect(train?.some((digest) => val?.includes(digest))).toBe(false);
  });

  it('is the same to the byte with the same seed, and another with another', async () => {
    const first = await contents(at('data'));
    await synthesize(at('photos'), at('again'), lite, FEW);
    expect(await contents(at('again'))).toEqual(first);
    await synthesize(at('photos'), at('other'), lite, { ...FEW, seed: 4 });
    const other = await contents(at('other'));
    expect([...other.keys()]).toEqual([...first.keys()]);
    const image = '/2afc/train/cnn/p0/000000.png';
    expect(other.get(image)).not.toEqual(first.get(image));
  });

  it('is the same to the byte on another backend', async () => {
    const fewer = { families: ['traditional'], train: 2, val: 1, jnd: 1 } as const;
    await synthesize(at('photos'), at('on-wasm'), lite, fewer);
    await selectBackend('cpu');
    const onCpu = await loadLpips({ net: 'lite' });
    await synthesize(at('photos'), at('on-cpu'), onCpu, fewer);
    onCpu.dispose();
    await selectBackend('wasm');
    expect(await contents(at('on-cpu'))).toEqual(await contents(at('on-wasm')));
  });

  it('gives an item the same picture however many others there are', async () => {
    await synthesize(at('photos'), at('more'), lite, {
      ...FEW,
      families: ['traditional'],
      train: 8,
      val: 0,
      jnd: 0,
    });
    const [few, more] = [await contents(at('data')), await contents(at('more'))];
    for (const part of ['ref', 'p0', 'p1']) {
      const path = `/2afc/train/traditional/${part}/000002.png`;
      expect(more.get(path)).toEqual(few.get(path));
    }
    expect(await readdir(at('more', '2afc'))).toEqual(['train']);
  });

  it('lets observers without noise tell the truth of the teacher, and half of them notice the median', async () => {
    await synthesize(at('photos'), at('sure'), lite, {
      ...FEW,
      noise: 0,
      train: 0,
      families: ['traditional'],
      jnd: 6,
    });
    const [{ items } = { items: [] }] = await scanTriplets(at('sure'), 'val');
    expect(items).toHaveLength(3);
    expect(items.every(({ judge }) => judge === 0 || judge === 1)).toBe(true);
    const [pairs] = await scanPairs(at('sure'));
    expect(pairs?.items.map(({ same }) => same).sort()).toEqual([0, 0, 0, 1, 1, 1]);
  });

  it('takes folders train and val of photographs as the splits', async () => {
    for (const [split, first] of [
      ['train', 0],
      ['val', 10],
    ] as const) {
      await mkdir(at('apart', split), { recursive: true });
      await paintPhotographs(at('apart', split), 2, { first });
    }
    const { photographs } = await synthesize(at('apart'), at('from-apart'), lite, {
      ...FEW,
      families: ['traditional'],
    });
    expect(photographs.val.map(({ name }) => name)).toEqual(['photograph-10.png', 'photograph-11.png']);
  });

  it('starts over where an interrupted run left its folder', async () => {
    await mkdir(at('.killed.part', '2afc'), { recursive: true });
    await writeFile(at('.killed.part', '.unfinished'), '');
    await synthesize(at('photos'), at('killed'), lite, FEW);
    expect(await contents(at('killed'))).toEqual(await contents(at('data')));
    expect(await readdir(folder)).not.toContain('.killed.part');
  });

  it('reports progress up to the last item', async () => {
    const seen: string[] = [];
    await synthesize(at('photos'), at('told'), lite, {
      ...FEW,
      families: ['traditional'],
      onProgress: (done, total) => seen.push(`${done}/${total}`),
    });
    expect(seen).toEqual(['5/12', '8/12', '12/12']);
  });
});

describe('synthesize, refusing', () => {
  const refused = (photos: string, out: string, message: string, options: SynthesizeOptions = {}) =>
    expect(synthesize(photos, out, lite, { ...FEW, ...options })).rejects.toThrow(new LpipsError(message));

  it('a folder without photographs, with one, or with one that is too small', async () => {
    await mkdir(at('none'));
    await refused(
      at('none'),
      at('x'),
      `synthesize: expected at least two photographs for ${at('none')}, got none for train.`,
    );
    await mkdir(at('one'));
    await paintPhotographs(at('one'), 1);
    await refused(
      at('one'),
      at('x'),
      `synthesize: expected at least two photographs for ${at('one')}, got 1. ` +
        'At least one is held out, so that none is left for train. Add photographs, or sort them into folders train and val.',
    );
    await paintPhotographs(at('one'), 1, { first: 5, width: 63 });
    await refused(
      at('one'),
      at('x'),
      `synthesize: expected at least 64x64 pixels for ${at('one', 'photograph-5.png')}, got 63x96. Leave it out.`,
    );
    await refused(
      at('nowhere'),
      at('x'),
      `listImages: cannot read ${at('nowhere')}: there is no such folder. Check the path.`,
    );
  });

  it('a photograph that is in both splits', async () => {
    for (const split of ['train', 'val']) {
      await mkdir(at('both', split), { recursive: true });
      await paintPhotographs(at('both', split), 1, { first: 3 });
    }
    const [twin, path] = ['train', 'val'].map((split) => at('both', split, 'photograph-3.png'));
    await refused(
      at('both'),
      at('x'),
      `synthesize: expected no photograph in both train and val for ${path}, got a copy of ${twin}. Delete one.`,
    );
  });

  it('a damaged photograph by its name, and leaves nothing', async () => {
    await mkdir(at('damaged'));
    await paintPhotographs(at('damaged'), 3);
    await truncate(at('damaged', 'photograph-1.png'), 900);
    await expect(synthesize(at('damaged'), at('x'), lite, FEW)).rejects.toThrow(
      at('damaged', 'photograph-1.png'),
    );
    expect((await readdir(folder)).filter((name) => /^\.?x/.test(name))).toEqual([]);
  });

  it('a folder that is not empty, and a file', async () => {
    await refused(
      at('photos'),
      at('data'),
      `synthesize: expected a new or empty folder for ${at('data')}, got one that holds 2afc. Name another, or delete it.`,
    );
    await writeFile(at('file'), '');
    await refused(
      at('photos'),
      at('file'),
      `synthesize: expected a new or empty folder for ${at('file')}, got a file. Name another, or delete it.`,
    );
  });

  it('a full disk in the middle, and leaves nothing', async () => {
    let files = 0;
    const write = (path: string, bytes: Uint8Array) =>
      ++files > 20
        ? Promise.reject(Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }))
        : writeFile(path, bytes);
    await refused(
      at('photos'),
      at('full'),
      `synthesize: cannot write ${at('full')}: the disk is full. ` +
        'Free some space, or choose another folder. Nothing was left behind.',
      { write },
    );
    expect((await readdir(folder)).filter((name) => /^\.?full/.test(name))).toEqual([]);
  });

  it('a folder of that name which is not its own', async () => {
    await mkdir(at('.mine.part'));
    await writeFile(at('.mine.part', 'thesis.tex'), '');
    await refused(
      at('photos'),
      at('mine'),
      `synthesize: expected a folder of its own for ${at('.mine.part')}, got one that holds thesis.tex. Move it away.`,
    );
  });

  it('to go on when it is told to stop', async () => {
    const stop = new AbortController();
    const onProgress = () => stop.abort(new Error('stopped'));
    await expect(
      synthesize(at('photos'), at('stopped'), lite, { ...FEW, signal: stop.signal, onProgress }),
    ).rejects.toThrow('stopped');
    expect((await readdir(folder)).filter((name) => /^\.?stopped/.test(name))).toEqual([]);
  });
});
