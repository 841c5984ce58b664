import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memory, Tensor } from '@tensorflow/tfjs-core';
import { Lpips } from 'lpips-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { noisyPng } from '../../../../test/support/test-terminal.js';
import { selectBackend } from '../../src/backends/select-backend.js';
import { compareAllPairs, type IndexedDistance } from '../../src/comparing/compare-pairs.js';
import { readImage } from '../../src/images/read-image.js';
import { randomWeights } from '../images/random-weights.js';
import { lpips } from '../support/run-lpips.js';

const COUNT = 5;
let folder = '';
let odd = '';
const frame = (number: number) => join(folder, `frame${number}.png`);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lpips-pairs-'));
  odd = await mkdtemp(join(tmpdir(), 'lpips-odd-'));
  process.env['LPIPS_CACHE'] = join(odd, 'cache');
  for (let number = 8; number < 8 + COUNT; number++)
    await noisyPng(frame(number), { noise: number * 3, seed: number });
  await noisyPng(join(odd, 'a.png'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await rm(odd, { recursive: true });
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** Counts passes through the backbone, and makes sure that comparing makes none. */
function countPasses() {
  const features = vi.spyOn(Lpips.prototype, 'features');
  const distance = vi.spyOn(Lpips.prototype, 'distance');
  return () => {
    const arguments_ = distance.mock.calls.flat();
    expect(arguments_.filter((argument) => argument instanceof Tensor)).toEqual([]);
    return { passes: features.mock.calls.length, comparisons: distance.mock.calls.length };
  };
}

describe('lpips pairs', () => {
  it(`compares all pairs of ${COUNT} images with ${COUNT} passes through the backbone`, async () => {
    const counted = countPasses();
    const { code, out } = await lpips('pairs', folder, '--json', '--quiet');
    const { pairs, mean } = JSON.parse(out) as {
      pairs: { image: string; reference: string }[];
      mean: number;
    };
    expect(code).toBe(0);
    expect(counted()).toEqual({ passes: COUNT, comparisons: (COUNT * (COUNT - 1)) / 2 });
    expect(pairs.map(({ image, reference }) => [image, reference])).toEqual(
      [8, 9, 10, 11, 12].flatMap((first) =>
        [8, 9, 10, 11, 12].filter((second) => second > first).map((second) => [frame(first), frame(second)]),
      ),
    );
    expect(mean).toBeGreaterThan(0);
  });

  it('--consecutive compares neighbours in natural order, with one pass each', async () => {
    const counted = countPasses();
    const { out } = await lpips('pairs', folder, '--consecutive', '--json');
    const { pairs } = JSON.parse(out) as { pairs: { image: string; reference: string }[] };
    expect(counted()).toEqual({ passes: COUNT, comparisons: COUNT - 1 });
    expect(pairs.map(({ image, reference }) => [image, reference])).toEqual(
      [8, 9, 10, 11].map((number) => [frame(number), frame(number + 1)]),
    );
  });

  it('gives the numbers that distance gives', async () => {
    const all = JSON.parse((await lpips('pairs', folder, '--json')).out) as { pairs: { distance: number }[] };
    const one = JSON.parse((await lpips('distance', frame(8), frame(9), '--json')).out) as {
      distance: number;
    };
    expect(all.pairs[0]?.distance).toBeCloseTo(one.distance, 7);
  });

  it('prints a table, and --csv writes it', async () => {
    const csv = join(odd, 'pairs.csv');
    const { out } = await lpips('pairs', folder, '--consecutive', '--csv', csv);
    expect(out.trimEnd().split('\n')).toHaveLength(1 + 4 + 1);
    expect(out).toMatch(/mean of 4\n$/);
    expect((await readFile(csv, 'utf8')).split('\r\n')).toHaveLength(1 + 4 + 1);
  });

  it('refuses a --csv over one of the images, which stays as it was', async () => {
    const before = await readFile(frame(9));
    const { code, error } = await lpips('pairs', folder, '--csv', frame(9), '--quiet');
    expect([code, error]).toEqual([
      1,
      `output: expected a file that can be written for ${frame(9)}, got a file that is read. Name another file.\n`,
    ]);
    expect((await readFile(frame(9))).equals(before)).toBe(true);
  });

  it('refuses fewer than two images, and images of different sizes by name', async () => {
    const single = await lpips('pairs', odd);
    expect([single.code, single.error]).toEqual([
      1,
      `lpips pairs: expected at least two images for ${odd}, got 1. Put the images to compare into one folder.\n`,
    ]);
    await noisyPng(join(odd, 'b.png'), { width: 40 });
    const sizes = await lpips('pairs', odd);
    expect([sizes.code, sizes.error]).toEqual([
      1,
      `lpips pairs: expected 32x24 pixels, as ${join(odd, 'a.png')} has, for ${join(odd, 'b.png')}, got 40x24. ` +
        'Scale one of them, or pass --resize.\n',
    ]);
    expect((await lpips('pairs', odd, '--resize')).code).toBe(0);
  });

  it('refuses a folder with one image whose pixels can be read, and names the others', async () => {
    const torn = await mkdtemp(join(tmpdir(), 'lpips-torn-'));
    await noisyPng(join(torn, 'a.png'));
    await writeFile(join(torn, 'b.png'), (await readFile(join(torn, 'a.png'))).subarray(0, -200));
    for (const more of [[], ['--consecutive']]) {
      const { code, out, error } = await lpips('pairs', torn, '--quiet', ...more);
      expect([code, out]).toEqual([1, '']);
      expect(error).toContain(
        `expected at least two images for ${torn}, got 1. ${join(torn, 'b.png')} is left out`,
      );
    }
    await rm(torn, { recursive: true });
  });

  it('leaves no tensor behind', async () => {
    await lpips('pairs', folder);
    const before = memory().numTensors;
    await lpips('pairs', folder);
    await lpips('pairs', folder, '--consecutive');
    expect(memory().numTensors).toBe(before);
  });
});

describe('compareAllPairs, where memory holds the features of', () => {
  it.each([
    [1, 5 + 4 + 3 + 2],
    [2, 5 + 3],
    [3, 5 + 2],
    [5, 5],
  ])('%i images of five, makes %i passes and finds the same distances', async (room, passes) => {
    await selectBackend('wasm');
    const metric = Lpips.fromWeights(randomWeights('lite'), { net: 'lite' });
    const images = { count: COUNT, read: (index: number) => readImage(frame(8 + index)) };
    const first = await images.read(0);
    const sample = metric.features(first);
    const budget = sample.bytes * (room + 0.5);
    sample.dispose();
    first.dispose();
    const before = memory().numTensors;

    const counted = countPasses();
    const found = await collect(compareAllPairs(metric, images, budget));
    expect(counted()).toEqual({ passes, comparisons: 10 });
    expect(memory().numTensors).toBe(before);
    const whole = await collect(compareAllPairs(metric, images, Number.POSITIVE_INFINITY));
    expect(found).toEqual(whole);
    metric.dispose();
  });

  it('any, and lets go of them when the caller stops early', async () => {
    await selectBackend('wasm');
    const metric = Lpips.fromWeights(randomWeights('lite'), { net: 'lite' });
    const before = memory().numTensors;
    for await (const { distance } of compareAllPairs(
      metric,
      { count: COUNT, read: (index: number) => readImage(frame(8 + index)) },
      Number.POSITIVE_INFINITY,
    )) {
      expect(distance).toBeGreaterThan(0);
      break;
    }
    expect(memory().numTensors).toBe(before);
    metric.dispose();
  });
});

async function collect(distances: AsyncGenerator<IndexedDistance>): Promise<IndexedDistance[]> {
  const found: IndexedDistance[] = [];
  for await (const one of distances) found.push(one);
  return found.sort((a, b) => a.image - b.image || a.reference - b.reference);
}
