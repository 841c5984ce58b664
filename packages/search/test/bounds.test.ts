/**
 * The bounds hold for every pair: alike, different, flat, of odd sizes, in any number of cells, and after float16.
 */
import { memory, randomUniform, type Tensor4D, tensor4d, zeros } from '@tensorflow/tfjs-core';
import { at, Lpips, mulberry32, type WeightMap, weightShapes } from 'lpips-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bounds, bounds, distanceTolerance } from '../src/bounds.js';
import { decodeRow, encodeRow, rowBytes } from '../src/stored-summary.js';
import { type Summary, summary } from '../src/summary.js';
import { layoutOf } from '../src/summary-layout.js';
import { liteOnWasm, SIDE, scene } from './support/scenes.js';

let lite: Lpips;
beforeAll(async () => {
  lite = await liteOnWasm();
});
afterAll(() => lite.dispose());

/** Mean bound by distance of different scenes, below which the bound would be of no use. */
const USEFUL = 0.3;

async function summaryOf(lpips: Lpips, image: Tensor4D, cells = 2): Promise<Summary> {
  return at(await summary(lpips, image, { cells }), 0);
}

async function distanceOf(lpips: Lpips, a: Tensor4D, b: Tensor4D): Promise<number> {
  const distance = lpips.distance(a, b);
  const [value = Number.NaN] = await distance.data();
  distance.dispose();
  return value;
}

function expectHolds({ lower, estimate, upper }: Bounds, distance: number): void {
  expect(lower).toBeGreaterThanOrEqual(0);
  expect(lower - distance).toBeLessThanOrEqual(distanceTolerance(distance));
  expect(distance - upper).toBeLessThanOrEqual(distanceTolerance(distance));
  expect(estimate).toBeGreaterThanOrEqual(lower);
  expect(upper).toBeGreaterThanOrEqual(estimate);
}

describe('bounds', () => {
  it.each([1, 2, 3, 4, 5])(
    'hold for 45 pairs of scenes in %s cells a side, before and after float16',
    async (cells) => {
      const layout = layoutOf('test', lite, { height: SIDE, width: SIDE }, cells);
      const scenes = Array.from({ length: 10 }, (_, i) =>
        scene(i >> 1, { noise: 0.02 + 0.06 * i, noiseSeed: i }),
      );
      const summaries = await Promise.all(scenes.map((image) => summaryOf(lite, image, cells)));
      const stored = summaries.map((one) => {
        const { bytes, slack } = encodeRow('test', one, layout);
        return decodeRow(bytes, slack, layout);
      });
      let [share, pairs] = [0, 0];
      for (let a = 0; a < 10; a++) {
        for (let b = a + 1; b < 10; b++) {
          const distance = await distanceOf(lite, at(scenes, a), at(scenes, b));
          const plain = bounds(at(summaries, a), at(summaries, b));
          expectHolds(plain, distance);
          const rounded = bounds(at(stored, a), at(stored, b));
          expectHolds(rounded, distance);
          expectHolds(bounds(at(summaries, a), at(stored, b)), distance);
          expect(rounded.lower).toBeLessThanOrEqual(plain.lower);
          expect(rounded.upper).toBeGreaterThanOrEqual(plain.upper);
          share += plain.lower / distance;
          pairs++;
        }
      }
      expect(share / pairs).toBeGreaterThan(USEFUL);
      for (const image of scenes) image.dispose();
    },
  );

  it('grow tighter with the cells', async () => {
    const [a, b] = [scene(1), scene(2)];
    const at2 = bounds(await summaryOf(lite, a, 2), await summaryOf(lite, b, 2));
    const at1 = bounds(await summaryOf(lite, a, 1), await summaryOf(lite, b, 1));
    const at4 = bounds(await summaryOf(lite, a, 4), await summaryOf(lite, b, 4));
    expect(at2.lower).toBeGreaterThan(at1.lower);
    expect(at4.lower).toBeGreaterThan(at2.lower);
    expect(at4.upper).toBeLessThan(at2.upper);
  });

  it('are the distance itself where every position is a cell of its own', async () => {
    const flat = Lpips.fromWeights(heads(lite.weights, 4), { net: 'lite', onWarning: null });
    const [a, b] = [
      randomUniform([1, 16, 16, 3], -1, 1, 'float32', 1),
      randomUniform([1, 16, 16, 3], -1, 1, 'float32', 2),
    ];
    const found = bounds(await summaryOf(flat, a as Tensor4D, 2), await summaryOf(flat, b as Tensor4D, 2));
    // Only the last tap counts, and at 16x16 pixels it has 2x2 positions.
    const distance = await distanceOf(flat, a as Tensor4D, b as Tensor4D);
    expect(found.lower).toBeCloseTo(distance, 6);
    expect(found.upper).toBeCloseTo(distance, 6);
    flat.dispose();
  });

  it.each([
    ['a scene', () => scene(3)],
    ['black', () => zeros([1, 40, 24, 3]) as Tensor4D],
  ])('of %s with itself are 0, and hold after float16', async (_, make) => {
    const image = make();
    const one = await summaryOf(lite, image);
    expect(bounds(one, one).lower).toBe(0);
    const [, height, width] = image.shape;
    const layout = layoutOf('test', lite, { height, width }, 2);
    const { bytes, slack } = encodeRow('test', one, layout);
    expectHolds(bounds(one, decodeRow(bytes, slack, layout)), 0);
    expect(slack).toBeLessThan(3e-4); // of a length of about 1, float16 has 11 bits
  });

  it('hold at 41x19 pixels in 4x4 cells, of which the last taps have fewer positions', async () => {
    const [a, b] = [1, 2].map((seed) => {
      const next = mulberry32(seed);
      return tensor4d(
        Float32Array.from({ length: 41 * 19 * 3 }, () => 2 * next() - 1),
        [1, 41, 19, 3],
      );
    }) as [Tensor4D, Tensor4D];
    expectHolds(
      bounds(await summaryOf(lite, a, 4), await summaryOf(lite, b, 4)),
      await distanceOf(lite, a, b),
    );
  });

  it('hold without learned heads', async () => {
    const baseline = await liteOnWasm({ linear: false });
    const [a, b] = [scene(1), scene(2)];
    const found = bounds(await summaryOf(baseline, a), await summaryOf(baseline, b));
    expectHolds(found, await distanceOf(baseline, a, b));
    baseline.dispose();
  });

  it('refuse summaries of another length', async () => {
    const image = scene(1);
    const [two, four] = [await summaryOf(lite, image, 2), await summaryOf(lite, image, 4)];
    expect(() => bounds(two, four)).toThrow(
      `bounds: expected ${two.values.length} numbers for b, got ${four.values.length}. ` +
        'Summarise both with one metric, size and number of cells.',
    );
  });
});

