import '@tensorflow/tfjs-backend-cpu';
import {
  conv3d,
  grads,
  layers,
  memory,
  setBackend,
  type Tensor,
  type Tensor5D,
  tensor5d,
  tidy,
} from '@tensorflow/tfjs';
import { at } from 'lpips-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { suiteOnBackend } from '../../../../test/support/backends.js';
import { relativeError } from '../../../../test/support/relative-error.js';
import { registerKernels } from '../../src/kernels/register-kernels.js';
import { expectCentralSlopes } from '../support/central-slopes.js';
import { noise } from '../support/convolutions.js';
import { operationsOf } from '../support/operations-of.js';

/** Two float32 evaluations of one sum over a batch. */
const SAME_FORMULA = 2e-6;

type FiveSides = [number, number, number, number, number];
type Geometry = [
  x: FiveSides,
  filter: FiveSides,
  strides: number | [number, number, number],
  pad: 'same' | 'valid',
];

const CASES: Geometry[] = [
  [[2, 4, 6, 5, 3], [3, 3, 3, 3, 8], 1, 'same'],
  [[1, 4, 8, 8, 3], [3, 3, 3, 3, 16], [1, 2, 2], 'same'],
  [[2, 4, 6, 6, 4], [3, 3, 3, 4, 6], 2, 'same'],
  [[1, 5, 7, 6, 2], [2, 3, 1, 2, 5], [2, 1, 1], 'valid'],
  [[2, 1, 3, 3, 1], [1, 1, 1, 1, 1], 1, 'valid'],
];

const volume = (shape: FiveSides, seed: number) => tensor5d(noise(shape, seed), shape);
const convolution =
  ([, , strides, pad]: Geometry) =>
  (x: Tensor, filter: Tensor) =>
    conv3d(x as Tensor5D, filter as Tensor5D, strides, pad);

/** The value, and both gradients under a dy that is not constant. */
function results(geometry: Geometry): number[][] {
  const [x, filter] = [volume(geometry[0], 1.7), volume(geometry[1], 1.3)];
  const convolve = convolution(geometry);
  const y = convolve(x, filter);
  const dy = volume(y.shape as FiveSides, 0.9);
  return [y, ...grads(convolve)([x, filter], dy)].map((each) => [...each.dataSync()]);
}

await suiteOnBackend('convolutions of volumes', 'tensorflow', (name) => {
  describe(name, () => {
    beforeAll(async () => {
      await setBackend('tensorflow');
      registerKernels('cpu');
    });

    it.each(CASES)('agree with the JavaScript backend: x=%j f=%j s=%j p=%s', async (...geometry) => {
      const compute = () => {
        let values: number[][] = [];
        tidy(() => {
          values = results(geometry);
        });
        return values;
      };
      await setBackend('cpu');
      const expected = compute();
      await setBackend('tensorflow');
      for (const [index, values] of compute().entries()) {
        expect(relativeError(values, at(expected, index))).toBeLessThan(SAME_FORMULA);
      }
    });

    it('have the slopes of central differences: x=[1,3,4,4,2] f=[2,3,3,2,3] s=[1,2,1]', () => {
      const geometry: Geometry = [[1, 3, 4, 4, 2], [2, 3, 3, 2, 3], [1, 2, 1], 'same'];
      tidy(() => {
        const inputs = [volume(geometry[0], 1.7), volume(geometry[1], 1.3)] as [Tensor5D, Tensor5D];
        const convolve = convolution(geometry);
        expectCentralSlopes(convolve, inputs, (shape, seed) => volume(shape, seed));
      });
    });

    it('are operations of oneDNN, also those of a layer', () => {
      const operations = operationsOf(() =>
        tidy(() => {
          results(at(CASES, 0));
          const layer = layers.conv3d({ filters: 4, kernelSize: 3, padding: 'same' });
          layer.apply(volume([1, 4, 4, 4, 2], 1.1));
          layer.dispose();
        }),
      );
      expect(operations.filter((operation) => operation.includes('Conv3D'))).toEqual([
        '_MklNativeConv3D',
        '_MklNativeConv3D',
        '_MklNativeConv3DBackpropInputV2',
        '_MklNativeConv3DBackpropFilterV2',
        '_MklNativeConv3D',
      ]);
    });

    it('leave no tensor behind', () => {
      const { numTensors } = memory();
      tidy(() => void results(at(CASES, 2)));
      expect(memory().numTensors).toBe(numTensors);
    });
  });
});
