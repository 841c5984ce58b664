import {
  engine,
  fill,
  memory,
  setBackend,
  slice,
  split,
  type Tensor,
  type Tensor4D,
  tensor1d,
  tensor4d,
  tidy,
} from '@tensorflow/tfjs';
import { at, Lpips } from 'lpips-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { suiteOnBackend } from '../../../../test/support/backends.js';
import { relativeError } from '../../../../test/support/relative-error.js';
import { squeezeBackbone } from '../../../../test/support/squeeze-weights.js';
import { METRIC_KERNELS } from '../../src/kernels/metric-kernels.js';
import { convolveExactly, FLOAT32_SUM, type FourSides, noise, wave } from '../support/convolutions.js';
import { operationsOf } from '../support/operations-of.js';

interface Case {
  x: FourSides;
  filter: FourSides;
  stride?: number;
  padding?: number;
}

/** Each operation, along lines and tap by tap, panels that are whole, half and partly empty. */
const CASES: Case[] = [
  { x: [2, 7, 9, 3], filter: [3, 3, 3, 8], padding: 1 },
  { x: [1, 70, 65, 3], filter: [11, 11, 3, 64], stride: 4, padding: 2 },
  { x: [13, 15, 13, 3], filter: [11, 11, 3, 16], stride: 4, padding: 2 },
  { x: [2, 27, 14, 64], filter: [5, 5, 64, 96], padding: 2 },
  { x: [4, 7, 7, 64], filter: [5, 5, 64, 40], padding: 2 },
  { x: [2, 9, 8, 192], filter: [5, 5, 192, 64], padding: 2 },
  { x: [1, 8, 13, 32], filter: [5, 5, 32, 32], padding: 2 },
  { x: [2, 9, 8, 16], filter: [5, 5, 16, 32], padding: 2 },
  { x: [25, 7, 6, 24], filter: [5, 5, 24, 33], padding: 2 },
  { x: [4, 3, 3, 256], filter: [3, 3, 256, 32], padding: 1 },
  { x: [1, 3, 3, 256], filter: [3, 3, 256, 64], padding: 1 },
  { x: [60, 3, 3, 64], filter: [3, 3, 64, 20], padding: 1 },
  { x: [3, 9, 8, 130], filter: [3, 3, 130, 33], stride: 2, padding: 1 },
  { x: [1, 2, 40, 64], filter: [3, 3, 64, 8], padding: 2 },
  { x: [5, 1, 2, 8], filter: [3, 3, 8, 32], padding: 1 },
  { x: [2, 15, 15, 64], filter: [3, 3, 64, 48], padding: 2 },
  { x: [1, 11, 9, 20], filter: [1, 1, 20, 1] },
  { x: [3, 31, 31, 3], filter: [3, 3, 3, 64], stride: 2 },
  { x: [2, 8, 8, 16], filter: [3, 3, 16, 32] },
  { x: [2, 6, 5, 256], filter: [3, 3, 256, 32], padding: 1 },
  { x: [1, 4, 4, 16], filter: [3, 3, 16, 96], padding: 1 },
  { x: [3, 31, 18, 48], filter: [3, 3, 48, 32], padding: 1 },
  { x: [1, 5, 40, 16], filter: [3, 3, 16, 32], padding: 1 },
];

const DOES_NOT_FIT = 'filter must be square, have the channels of x and fit into the padded image';

/** x * filter, or with a bias relu(x * filter + bias), by the kernel that the metric runs. */
function convolve(x: Tensor4D, filter: Tensor4D, { stride = 1, padding = 0, bias = false } = {}): number[] {
  return tidy(() => {
    const inputs = bias ? { x, filter, bias: tensor1d(biasFor(filter.shape[3])) } : { x, filter };
    return [...engine().runKernel<Tensor>(METRIC_KERNELS.convolve, inputs, { stride, padding }).dataSync()];
  }) as number[];
}

const biasFor = (channels: number) => wave([channels], 0.1);
const noisy = (shape: FourSides, seed: number) => tensor4d(noise(shape, seed), shape);

