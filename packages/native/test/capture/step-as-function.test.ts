/**
 * A captured step as a function of TensorFlow. What captured steps are on every backend is in test/captured-steps.
 */
import { engine, mul, setBackend, square, sum, train } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { suiteOnBackend } from '../../../../test/support/backends.js';
import { autoencoder, captured, images, stepOf, takeValue } from '../../../../test/support/training-steps.js';
import { registerKernels } from '../../src/kernels/register-kernels.js';
import type { NativeBackend } from '../../src/kernels/tensorflow-operation.js';
import { operationsOf } from '../support/operations-of.js';

await suiteOnBackend('a captured step', 'tensorflow', (name) => {
  describe(name, () => {
    beforeAll(async () => {
      await setBackend('tensorflow');
      registerKernels('cpu');
    });

    it('runs as one operation', () => {
      const [model, batch] = [autoencoder(), images(1)];
      const step = captured(stepOf(model, train.sgd(0.01)));
      for (let i = 0; i < 4; i++) step(batch).dispose();
      const { binding } = engine().backend as unknown as { binding: object };
      expect(binding).toBeDefined();
      expect(operationsOf(() => step(batch).dispose())).toEqual([]);
      expect(step.replays).toBeGreaterThanOrEqual(2);
      step.dispose();
      model.dispose();
    });

    it('goes on where TensorFlow has dropped its kernels', () => {
      const step = captured((batch) => mul(sum(square(batch)), 2));
      const batch = images(1);
      const values = Array.from({ length: 4 }, () => takeValue(step(batch)));
      (engine().backend as NativeBackend).executeMultipleOutputs('LpipsForgetKernels', [], [], 0);
      values.push(takeValue(step(batch)));
      expect(new Set(values).size).toBe(1);
      expect(step.replays).toBe(3);
      step.dispose();
    });
  });
});
