import {
  grad,
  image,
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
import { type FourSides, noise } from '../support/convolutions.js';
import { operationsOf } from '../support/operations-of.js';

/** Sums of at most twelve numbers in float32. */
const FEW_TERMS = 1e-6;

/** By plain loops. TensorFlow.js's cpu backend gives a wrong gradient for batches above 1. */
function repeated([batch, height, width, channels]: FourSides, down: number, across: number): number[] {
  const indices: number[] = [];
  for (let pixel = 0; pixel < batch * height * down * width * across; pixel++) {
    const column = Math.floor((pixel % (width * across)) / across);
    const row = Math.floor(Math.floor(pixel / (width * across)) / down); // of all images
    for (let c = 0; c < channels; c++) indices.push((row * width + column) * channels + c);
  }
  return indices;
}

await suiteOnBackend('upsampling', 'tensorflow', (name) => {
  describe(name, () => {
    beforeAll(async () => {
      await setBackend('tensorflow');
      registerKernels('cpu');
    });

    it.each<[FourSides, number, number]>([
      [[2, 3, 4, 5], 2, 2],
      [[1, 1, 1, 1], 4, 3],
      [[3, 16, 15, 40], 2, 3],
      [[2, 5, 4, 3], 1, 2],
    ])('repeats pixels, and sums their gradients: x=%j by %i and %i', (shape, down, across) => {
      const size: [number, number] = [shape[1] * down, shape[2] * across];
      const [values, indices] = [noise(shape, 1.7), repeated(shape, down, across)];
      const dyShape: FourSides = [shape[0], ...size, shape[3]];
      const slopes = noise(dyShape, 0.9);
      const expected = new Float64Array(values.length);
      for (const [i, index] of indices.entries()) expected[index] = at(expected, index) + at(slopes, i);
      const operations = operationsOf(() =>
        tidy(() => {
          const upsample = (x: Tensor) => image.resizeNearestNeighbor(x as Tensor4D, size);
          const x = tensor4d(values, shape);
          expect([...upsample(x).dataSync()]).toEqual(indices.map((index) => at(values, index)));
          const dx = grad(upsample)(x, tensor4d(slopes, dyShape));
          expect(relativeError(dx.dataSync(), expected)).toBeLessThan(FEW_TERMS);
        }),
      );
      expect(operations).toEqual(['LpipsUpsample', 'LpipsUpsample', 'LpipsUpsampleGrad']);
    });

    it.each([
      ['a size that is no multiple', [5, 7], false, false],
      ['aligned corners', [6, 8], true, false],
    ] as const)('leaves %s to TensorFlow', (_what, size, alignCorners, halfPixelCenters) => {
      const operations = operationsOf(() =>
        tidy(() => {
          const x = tensor4d(noise([1, 3, 4, 2], 1), [1, 3, 4, 2]);
          image.resizeNearestNeighbor(x, [...size], alignCorners, halfPixelCenters);
        }),
      );
      expect(operations).toEqual(['ResizeNearestNeighbor']);
    });

    it('gives gradients by the centres of pixels to the pixels that they were taken from: x=[2,4,3,2] to [3,5]', () => {
      const resize = (x: Tensor) => image.resizeNearestNeighbor(x as Tensor4D, [3, 5], false, true);
      const taken = [...tidy(() => resize(tensor4d([...Array(48).keys()], [2, 4, 3, 2])).dataSync())];
      const slopes = noise([2, 3, 5, 2], 0.9);
      const expected = new Float64Array(48);
      for (const [i, index] of taken.entries()) expected[index] = at(expected, index) + at(slopes, i);
      const x = tensor4d(noise([2, 4, 3, 2], 1.7), [2, 4, 3, 2]);
      const dx = tidy(() => grad(resize)(x, tensor4d(slopes, [2, 3, 5, 2])).dataSync());
      expect(relativeError(dx, expected)).toBeLessThan(FEW_TERMS);
    });

    it('leaves no tensor behind', () => {
      const { numTensors } = memory();
      tidy(() => image.resizeNearestNeighbor(tensor4d([1, 2], [1, 1, 2, 1]), [2, 4])).dispose();
      expect(memory().numTensors).toBe(numTensors);
    });
  });
});
