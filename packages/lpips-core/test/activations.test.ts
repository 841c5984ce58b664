/**
 * How much the metric keeps alive: the activations of a tap are freed when those of the next are made, unless a tape
 * needs them for a gradient.
 */
import { grad, memory, profile, type Tensor, type Tensor4D, tidy } from '@tensorflow/tfjs';
import { at, Lpips } from 'lpips-core';
import { expect, it } from 'vitest';
import { describeOnBackends } from '../../../test/support/backend.js';
import { randomTensor } from '../../../test/support/numbers.js';
import { weightsOf } from './support/weights.js';

const NETS = ['lite', 'squeeze', 'vgg'] as const; // with the most pixels, the most taps and the most channels
const CASES = ['distance', 'masked', 'cached', 'layers', 'map', 'pooled', 'gradient'] as const;

/**
 * Largest number of bytes, and of tensors, that are alive at once beside weights and inputs, for two pairs of 64x64,
 * in the order of CASES. WASM takes one image after the other, TensorFlow takes both as one. Among them are the marks that
 * carry NaN to the result: numbers, or tensors of the images' size with a gradient.
 */
const PEAKS: Record<string, Record<(typeof NETS)[number], [bytes: number, tensors: number][]>> = {
  wasm: {
    lite: [
      [2899984, 20],
      [2998288, 72],
      [1769488, 18],
      [2899984, 20],
      [2899984, 18],
      [3343120, 20],
      [24094424, 214],
    ],
    squeeze: [
      [2647592, 24],
      [2745896, 108],
      [1597480, 22],
      [2647592, 24],
      [2647592, 23],
      [3151376, 22],
      [36650500, 454],
    ],
    vgg: [
      [10584080, 20],
      [10682384, 72],
      [6488080, 18],
      [10584080, 20],
      [10584080, 18],
      [12651536, 20],
      [107158936, 260],
    ],
  },
  tensorflow: {
    lite: [
      [3538952, 12],
      [3883536, 72],
      [1179648, 8],
      [3538952, 12],
      [3571712, 16],
      [4604672, 20],
      [10810944, 88],
    ],
    squeeze: [
      [3345416, 14],
      [3654220, 108],
      [1090056, 12],
      [3345416, 14],
      [3385864, 21],
      [4364288, 22],
      [10460464, 146],
    ],
    vgg: [
      [12976136, 12],
      [13320720, 72],
      [4325376, 8],
      [12976136, 12],
      [13008896, 16],
      [17239040, 20],
      [48998456, 106],
    ],
  },
};

/** Bytes and tensors that `work` adds at most to what is there. */
async function peakOf(work: () => Tensor | Tensor[]): Promise<[bytes: number, tensors: number]> {
  const { numBytes, numTensors } = memory();
  let results: Tensor[] = [];
  const { kernels } = await profile(() => {
    results = [work()].flat();
    return results.map(({ shape }) => shape.length);
  });
  for (const result of results) result.dispose();
  expect(memory()).toMatchObject({ numBytes, numTensors });
  return [
    Math.max(...kernels.map((kernel) => kernel.totalBytesSnapshot)) - numBytes,
    Math.max(...kernels.map((kernel) => kernel.totalTensorsSnapshot)) - numTensors,
  ];
}

describeOnBackends('what is alive at once', ['wasm'], () => {
  it.each(NETS)('stays within the stated peaks: %s, x=[2,64,64,3] y=[2,64,64,3]', async (net) => {
    const lpips = Lpips.fromWeights(weightsOf(net), { net });
    const [x, y] = [randomTensor([2, 64, 64, 3], 1), randomTensor([2, 64, 64, 3], 2)];
    const mask = randomTensor([2, 64, 64, 1], 3, 0, 1);
    const features = lpips.features(y);
    const gradient = () => tidy(() => grad((x: Tensor) => lpips.distance(x as Tensor4D, y))(x));
    gradient().dispose(); // makes the filters of the gradient, which stay
    const work: Record<(typeof CASES)[number], () => Tensor | Tensor[]> = {
      distance: () => lpips.distance(x, y),
      masked: () => lpips.distance(x, y, { mask }),
      cached: () => lpips.distance(x, features),
      layers: () => lpips.layers(x, y),
      map: () => lpips.map(x, y),
      pooled: () => Object.values(lpips.pooledDifferences(x, y)),
      gradient,
    };
    const peaks: [bytes: number, tensors: number][] = [];
    for (const name of CASES) peaks.push(await peakOf(work[name]));
    const stated = PEAKS[process.env['LPIPS_TEST_BACKEND'] ?? 'wasm']?.[net] ?? [];
    expect(stated.length).toBe(CASES.length);
    for (const [index, name] of CASES.entries()) {
      const [peak, limit] = [at(peaks, index), at(stated, index)];
      expect(peak[0], `bytes of ${name}`).toBeGreaterThan(0);
      expect(peak[0], `bytes of ${name}`).toBeLessThanOrEqual(limit[0]);
      expect(peak[1], `tensors of ${name}`).toBeLessThanOrEqual(limit[1]);
    }
    features.dispose();
    lpips.dispose();
    for (const tensor of [x, y, mask]) tensor.dispose();
  });
});
