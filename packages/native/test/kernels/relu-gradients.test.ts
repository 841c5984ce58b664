import { engine, grad, memory, relu, setBackend, step, type Tensor, tensor1d } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { suiteOnBackend } from '../../../../test/support/backends.js';
import { METRIC_KERNELS } from '../../src/kernels/metric-kernels.js';
import { registerKernels } from '../../src/kernels/register-kernels.js';

await suiteOnBackend('the gradient of a relu', 'tensorflow', (name) => {
  describe(name, () => {
    beforeAll(async () => {
      await setBackend('tensorflow');
      registerKernels('cpu');
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

    it('passes dy where y is above 0: in one operation, and through the tape', () => {
      const [x, dy] = [tensor1d([-2, -0, 0, 1e-30, 3]), tensor1d([1, 2, 3, 4, 5])];
      const inputs = { dy, y: relu(x) };
      const dx = engine().runKernel<Tensor>(METRIC_KERNELS.reluGradient, inputs);
      expect([...dx.dataSync()]).toEqual([0, 0, 0, 4, 5]);
      expect([...grad((x: Tensor) => relu(x))(x, dy).dataSync()]).toEqual([0, 0, 0, 4, 5]);
    });

    it('refuses to compute without y, by its name', () => {
      expect(() => engine().runKernel(METRIC_KERNELS.reluGradient, { dy: tensor1d([1]) })).toThrow(
        'LpipsReluGrad@1: dy and y are needed',
      );
    });
  });
});
