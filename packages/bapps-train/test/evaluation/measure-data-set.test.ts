import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { memory } from '@tensorflow/tfjs-core';
import {
  at,
  type Lpips,
  liteWeightsUrl,
  parseSafetensors,
  serializeSafetensors,
  type WeightMap,
} from 'lpips-core';
import { loadLpips, readImage, selectBackend } from 'lpips-node';
import { paint } from 'lpips-pictures';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tempDir } from '../../../../test/support/temp-dir.js';
import { scanPairs, scanTriplets } from '../../src/data-set/scan-data-set.js';
import { addWeightsFiles, contenderOf, disposeTrunks, type Trunk } from '../../src/evaluation/contenders.js';
import { measurePairs, measureTriplets } from '../../src/evaluation/measure-data-set.js';
import { paintDataSet, png } from '../support/painted-data-set.js';
import { BUILT_THREAD } from '../support/run-bapps.js';

const SIZE = 24;
const OPTIONS = { size: SIZE, decode: BUILT_THREAD } as const;
/** Relative: float64 sums of float32 products against float32 sums. */
const TOLERANCE = 1e-5;

let lpips: Lpips;

beforeAll(async () => {
  await selectBackend('wasm');
  lpips = await loadLpips({ net: 'lite' });
});
afterAll(() => lpips.dispose());

async function dataSet(): Promise<string> {
  const root = await tempDir();
  await paintDataSet(root, { triplets: { near: 27, far: 3 }, pairs: { near: 6 }, size: SIZE });
  return root;
}

async function distance(image: string, reference: string): Promise<number> {
  const [x, y] = [await readImage(image), await readImage(reference)];
  const result = lpips.distance(x, y);
  const [value = Number.NaN] = await result.data();
  for (const tensor of [x, y, result]) tensor.dispose();
  return value;
}

/** Other heads for lite. */
async function otherHeads(): Promise<{ heads: WeightMap; whole: WeightMap }> {
  const { weights } = parseSafetensors(await readFile(fileURLToPath(liteWeightsUrl)));
  const heads = [...weights]
    .filter(([name]) => name.startsWith('lin'))
    .map(
      ([name, { shape, data }], tap) =>
        [name, { shape, data: data.map((weight, c) => (c % (tap + 2)) * weight) }] as const,
    );
  return { heads: new Map(heads), whole: new Map([...weights, ...heads]) };
}

describe('measureTriplets and measurePairs, lite, 27 + 3 triplets and 6 pairs of 24x24', () => {
  it('give the distances that each pair of images has by itself, in the order of names', async () => {
    const root = await dataSet();
    const trunks = [{ lpips, contenders: [contenderOf(lpips)] }];
    const [name = ''] = trunks.flatMap(({ contenders }) => contenders.map((one) => one.name));
    const triplets = await scanTriplets(root, 'val');
    const judged = await measureTriplets(triplets, trunks, OPTIONS);
    expect(judged.map(({ distortion, judge }) => [distortion, judge.length])).toEqual([
      ['far', 3],
      ['near', 27],
    ]);
    for (const [index, { judge, distances }] of judged.entries()) {
      const items = triplets[index]?.items ?? [];
      expect(judge).toEqual(items.map((item) => item.judge));
      for (const [place, { ref, p0, p1 }] of items.entries()) {
        const { d0, d1 } = distances.get(name) ?? { d0: [], d1: [] };
        const [left, right] = [await distance(p0, ref), await distance(p1, ref)];
        expect(Math.abs(at(d0, place) / left - 1)).toBeLessThan(TOLERANCE);
        expect(Math.abs(at(d1, place) / right - 1)).toBeLessThan(TOLERANCE);
      }
    }
    const pairs = await scanPairs(root);
    const [noticed] = await measurePairs(pairs, trunks, OPTIONS);
    expect(noticed?.same).toHaveLength(6);
    for (const [place, { p0, p1 }] of (pairs[0]?.items ?? []).entries()) {
      const measured = at(noticed?.distances.get(name) ?? [], place);
      expect(Math.abs(measured / (await distance(p1, p0)) - 1)).toBeLessThan(TOLERANCE);
    }
  });

  it('measures other heads in the same pass, and a whole network on its own backbone, alike', async () => {
    const root = await dataSet();
    const { heads, whole } = await otherHeads();
    const folder = await tempDir();
    const [few, all] = [join(folder, 'mine.safetensors'), join(folder, 'whole.safetensors')];
    await writeFile(few, serializeSafetensors(heads));
    await writeFile(all, serializeSafetensors(whole));
    const trunks: Trunk[] = [{ lpips, contenders: [contenderOf(lpips)] }];
    await addWeightsFiles(trunks, [{ path: few }, { path: all }]);
    expect(trunks.map(({ contenders }) => contenders.length)).toEqual([2, 1]);
    const [judged] = await measureTriplets(await scanTriplets(root, 'val'), trunks, OPTIONS);
    expect([...(judged?.distances.keys() ?? [])].slice(1)).toEqual(['mine', 'whole', 'L2', 'SSIM']);
    expect(judged?.distances.get('mine')).toEqual(judged?.distances.get('whole'));
    expect(judged?.distances.get('mine')).not.toEqual(judged?.distances.get(`lite ${lpips.version}`));
    disposeTrunks(trunks.slice(1));
  });

  it('leave no tensors behind, also where an image is truncated, which is named', async () => {
    const root = await dataSet();
    const trunks = [{ lpips, contenders: [contenderOf(lpips)] }];
    const triplets = await scanTriplets(root, 'val');
    await measureTriplets(triplets, trunks, OPTIONS);
    const before = memory().numTensors;
    await measureTriplets(triplets, trunks, OPTIONS);
    expect(memory().numTensors).toBe(before);
    const cut = join(root, '2afc', 'val', 'near', 'p1', '000003.png');
    await writeFile(cut, (await png(paint(SIZE, SIZE, (x) => [x / SIZE, 0, 0]))).subarray(0, 80));
    await expect(measureTriplets(triplets, trunks, OPTIONS)).rejects.toThrow(
      `readPatch: expected a PNG image for ${cut}, got a damaged, truncated or other file.`,
    );
    expect(memory().numTensors).toBe(before);
  });
});
