import { getKernelsForBackend, grad, maxPool, setBackend, tensor4d, tidy } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { suiteOnBackend } from '../../../../test/support/backends.js';
import { registerKernels } from '../../src/kernels/register-kernels.js';

await suiteOnBackend('the kernels of the native backend', 'tensorflow', (name) => {
  describe(name, () => {
    beforeAll(async () => {
      await setBackend('tensorflow');
      registerKernels('cpu');
    });

    it('are the same after a second call', () => {
      const before = getKernelsForBackend('tensorflow');
      registerKernels('cpu');
      const after = getKernelsForBackend('tensorflow');
      expect(after.length).toBe(before.length);
      expect(before.length).toBeGreaterThan(100);
      expect(after.every((kernel) => before.includes(kernel))).toBe(true);
    });

    it('give the gradient of max pooling to the first of equal pixels', () => {
      const x = tensor4d([2, 2, 2, 2], [1, 2, 2, 1]);
      const gradient = tidy(() => grad(() => maxPool(x, 2, 2, 'valid'))(x));
      expect([...gradient.dataSync()]).toEqual([1, 0, 0, 0]);
    });
  });
});
