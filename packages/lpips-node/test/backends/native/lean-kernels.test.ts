import { grad, maxPool, memory, step, tensor1d, tensor4d, tidy } from '@tensorflow/tfjs';
import { selectBackend } from 'lpips-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { registerLeanKernels } from '../../../src/backends/native/lean-kernels.js';
import { suiteOnBackend } from '../../support/backends.js';

await suiteOnBackend('the kernels done with fewer operations', 'tensorflow', (name) => {
  describe(name, () => {
    beforeAll(async () => {
      await selectBackend('tensorflow');
      registerLeanKernels('cpu');
    });

    it('step is 0 up to 0, 1 above, and NaN for NaN, as the stock kernel has it', () => {
      const x = tensor1d([-2, -0, 0, 1e-30, 3, Number.NaN]);
      expect([...step(x).dataSync()]).toEqual([0, 0, 0, 1, 1, Number.NaN]);
      expect([...step(x.slice(0, 5), 0.25).dataSync()]).toEqual([0.25, 0.25, 0.25, 1, 1]);
    });

    it('step leaves no tensor behind', () => {
      const x = tensor1d([-1, 1]);
      const { numTensors } = memory();
      step(x).dispose();
      expect(memory().numTensors).toBe(numTensors);
    });

    it('the pooling gradient, which the metric takes from TensorFlow, gives a tie to the first pixel', () => {
      const x = tensor4d([2, 2, 2, 2], [1, 2, 2, 1]);
      const gradient = tidy(() => grad(() => maxPool(x, 2, 2, 'valid'))(x));
      expect([...gradient.dataSync()]).toEqual([1, 0, 0, 0]);
    });
  });
});
