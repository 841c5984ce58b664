import {
  cast,
  grad,
  memory,
  relu,
  reshape,
  setBackend,
  split,
  type Tensor,
  tensor2d,
} from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { suiteOnBackend } from '../../../../test/support/backends.js';
import { registerKernels } from '../../src/kernels/register-kernels.js';

await suiteOnBackend('split and reshape', 'tensorflow', (name) => {
  describe(name, () => {
    beforeAll(async () => {
      await setBackend('tensorflow');
      registerKernels('cpu');
    });

    it('reshape to the same shape shares the values, which stay until both tensors are gone', () => {
      const x = tensor2d([1, 2, 3, 4], [2, 2]);
      const before = memory();
      const same = reshape(x, [2, 2]);
      expect(memory().numDataBuffers).toBe(before.numDataBuffers);
      x.dispose();
      expect([...same.dataSync()]).toEqual([1, 2, 3, 4]);
      same.dispose();
      expect(memory().numDataBuffers).toBe(before.numDataBuffers - 1);
    });

    it.each([[[4]], [[4, 1]], [[1, 2, 2]], [[2, 2]], [[-1, 2]]])('reshape [2, 2] to [%s]', (shape) => {
      const x = tensor2d([1, 2, 3, 4], [2, 2]);
      const reshaped = reshape(x, shape);
      expect(reshaped.shape).toEqual(shape.map((side) => (side === -1 ? 2 : side)));
      expect([...relu(reshaped).dataSync()]).toEqual([1, 2, 3, 4]);
      expect([...grad((x: Tensor) => reshape(x, shape))(x).dataSync()]).toEqual([1, 1, 1, 1]);
    });

    it.each<[size: number, numOrSizes: number | number[], axis: number, expected: number[][]]>([
      [
        4,
        2,
        0,
        [
          [0, 1, 2, 3],
          [4, 5, 6, 7],
        ],
      ],
      [
        4,
        [1, 3],
        0,
        [
          [0, 1],
          [2, 3, 4, 5, 6, 7],
        ],
      ],
      [
        2,
        [1, 1],
        1,
        [
          [0, 2],
          [1, 3],
        ],
      ],
      [4, [4], 0, [[0, 1, 2, 3, 4, 5, 6, 7]]],
    ])('split gives equal and unequal parts of %i rows: %j along %i', (rows, numOrSizes, axis, expected) => {
      const x = tensor2d(
        Array.from({ length: rows * 2 }, (_, i) => i),
        [rows, 2],
      );
      const { numTensors } = memory();
      const parts = split(x, numOrSizes, axis);
      expect(parts.map((part) => [...part.dataSync()])).toEqual(expected);
      expect(memory().numTensors).toBe(numTensors + expected.length);
      expect(split(cast(x, 'int32'), numOrSizes, axis).flatMap((part) => [...part.dataSync()])).toEqual(
        expected.flat(),
      );
    });
  });
});
