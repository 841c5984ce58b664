import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  engine,
  FusedConv2D,
  grad,
  memory,
  reshape,
  setBackend,
  sum,
  type Tensor,
  type Tensor4D,
  tensor1d,
  tensor4d,
  tidy,
} from '@tensorflow/tfjs';
import { Lpips, type WeightMap, weightShapes } from 'lpips-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { suiteOnBackend } from '../../../../test/support/backends.js';
import { relativeError } from '../../../../test/support/relative-error.js';
import { METRIC_KERNELS } from '../../src/kernels/metric-kernels.js';
import { convolveExactly, FLOAT32_SUM, type FourSides, noise } from '../support/convolutions.js';

const MEGABYTE = 2 ** 20;
/**
 * By how much resident memory may grow from the 20th round to the last. Measured: less than 1 MB in 40 rounds. Filters
 * that stay take 20 MB for each set of weights, so that 40 sets would take 800 MB.
 */
const LARGEST_GROWTH = 100 * MEGABYTE;
/** oneDNN's copies are dropped when those of disposed filters take 64 MB. 200 copies would take 470 MB. */
const LARGEST_GROWTH_ONE_DNN = 200 * MEGABYTE;

/** Dozens of rounds take seconds on two cores, and more on a busy machine. */
const TIMEOUT_MS = 300_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function residentBytes(): number {
  collectGarbage();
  return process.memoryUsage.rss();
}

/** Runs `round` so many times and returns by how many bytes resident memory grew after the 20th. */
function growthOver(rounds: number, round: (index: number) => void): number {
  for (let index = 0; index < 20; index++) round(index);
  const before = residentBytes();
  for (let index = 20; index < rounds; index++) round(index);
  return residentBytes() - before;
}

const ALEX = new Map(
  [...weightShapes('alex')]
    .filter(([name]) => name.startsWith('features.'))
    .map(([name, shape], index) => [
      name,
      { shape, data: noise(shape, index + 1.77).map((value) => value / 20) },
    ]),
);

/** How many values the backend holds, those that belong to no tensor among them. */
const dataIds = () => engine().backend.numDataIds();
const noisy = (shape: FourSides, seed: number) => tensor4d(noise(shape, seed), shape);

function convolve(x: Tensor4D, filter: Tensor4D): number[] {
  const convolved = tidy(() => {
    const attributes = { stride: 1, padding: 1 };
    return [...engine().runKernel<Tensor>(METRIC_KERNELS.convolve, { x, filter }, attributes).dataSync()];
  });
  return convolved as number[];
}

/** A convolution of a user's own layer. */
function fusedConvolve(x: Tensor4D, filter: Tensor4D): void {
  tidy(() => {
    const bias = tensor1d(new Float32Array(filter.shape[3]));
    const attributes = { strides: [1, 1], pad: 'same', dataFormat: 'NHWC', dilations: [1, 1] };
    engine().runKernel(
      FusedConv2D,
      { x, filter, bias },
      { ...attributes, activation: 'relu', constantFilter: true },
    );
  });
}

await suiteOnBackend('what is kept for a constant filter', 'tensorflow', (name) => {
  describe(name, () => {
    beforeAll(async () => {
      await setBackend('tensorflow');
    });

    it('is no tensor, outlives the scope of the call, and goes when the filter goes', () => {
      const [x, filter] = [noisy([2, 6, 6, 16], 12.9898), noisy([3, 3, 16, 32], 78.233)];
      const [before, { numTensors, numBytes }] = [dataIds(), memory()];
      const first = convolve(x, filter);
      expect(dataIds()).toBe(before + 1);
      expect(convolve(x, filter)).toEqual(first);
      expect(dataIds()).toBe(before + 1);
      expect(memory()).toMatchObject({ numTensors, numBytes });
      const { numDataBuffers } = memory();
      filter.dispose();
      expect(dataIds()).toBe(before - 1);
      expect(memory().numDataBuffers).toBe(numDataBuffers - 2);
      x.dispose();
    });

    it('stays while another tensor shares the values of the filter', () => {
      const [x, filter] = [noisy([2, 6, 6, 16], 12.9898), noisy([3, 3, 16, 32], 78.233)];
      const first = convolve(x, filter);
      const clone = filter.clone();
      const before = dataIds();
      filter.dispose();
      expect(dataIds()).toBe(before);
      expect(convolve(x, clone)).toEqual(first);
      expect(dataIds()).toBe(before);
      clone.dispose();
      expect(dataIds()).toBe(before - 2);
      x.dispose();
    });

    it('is told apart by shape, where tensors of two shapes share their values', () => {
      const shapes: FourSides[] = [
        [3, 3, 16, 32],
        [3, 3, 32, 16],
      ];
      const values = noise([3, 3, 16, 32], 78.233);
      const filter = tensor4d(values, [3, 3, 16, 32]);
      for (const shape of shapes) {
        const from: FourSides = [2, 6, 6, shape[2]];
        const x = noise(from, 12.9898);
        const y = convolve(tensor4d(x, from), reshape(filter, shape));
        expect(relativeError(y, convolveExactly(x, from, values, shape, 1, 1))).toBeLessThan(FLOAT32_SUM);
      }
    });

    it('belongs to one metric: another with the same weights computes on after the first is disposed', () => {
      const weights = randomAlex(1);
      const [first, second] = [0, 1].map(() => Lpips.fromWeights(weights, { net: 'alex', linear: false }));
      const [x, y] = [noisy([1, 64, 64, 3], 12.9898), noisy([1, 64, 64, 3], 78.233)];
      const distance = (lpips: Lpips | undefined) =>
        lpips && [...tidy(() => lpips.distance(x, y)).dataSync()];
      const expected = distance(first);
      expect(distance(second)).toEqual(expected);
      first?.dispose();
      expect(distance(second)).toEqual(expected);
      second?.dispose();
    });

    it('does not grow the process: 60 metrics with weights of their own, one gradient each', {
      timeout: TIMEOUT_MS,
    }, () => {
      const [x, y] = [noisy([1, 64, 64, 3], 12.9898), noisy([1, 64, 64, 3], 78.233)];
      const before = dataIds();
      const growth = growthOver(60, (round) => {
        const lpips = Lpips.fromWeights(randomAlex(round), { net: 'alex', linear: false });
        tidy(() => grad((x: Tensor) => sum(lpips.distance(x as Tensor4D, y)))(x).dataSync());
        lpips.dispose();
      });
      expect(growth).toBeLessThan(LARGEST_GROWTH);
      expect(dataIds()).toBe(before);
    });

    it('does not grow the process: 220 constant filters of layers on oneDNN', { timeout: TIMEOUT_MS }, () => {
      const x = noisy([2, 8, 8, 128], 12.9898);
      const values = noise([3, 3, 128, 512], 78.233);
      const growth = growthOver(220, (round) => {
        const filter = tensor4d(
          values.map((value) => value * (1 + round / 1000)),
          [3, 3, 128, 512],
        );
        fusedConvolve(x, filter);
        filter.dispose();
      });
      expect(growth).toBeLessThan(LARGEST_GROWTH_ONE_DNN);
    });
  });
});

/** Weights in the shapes of AlexNet. No two seeds have a filter in common. */
function randomAlex(seed: number): WeightMap {
  return new Map(
    [...ALEX].map(([name, { shape, data }]) => {
      return [name, { shape, data: data.map((value) => value * (1 + seed / 1000)) }];
    }),
  );
}
