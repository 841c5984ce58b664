/**
 * Paddings in numbers and dilations, through TensorFlow.js's operations, layers and gradients.
 */
import '@tensorflow/tfjs-backend-cpu';
import {
  conv2d,
  depthwiseConv2d,
  engine,
  fused,
  grads,
  layers,
  memory,
  setBackend,
  type Tensor,
  type Tensor4D,
  tensor4d,
  tidy,
} from '@tensorflow/tfjs';
import { at } from 'lpips-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { suiteOnBackend } from '../../../../test/support/backends.js';
import { relativeError } from '../../../../test/support/relative-error.js';
import { registerKernels } from '../../src/kernels/register-kernels.js';
import { expectCentralSlopes } from '../support/central-slopes.js';
import { type FourSides, noise } from '../support/convolutions.js';

/** Two float32 evaluations of one sum over a batch. */
const SAME_FORMULA = 2e-6;

type Pair = [number, number];
type Padding = 'same' | 'valid' | number | [Pair, Pair, Pair, Pair];
type Geometry = [
  kind: 'full' | 'depthwise',
  x: FourSides,
  filter: FourSides,
  strides: number | Pair,
  pad: Padding,
  dilations: number | Pair,
];

const uneven: Padding = [[0, 0], [2, 1], [0, 3], [0, 0]]; // biome-ignore format: one line
const CASES: Geometry[] = [
  ['full', [2, 7, 9, 3], [3, 3, 3, 8], 1, 1, 1],
  ['full', [2, 8, 8, 4], [4, 4, 4, 8], 2, 1, 1],
  ['full', [1, 6, 5, 2], [3, 2, 2, 5], [2, 1], uneven, 1],
  ['full', [2, 9, 8, 3], [3, 3, 3, 8], 1, 'same', 2],
  ['full', [2, 9, 8, 3], [3, 2, 3, 8], 1, 'valid', [2, 3]],
  ['full', [1, 9, 9, 2], [3, 3, 2, 4], 1, 2, 2],
  ['depthwise', [2, 7, 9, 3], [3, 3, 3, 2], 1, 1, 1],
  ['depthwise', [1, 8, 8, 3], [3, 3, 3, 1], 2, uneven, 1],
  ['depthwise', [2, 9, 8, 3], [3, 3, 3, 2], 1, 'same', 2],
];

const images = (shape: FourSides, seed: number) => tensor4d(noise(shape, seed), shape);
const convolution =
  ([kind, , , strides, pad, dilations]: Geometry) =>
  (x: Tensor, filter: Tensor) =>
    (kind === 'full' ? conv2d : depthwiseConv2d)(
      x as Tensor4D,
      filter as Tensor4D,
      strides,
      pad as number,
      'NHWC',
      dilations,
    );

await suiteOnBackend('convolutions with paddings in numbers and dilations', 'tensorflow', (name) => {
  describe(name, () => {
    beforeAll(async () => {
      await setBackend('tensorflow');
      registerKernels('cpu');
    });

    it.each(CASES)(
      'have the values of the JavaScript backend: %s x=%j f=%j s=%j p=%j d=%j',
      async (...geometry) => {
        const value = () =>
          tidy(() => {
            const y = convolution(geometry)(images(geometry[1], 1.7), images(geometry[2], 1.3));
            return [y.shape, [...y.dataSync()]] as never;
          }) as [number[], number[]];
        await setBackend('cpu');
        const [shape, expected] = value();
        await setBackend('tensorflow');
        const [ownShape, got] = value();
        expect(ownShape).toEqual(shape);
        expect(relativeError(got, expected)).toBeLessThan(SAME_FORMULA);
      },
    );

    it.each(CASES)('have the slopes of central differences: %s x=%j f=%j s=%j p=%j d=%j', (...geometry) => {
      tidy(() => {
        const inputs = [images(geometry[1], 1.7), images(geometry[2], 1.3)] as [Tensor4D, Tensor4D];
        const convolve = convolution(geometry);
        expectCentralSlopes(convolve, inputs, (shape, seed) => images(shape, seed));
      });
    });

    it('fused ones and layers take them', () => {
      tidy(() => {
        const [x, filter] = [images([1, 6, 6, 3], 1.7), images([3, 3, 3, 8], 1.3)];
        const y = fused.conv2d({ x, filter, strides: 1, pad: 1, activation: 'relu' });
        expect(relativeError(y.dataSync(), conv2d(x, filter, 1, 'same').relu().dataSync())).toBeLessThan(
          SAME_FORMULA,
        );
        const layer = layers.conv2d({
          filters: 2,
          kernelSize: 3,
          padding: 'same',
          dilationRate: 2,
          activation: 'relu',
        });
        const slopes = grads((each: Tensor) => layer.apply(each) as Tensor)([x]);
        expect(slopes[0]?.shape).toEqual([1, 6, 6, 3]);
        layer.dispose();
      });
    });

    it('leave no tensor behind, and no data', () => {
      const work = () =>
        tidy(() => {
          const [x, filter] = [images([1, 9, 9, 2], 1.7), images([3, 3, 2, 4], 1.3)];
          for (const geometry of [at(CASES, 2), at(CASES, 5)]) grads(convolution(geometry))([x, filter]);
        });
      work();
      const before = [memory().numTensors, engine().backend.numDataIds()];
      work();
      expect([memory().numTensors, engine().backend.numDataIds()]).toEqual(before);
    });
  });
});
