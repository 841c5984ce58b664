import { copyFile, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Lpips } from 'lpips-core';
import { loadLpips, selectBackend } from 'lpips-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contenderOf, type Trunk } from '../../src/evaluation/contenders.js';
import { findItems, type Measurable, measure } from '../../src/evaluation/measure.js';
import { extract } from '../../src/extraction/extract.js';
import { paintDataSet } from '../support/painted-data-set.js';
import { BUILT_THREAD } from '../support/run-bapps.js';

const SIZE = 24;
const OPTIONS = { size: SIZE, decode: BUILT_THREAD } as const;

let lpips: Lpips;
let trunks: Trunk[];
let data: string;
let extraction: string;

beforeAll(async () => {
  await selectBackend('wasm');
  lpips = await loadLpips({ net: 'lite' });
  const linear = await loadLpips({ net: 'lite', linear: false });
  trunks = [{ lpips, contenders: [contenderOf(lpips), contenderOf(linear)] }];
  linear.dispose();
  await prepare();
});
afterAll(async () => {
  lpips.dispose();
  for (const folder of [data, extraction]) await rm(folder, { recursive: true });
});

async function take(what: Omit<Measurable, 'split'> & Partial<Measurable>, options = {}) {
  return await measure(await findItems({ split: 'val', ...what }), trunks, options);
}

async function prepare(): Promise<void> {
  data = await mkdtemp(join(tmpdir(), 'bapps-test-'));
  extraction = await mkdtemp(join(tmpdir(), 'bapps-test-'));
  await paintDataSet(data, { triplets: { near: 27, far: 3 }, pairs: { near: 6 }, size: SIZE });
  await extract(lpips, data, extraction, { ...OPTIONS, itemsPerShard: 10 });
}

describe('measure, lite, 27 + 3 triplets and 6 pairs of 24x24', () => {
  it('gives the same scores from extracted vectors as from images, and the baselines beside them', async () => {
    const images = await take({ data }, OPTIONS);
    const both = await take({ data, extraction }, OPTIONS);
    const vectors = await take({ extraction });
    expect(images.judged.map(({ distortion }) => distortion)).toEqual(['far', 'near']);
    const names = (some: typeof both) => [...(some.judged[0]?.distances.keys() ?? [])];
    expect(names(both)).toEqual(names(images));
    expect(names(vectors)).toEqual(names(images).slice(0, 2));
    for (const [index, { distortion, judge, distances }] of images.judged.entries()) {
      expect(both.judged[index]?.distortion).toBe(distortion);
      expect(Array.from(both.judged[index]?.judge ?? [])).toEqual(Array.from(Float32Array.from(judge)));
      for (const [name, { d0, d1 }] of distances) {
        const other = both.judged[index]?.distances.get(name);
        for (const [mine, others] of [
          [d0, other?.d0],
          [d1, other?.d1],
        ]) {
          expect(others).toHaveLength(judge.length);
          Array.from(mine ?? []).forEach((value, place) => {
            expect(others?.[place]).toBeCloseTo(value, 9); // shards of 10 are other batches than 25
          });
        }
      }
    }
    expect(both.noticed.map(({ distortion }) => distortion)).toEqual(['near']);
  });

  it('takes the distortions that are named, of triplets and of pairs', async () => {
    const { judged, noticed } = await take({ data, distortions: ['far'] }, OPTIONS);
    expect([judged.map(({ distortion }) => distortion), noticed]).toEqual([['far'], []]);
    const near = await take({ extraction, distortions: ['near'] });
    expect([near.judged.length, near.noticed.length]).toEqual([1, 1]);
  });

  it('refuses vectors of another net, another data set, and of nothing that was asked', async () => {
    await expect(take({ extraction, split: 'train' })).rejects.toThrow(
      `evaluate: expected vectors of the distortions asked for in train for ${extraction}, got none. Extract a data set that has them.`,
    );
    const path = join(data, 'jnd', 'val', 'near', 'p1', '000002.png');
    const aside = join(data, 'jnd', 'val', 'near', 'p1', '.away');
    await rename(path, aside);
    await copyFile(path.replace('000002', '000003'), path);
    await expect(take({ data, extraction }, { ...OPTIONS, baselines: false })).rejects.toThrow(
      `evaluate: expected vectors of the images and judgements of jnd/val/near in ${data} for ${extraction}, ` +
        'got those of others. Run "bapps extract" again.',
    );
    await rename(aside, path);
    await rm(join(data, '2afc', 'val', 'near'), { recursive: true });
    await expect(take({ data, extraction }, OPTIONS)).rejects.toThrow(
      `evaluate: expected the 27 items of near that were extracted for ${data}/2afc/val, got 0. Name the data set of the extraction.`,
    );
    const whole: Trunk = { lpips, contenders: trunks[0]?.contenders ?? [] };
    await expect(measure(await findItems({ extraction, split: 'val' }), [...trunks, whole])).rejects.toThrow(
      /^evaluate: cannot measure lite .* from vectors: it is a whole network, and .* holds vectors for heads\. Evaluate it on images\.$/,
    );
    await expect(take({ extraction: data })).rejects.toThrow(
      `extraction: expected a folder with extraction.json for ${data}, got none. Run "bapps extract" first.`,
    );
  });
});
