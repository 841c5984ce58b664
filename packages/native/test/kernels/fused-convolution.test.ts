import {
  Conv2D,
  conv2d,
  engine,
  FusedConv2D,
  fused,
  memory,
  relu,
  setBackend,
  type Tensor,
  type Tensor4D,
  tensor1d,
  tensor4d,
  tidy,
} from '@tensorflow/tfjs';
import { at } from 'lpips-core';
import { fusedConv2d } from 'tfjs-fused-training';
import { beforeAll, describe, expect, it } from 'vitest';
import { suiteOnBackend } from '../../../../test/support/backends.js';
import { relativeError } from '../../../../test/support/relative-error.js';
import { convolveExactly, FLOAT32_SUM, type FourSides, noise, wave } from '../support/convolutions.js';
import { operationsOf } from '../support/operations-of.js';

/** Batches and single images, few channels and many, each way through the two libraries. */
const CASES: [x: FourSides, filter: FourSides, stride: number, pad: 'same' | 'valid'][] = [
  [[2, 7, 9, 3], [3, 3, 3, 8], 1, 'same'],
  [[1, 7, 9, 3], [3, 3, 3, 8], 1, 'same'],
  [[3, 15, 13, 3], [11, 11, 3, 16], 4, 'valid'],
  [[2, 6, 5, 256], [3, 3, 256, 32], 1, 'same'],
  [[1, 6, 5, 256], [3, 3, 256, 32], 1, 'same'],
  [[2, 3, 3, 256], [3, 3, 256, 32], 1, 'same'],
  [[1, 4, 4, 16], [3, 3, 16, 96], 1, 'same'],
  [[3, 31, 18, 48], [3, 3, 48, 32], 1, 'same'],
  [[1, 5, 40, 16], [3, 3, 16, 32], 1, 'same'],
  [[2, 8, 8, 16], [3, 3, 16, 32], 1, 'valid'],
  [[1, 4, 4, 20], [1, 1, 20, 1], 1, 'valid'],
];

/** relu(x * filter + bias) as one kernel. */
function convolve(
  x: Tensor4D,
  filter: Tensor4D,
  stride: number,
  pad: string,
  constantFilter = false,
): number[] {
  return tidy(() => {
    const bias = tensor1d(wave([filter.shape[3]], 0.1));
    const attributes = { strides: [stride, stride], pad, dataFormat: 'NHWC', dilations: [1, 1] };
    const y = engine().runKernel<Tensor>(
      FusedConv2D,
      { x, filter, bias },
      { ...attributes, activation: 'relu', constantFilter },
    );
    return [...y.dataSync()];
  }) as number[];
}

