import {
  conv2d,
  conv2dTranspose,
  grads,
  memory,
  setBackend,
  type Tensor,
  type Tensor4D,
  tensor4d,
  tidy,
} from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-cpu';
import { at } from 'lpips-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { suiteOnBackend } from '../../../../test/support/backends.js';
import { relativeError } from '../../../../test/support/relative-error.js';
import { type FourSides, wave } from '../support/convolutions.js';
import { operationsOf } from '../support/operations-of.js';

/** Two float32 evaluations of one sum over a batch. */
const SAME_FORMULA = 2e-6;

const CASES: [x: FourSides, filter: FourSides, strides: number | [number, number], pad: 'same' | 'valid'][] =
  [
    [[2, 7, 9, 3], [3, 3, 3, 8], 1, 'same'],
    [[1, 7, 9, 3], [3, 2, 3, 8], 1, 'valid'],
    [[3, 8, 8, 3], [4, 4, 3, 16], 2, 'same'],
    [[2, 9, 7, 5], [4, 4, 5, 1], 2, 'valid'],
    [[2, 9, 7, 5], [3, 3, 5, 4], [2, 1], 'same'],
    [[2, 4, 4, 70], [1, 1, 70, 3], 1, 'same'],
    [[2, 6, 7, 32], [3, 3, 32, 16], 1, 'same'],
    [[1, 5, 4, 64], [3, 3, 64, 48], 1, 'same'],
    [[2, 7, 9, 2], [5, 5, 2, 33], 3, 'same'],
    [[2, 9, 8, 48], [3, 3, 48, 12], 1, 'same'],
    [[3, 7, 6, 16], [4, 4, 16, 9], 1, 'valid'],
    [[2, 5, 5, 96], [5, 5, 96, 8], 1, 'same'],
    [[1, 4, 4, 512], [1, 1, 512, 512], 1, 'valid'],
    [[2, 8, 10, 32], [4, 4, 32, 24], 2, 'same'],
    [[2, 8, 8, 8], [3, 3, 8, 5], 2, 'same'],
    [[1, 9, 7, 16], [3, 3, 16, 7], 2, 'valid'],
    [[2, 11, 12, 32], [5, 5, 32, 4], 3, 'same'],
    [[1, 8, 8, 8], [2, 2, 8, 3], 3, 'valid'],
    [[2, 6, 6, 8], [3, 3, 8, 32], 1, 'same'],
    [[2, 13, 14, 144], [3, 3, 144, 80], 1, 'same'],
    [[2, 8, 9, 16], [3, 3, 16, 48], 1, 'valid'],
  ];

/** Both gradients of a convolution under a dy that is not constant. */
function gradients([xShape, filterShape, strides, pad]: (typeof CASES)[number]): number[][] {
  let values: number[][] = [];
  tidy(() => {
    const [x, filter] = [tensor4d(wave(xShape, 0.7), xShape), tensor4d(wave(filterShape, 1.3), filterShape)];
    const convolve = (x: Tensor, filter: Tensor) => conv2d(x as Tensor4D, filter as Tensor4D, strides, pad);
    const { shape } = convolve(x, filter);
    const results = grads(convolve)([x, filter], tensor4d(wave(shape, 0.4), shape));
    values = results.map((result) => [...result.dataSync()]);
  });
  return values;
}

await suiteOnBackend('gradients of convolutions', 'tensorflow', (name) => {
  describe(name, () => {
    beforeAll(async () => {
      await setBackend('tensorflow');
    });

    it.each(CASES)('agree with the JavaScript backend: x=%j f=%j s=%j p=%s', async (...geometry) => {
      await setBackend('cpu');
      const expected = gradients(geometry);
      await setBackend('tensorflow');
      for (const [index, values] of gradients(geometry).entries()) {
        expect(relativeError(values, at(expected, index))).toBeLessThan(SAME_FORMULA);
      }
    });

    it('are computed by oneDNN and by our operations, transposed convolutions among them', () => {
      const operations = operationsOf(() => {
        gradients([[2, 6, 6, 16], [3, 3, 16, 4], 1, 'same']);
        gradients([[2, 6, 6, 3], [3, 3, 3, 4], 1, 'same']);
        gradients([[2, 6, 6, 32], [3, 3, 32, 16], 1, 'same']);
        gradients([[1, 4, 4, 512], [3, 3, 512, 512], 1, 'same']);
        gradients([[1, 4, 4, 512], [1, 1, 512, 512], 1, 'same']);
        gradients([[2, 8, 8, 32], [5, 5, 32, 32], 1, 'same']);
        gradients([[2, 8, 8, 32], [3, 3, 32, 8], 2, 'same']);
        tidy(() => {
          const [x, filter] = [
            tensor4d(wave([1, 3, 3, 4], 1), [1, 3, 3, 4]),
            tensor4d(wave([4, 4, 2, 4], 1), [4, 4, 2, 4]),
          ];
          conv2dTranspose(x, filter, [1, 6, 6, 2], 2, 'same');
        });
      });
      const gradientsAmong = operations.filter((operation) => /Backprop|Grad/.test(operation));
      expect(gradientsAmong.sort()).toEqual([
        'LpipsDirectInputGrad',
        'LpipsFilterGrad',
        'LpipsFilterGrad',
        'LpipsFilterGrad',
        'LpipsFilterGrad',
        'LpipsFilterGrad',
        'LpipsFilterGrad',
        'LpipsStridedInputGrad',
        'LpipsStridedInputGrad',
        'LpipsWinogradInputGrad',
        'LpipsWinogradInputGrad',
        'LpipsWinogradInputGrad',
        '_MklNativeConv2DBackpropFilter',
        '_MklNativeConv2DBackpropInput',
        '_MklNativeConv2DBackpropInput',
      ]);
    });

    it('leave no tensor behind', () => {
      const geometry: (typeof CASES)[number] = [[2, 6, 6, 8], [3, 3, 8, 4], 2, 'same'];
      gradients(geometry);
      const { numTensors } = memory();
      gradients(geometry);
      expect(memory().numTensors).toBe(numTensors);
    });
  });
});