await suiteOnBackend('convolutions with a constant filter', 'tensorflow', (name) => {
  describe(name, () => {
    beforeAll(async () => {
      await setBackend('tensorflow');
    });

    it.each(CASES)(
      'agree with float64: %j',
      ({ x: xShape, filter: filterShape, stride = 1, padding = 0 }) => {
        const [x, filter] = [noise(xShape, 12.9898), noise(filterShape, 78.233)];
        const sums = convolveExactly(x, xShape, filter, filterShape, stride, padding);
        const bias = biasFor(filterShape[3]);
        const rectified = sums.map((sum, i) => Math.max(0, sum + at(bias, i % bias.length)));
        const tensors = [tensor4d(x, xShape), tensor4d(filter, filterShape)] as const;
        const plain = convolve(...tensors, { stride, padding });
        expect(relativeError(plain, sums)).toBeLessThan(FLOAT32_SUM);
        const withBias = convolve(...tensors, { stride, padding, bias: true });
        expect(relativeError(withBias, rectified)).toBeLessThan(FLOAT32_SUM);
      },
    );

    it.each(CASES)(
      'give an image the same bits alone and in a batch: %j',
      ({ x, filter: shape, ...geometry }) => {
        const [batch, filter] = [noisy([5, x[1], x[2], x[3]], 12.9898), noisy(shape, 78.233)];
        const alone = split(batch, 5).flatMap((image) => convolve(image as Tensor4D, filter, geometry));
        expect(convolve(batch, filter, geometry)).toEqual(alone);
      },
    );

    it('give images the same distances alone and in a batch, to the last bit', () => {
      const lpips = Lpips.fromWeights(squeezeBackbone(), { net: 'squeeze', linear: false });
      const [x, y] = [noisy([5, 60, 71, 3], 12.9898), noisy([5, 60, 71, 3], 78.233)];
      const alone = [0, 1, 2, 3, 4].flatMap((i) => {
        const [image, reference] = [x, y].map((images) => slice(images, i, 1));
        return [...lpips.distance(image as Tensor4D, reference as Tensor4D).dataSync()];
      });
      expect([...lpips.distance(x, y).dataSync()]).toEqual(alone);
      lpips.dispose();
    });

    it.each([
      { side: 3, out: 32 },
      { side: 3, out: 40 },
      { side: 5, out: 40 },
    ])('of $side x $side, $out channels, give flat images flat interiors', ({ side, out }) => {
      const padding = (side - 1) / 2;
      const filter = noisy([side, side, 16, out], 78.233);
      const flat = fill([1, 9, 11, 16], 0.3) as Tensor4D;
      const y = tensor4d(convolve(flat, filter, { padding }), [1, 9, 11, out]);
      const interior = slice(y, [0, padding, padding, 0], [1, 9 - 2 * padding, 11 - 2 * padding, out]);
      const pixels = interior.reshape([-1, out]).arraySync() as number[][];
      for (const pixel of pixels) expect(pixel).toEqual(pixels[0]);
    });

    it('of 5 x 5 by Winograd, give flat images interiors that are flat up to rounding', () => {
      const filter = noisy([5, 5, 32, 32], 78.233);
      const y = convolve(fill([1, 10, 12, 32], 0.3) as Tensor4D, filter, { padding: 2 });
      const interior = slice(tensor4d(y, [1, 10, 12, 32]), [0, 2, 2, 0], [1, 6, 8, 32]).reshape([-1, 32]);
      const pixels = interior.arraySync() as number[][];
      for (const pixel of pixels) expect(relativeError(pixel, at(pixels, 0))).toBeLessThan(FLOAT32_SUM);
    });

    it.each([32, 40])('spread a pixel that is NaN to its neighbours: %i channels', (out) => {
      const values = noise([1, 12, 12, 16], 12.9898);
      values[(5 * 12 + 5) * 16] = Number.NaN;
      const filter = noisy([3, 3, 16, out], 78.233);
      const y = convolve(tensor4d(values, [1, 12, 12, 16]), filter, { padding: 1, bias: true });
      const isNaNAt = (row: number, column: number) => Number.isNaN(y[(row * 12 + column) * out]);
      expect([4, 5, 6].every((row) => [4, 5, 6].every((column) => isNaNAt(row, column)))).toBe(true);
      // by Winograd's way to the rest of a tile of 2x2 too
      expect([3, 8].some((row) => isNaNAt(row, 5) || isNaNAt(5, row))).toBe(false);
    });

    it('keep filters of one shape apart, at every size of image', () => {
      const shape: FourSides = [3, 3, 4, 6];
      const filters = [0.4, 0.9].map((step) => wave(shape, step));
      for (const side of [5, 12, 5, 31]) {
        const x = wave([2, side, side, 4], 0.3);
        for (const filter of filters) {
          const expected = convolveExactly(x, [2, side, side, 4], filter, shape, 1, 1);
          const y = convolve(tensor4d(x, [2, side, side, 4]), tensor4d(filter, shape), { padding: 1 });
          expect(relativeError(y, expected)).toBeLessThan(FLOAT32_SUM);
        }
      }
    });

    it('are one operation of TensorFlow, by Winograd for 3x3 and 5x5 with enough channels and pixels', () => {
      const [padded, valid] = [noisy([3, 3, 16, 32], 2), noisy([3, 3, 16, 32], 2)];
      const [wide, narrow] = [noisy([5, 5, 32, 32], 2), noisy([5, 5, 16, 32], 2)];
      const operations = operationsOf(() => {
        convolve(noisy([2, 6, 6, 16], 1), padded, { padding: 1, bias: true });
        convolve(noisy([2, 6, 6, 16], 1), padded, { padding: 1 });
        convolve(noisy([2, 6, 6, 32], 1), noisy([3, 3, 32, 48], 2), { padding: 1 });
        convolve(noisy([2, 3, 3, 16], 1), valid, { padding: 1, bias: true });
        convolve(noisy([2, 6, 6, 16], 1), valid, { padding: 2 });
        convolve(noisy([2, 8, 9, 32], 1), wide, { padding: 2 });
        convolve(noisy([2, 8, 9, 16], 1), narrow, { padding: 2 });
      });
      expect(operations).toEqual([
        'LpipsWinogradPack', // a filter is packed once
        'LpipsWinogradBiasRelu',
        'LpipsWinograd',
        'LpipsWinogradPack',
        'LpipsWinograd',
        'LpipsDirectPack',
        'LpipsDirectBiasRelu',
        'LpipsDirect',
        'LpipsWinogradPack',
        'LpipsWinograd',
        'LpipsDirectPack',
        'LpipsDirect',
      ]);
    });

    it('of no images are none', () => {
      expect(convolve(tensor4d([], [0, 6, 6, 16]), noisy([3, 3, 16, 32], 2), { padding: 1 })).toEqual([]);
    });

    it('refuse what does not fit', () => {
      const x = noisy([1, 6, 6, 16], 1);
      expect(() => convolve(x, noisy([3, 3, 8, 32], 2))).toThrow(DOES_NOT_FIT);
      expect(() => convolve(x, noisy([3, 5, 16, 32], 2))).toThrow('filter must be square and not empty');
      expect(() => convolve(x, noisy([7, 7, 16, 32], 2))).toThrow(DOES_NOT_FIT);
      expect(() => convolve(x, noisy([3, 3, 16, 32], 2), { padding: 3 })).toThrow(DOES_NOT_FIT);
      const inputs = { x, filter: noisy([3, 3, 16, 32], 2), bias: tensor1d([1, 2]) };
      const attributes = { stride: 1, padding: 1 };
      expect(() => engine().runKernel(METRIC_KERNELS.convolve, inputs, attributes)).toThrow(
        'bias must hold one number for each channel',
      );
    });

    it('leave no tensor behind', () => {
      const [x, filter] = [noisy([2, 6, 6, 8], 1), noisy([3, 3, 8, 8], 2)];
      convolve(x, filter, { padding: 1 });
      const { numTensors } = memory();
      convolve(x, filter, { padding: 1, bias: true });
      expect(memory().numTensors).toBe(numTensors);
    });
  });
});