await suiteOnBackend('convolutions as one operation', 'tensorflow', (name) => {
  describe(name, () => {
    beforeAll(async () => {
      await setBackend('tensorflow');
    });

    it.each([4, 32])(
      'of images that are smaller than the filter are empty, or an error: %i channels',
      (channels) => {
        tidy(() => {
          const filter = tensor4d(noise([3, 3, 2, channels], 1), [3, 3, 2, channels]);
          for (const convolve of [fused.conv2d, fusedConv2d]) {
            const y = (side: number) =>
              convolve({
                x: tensor4d(noise([1, side, side, 2], 1), [1, side, side, 2]),
                filter,
                strides: 1,
                pad: 'valid',
              });
            expect(y(2).shape).toEqual([1, 0, 0, channels]);
            expect(() => y(1)).toThrow();
          }
        });
      },
    );

    it.each(CASES)('agree with float64: x=%j f=%j s=%i p=%s', (xShape, filterShape, stride, pad) => {
      const [xValues, filterValues] = [noise(xShape, 12.9898), noise(filterShape, 78.233)];
      const bias = wave([filterShape[3]], 0.1);
      const padding = pad === 'same' ? (filterShape[0] - 1) / 2 : 0;
      const sums = convolveExactly(xValues, xShape, filterValues, filterShape, stride, padding);
      const expected = sums.map((sum, i) => Math.max(0, sum + at(bias, i % bias.length)));
      const [x, filter] = [tensor4d(xValues, xShape), tensor4d(filterValues, filterShape)];
      for (const constantFilter of [false, true, true]) {
        expect(relativeError(convolve(x, filter, stride, pad, constantFilter), expected)).toBeLessThan(
          FLOAT32_SUM,
        );
        const attributes = {
          strides: [stride, stride],
          pad,
          dataFormat: 'NHWC',
          dilations: [1, 1],
          constantFilter,
        };
        const plain = engine().runKernel<Tensor>(Conv2D, { x, filter }, attributes);
        expect(relativeError([...plain.dataSync()], sums)).toBeLessThan(FLOAT32_SUM);
        const linear = engine().runKernel<Tensor>(
          FusedConv2D,
          { x, filter, bias: tensor1d(bias) },
          { ...attributes, activation: 'linear' },
        );
        const shifted = sums.map((sum, i) => sum + at(bias, i % bias.length));
        expect(relativeError([...linear.dataSync()], shifted)).toBeLessThan(FLOAT32_SUM);
      }
    });

    it('keep constant filters of one shape apart, at every size of image', () => {
      const filters = [0.4, 0.9].map((step) => tensor4d(wave([3, 3, 4, 6], step), [3, 3, 4, 6]));
      for (const side of [5, 12, 5, 31]) {
        const x = tensor4d(wave([2, side, side, 4], 0.3), [2, side, side, 4]);
        for (const filter of filters) {
          const expected = convolve(x, filter, 1, 'same');
          expect(relativeError(convolve(x, filter, 1, 'same', true), expected)).toBeLessThan(FLOAT32_SUM);
        }
      }
    });

    it('are one operation of TensorFlow where the binding takes lists, as the installed one does', () => {
      const x = tensor4d(wave([2, 6, 6, 8], 0.7), [2, 6, 6, 8]);
      const filter = tensor4d(wave([3, 3, 8, 8], 1.3), [3, 3, 8, 8]);
      const operations = operationsOf(() => convolve(x, filter, 1, 'same', true));
      expect(operations).toEqual([expect.stringMatching(/FusedConv2D$/)]);
    });

    it('leave other convolutions to the stock kernel: dilation, other activations, a bias that is broadcast', () => {
      const x = tensor4d(wave([1, 8, 8, 3], 0.7), [1, 8, 8, 3]);
      const filter = tensor4d(wave([3, 3, 3, 4], 1.3), [3, 3, 3, 4]);
      const dilated = fused.conv2d({ x, filter, strides: 1, pad: 'same', dilations: 2, activation: 'relu' });
      expect(
        relativeError([...dilated.dataSync()], [...relu(conv2d(x, filter, 1, 'same', 'NHWC', 2)).dataSync()]),
      ).toBe(0);
      const bias = tensor1d([0.25]);
      const broadcast = fused.conv2d({ x, filter, strides: 1, pad: 'same', bias });
      expect(
        relativeError([...broadcast.dataSync()], [...conv2d(x, filter, 1, 'same').add(bias).dataSync()]),
      ).toBeLessThan(FLOAT32_SUM);
      const elu = fused.conv2d({ x, filter, strides: 1, pad: 'same', activation: 'elu' });
      expect(Math.min(...elu.dataSync())).toBeGreaterThanOrEqual(-1);
      expect(Math.min(...elu.dataSync())).toBeLessThan(0);
    });

    it('leave no tensor behind', () => {
      const x = tensor4d(wave([2, 6, 6, 8], 0.7), [2, 6, 6, 8]);
      const filter = tensor4d(wave([3, 3, 8, 8], 1.3), [3, 3, 8, 8]);
      convolve(x, filter, 1, 'same', true);
      const { numTensors } = memory();
      convolve(x, filter, 1, 'same', true);
      convolve(x, filter, 1, 'same');
      expect(memory().numTensors).toBe(numTensors);
    });
  });
});