describe('summary', () => {
  it('is the same of images, of a batch and of features, and leaves no tensor', async () => {
    const image = scene(5);
    await summary(lite, image);
    const { numTensors } = memory();
    const plain = await summaryOf(lite, image);
    expect(memory().numTensors).toBe(numTensors);
    const features = lite.features(image);
    const [ofFeatures] = await summary(lite, features);
    features.dispose();
    expect(ofFeatures).toEqual(plain);
    const batch = tensor4d([...image.dataSync(), ...scene(6).dataSync()], [2, SIDE, SIDE, 3]);
    const both = await summary(lite, batch);
    expect(both).toHaveLength(2);
    expect(bounds(at(both, 1), plain).lower).toBeGreaterThan(0.1);
    expect(
      Math.max(...at(both, 0).values.map((value, i) => Math.abs(value - at(plain.values, i)))),
    ).toBeLessThan(1e-6);
  });

  it.each([
    ['alex', 64, 8016],
    ['vgg', 32, 11776],
    ['squeeze', 64, 17920],
  ] as const)('of %s at %s pixels has as many numbers as its channels say', async (net, side, numbers) => {
    const metric = Lpips.fromWeights(heads(seededWeights(net), undefined), { net, onWarning: null });
    const layout = layoutOf('test', metric, { height: side, width: side }, 2);
    // With 1,002 of AlexNet's 1,152 channels kept, as the official heads do, it is 8,016.
    expect(2 * layout.half).toBe(net === 'alex' ? 8 * 1152 : numbers);
    expect(rowBytes(layout)).toBe(4 * layout.half);
    metric.dispose();
  });

  it('leaves out channels whose head is 0', async () => {
    const last = Lpips.fromWeights(heads(lite.weights, 4), { net: 'lite', onWarning: null });
    expect(2 * layoutOf('test', last, { height: 32, width: 32 }, 2).half).toBe(8 * 128);
    last.dispose();
  });

  it('refuses what is not finite, and images that are too small', async () => {
    const image = scene(1);
    const broken = tensor4d(image.dataSync().fill(Number.NaN, 0, 3), image.shape);
    await expect(summary(lite, broken)).rejects.toThrow(
      'summary: cannot summarise an image: its features are not finite',
    );
    await expect(summary(lite, zeros([1, 4, 4, 3]) as Tensor4D)).rejects.toThrow(
      'summary: expected at least 8x8 pixels for size, got 4x4.',
    );
  });
});

/** The weights with the heads of one tap alone, or with all of them 0.1. */
function heads(weights: WeightMap, tap: number | undefined): WeightMap {
  const isHead = (name: string) => name.startsWith('lin');
  return new Map(
    [...weights].map(([name, { shape, data }]) => {
      if (!isHead(name)) return [name, { shape, data }];
      const value = tap === undefined ? 0.1 : 0;
      return [name, name.startsWith(`lin${tap}`) ? { shape, data } : { shape, data: data.map(() => value) }];
    }),
  );
}

function seededWeights(net: 'alex' | 'vgg' | 'squeeze'): WeightMap {
  return new Map(
    [...weightShapes(net)].map(([name, shape]) => [
      name,
      { shape, data: new Float32Array(shape.reduce((product, side) => product * side, 1)) },
    ]),
  );
}
