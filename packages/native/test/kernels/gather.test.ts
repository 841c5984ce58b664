import {
  gather,
  grad,
  layers,
  memory,
  setBackend,
  type Tensor,
  tensor,
  tensor1d,
  tensor2d,
  tidy,
} from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { suiteOnBackend } from '../../../../test/support/backends.js';
import { captured } from '../../../../test/support/training-steps.js';
import { registerKernels } from '../../src/kernels/register-kernels.js';

await suiteOnBackend('gather', 'tensorflow', (name) => {
  describe(name, () => {
    beforeAll(async () => {
      await setBackend('tensorflow');
      registerKernels('cpu');
    });
    const x = () => tensor([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [2, 3, 2]);

    it('takes slices of an axis: x=[2,3,2]', () => {
      tidy(() => {
        expect(gather(x(), [1, 0, 1]).arraySync()).toEqual(
          [1, 0, 1].map((i) => (x().arraySync() as number[][][])[i]),
        );
        expect(gather(x(), [2, 0], 1).arraySync()).toEqual([
          [
            [4, 5],
            [0, 1],
          ],
          [
            [10, 11],
            [6, 7],
          ],
        ]);
        const ofEach = tensor2d([[2], [0]], [2, 1], 'int32');
        expect(gather(x(), ofEach, 1, 1).arraySync()).toEqual([[[4, 5]], [[6, 7]]]);
        expect(gather(tensor1d([3, 4], 'int32'), [1]).arraySync()).toEqual([4]);
      });
    });

    it('adds the gradients of an index that stands twice: x=[2,3,2]', () => {
      tidy(() => {
        const dx = grad((each: Tensor) => gather(each, [1, 1], 1))(x());
        expect(dx.arraySync()).toEqual(
          Array(2).fill([
            [0, 0],
            [2, 2],
            [0, 0],
          ]),
        );
      });
    });

    it.each([-1, 3])('refuses the index %i of an axis of 3', (index) => {
      const { numTensors } = memory();
      expect(() => tidy(() => gather(x(), [0, index], 1))).toThrow(`= ${index} is not in [0, 3)`);
      expect(memory().numTensors).toBe(numTensors);
    });

    it('is captured in a step, with indices that are an argument, and by an embedding', () => {
      const layer = layers.embedding({ inputDim: 4, outputDim: 2, inputLength: 2 });
      const step = captured((indices: Tensor) => layer.apply(indices) as Tensor);
      for (let i = 0; i < 8; i++) {
        tidy(() => {
          const words = tensor2d([[i % 4, 3 - (i % 4)]], [1, 2], 'int32');
          expect(step(words as never).dataSync()).toEqual((layer.apply(words) as Tensor).dataSync());
        });
      }
      expect(step.replays).toBeGreaterThan(3);
      step.dispose();
      layer.dispose();
    });
  });
});
