import { concat, grad, grads, mul, sum, type Tensor, type Tensor4D, tidy } from '@tensorflow/tfjs';
import { at } from 'lpips-core';
import { describe, expect, it, vi } from 'vitest';
import { describeOnBackends, expectNoLeak } from '../../../../test/support/backend.js';
import { randomTensor, randomValues, relativeError } from '../../../../test/support/numbers.js';
import { concatChannels } from '../../src/operations/concat-channels.js';
import { ConvReluWeights, convRelu } from '../../src/operations/conv-relu.js';
import { maxPool } from '../../src/operations/max-pool.js';
import * as reluGradients from '../../src/operations/relu-gradient.js';
import { type Images, type Stack, stackBatches } from '../../src/operations/stack.js';
import { unitNormalize } from '../../src/operations/unit-normalize.js';

/** The same kernels on a batch and on its images: remainders of a vector round differently. */
const FLOAT_NOISE = 1e-6;

function convolution(channels: number, out: number): ConvReluWeights {
  return new ConvReluWeights(
    { in: channels, out, kernel: 3, stride: 1, padding: 1 },
    { shape: [out, channels, 3, 3], data: randomValues(out * channels * 9, 3) },
    { shape: [out], data: randomValues(out, 4) },
  );
}

const weights = () => [convolution(2, 5), convolution(5, 3)] as const;

/** Every operation that takes stacks, one after the other. */
function network<X extends Images>(x: X, [first, second]: ReturnType<typeof weights>): X {
  const pooled = maxPool(convRelu(x, first), { size: 2, stride: 2, ceil: false });
  return unitNormalize(concatChannels(convRelu(pooled, second), pooled));
}

const parts = (stack: Stack): [Tensor4D, Tensor4D] => {
  const [a, b] = stack.parts;
  if (!a || !b) throw new Error('a stack of two');
  return [a, b];
};

describeOnBackends('batches stacked', ['wasm', 'cpu'], () => {
  describe.each([
    [2, 2],
    [3, 1],
  ])('x=[%i,6,8,2] y=[%i,6,8,2]', (m, n) => {
    const x = () => randomTensor([m, 6, 8, 2], 1);
    const y = () => randomTensor([n, 6, 8, 2], 2);

    it('give what each gives alone', () => {
      const convolutions = weights();
      const values = (tensors: Tensor[]) => tensors.flatMap((tensor) => [...tensor.dataSync()]);
      const together = values(parts(network(stackBatches([x(), y()]), convolutions)));
      const alone = values([network(x(), convolutions), network(y(), convolutions)]);
      expect(relativeError(together, alone)).toBeLessThan(FLOAT_NOISE);
    });

    it('give each batch its own gradient', () => {
      const convolutions = weights();
      const dot = (u: Tensor, v: Tensor) => sum(concat([u, mul(v, -2)] as Tensor4D[]).square());
      const together = grads((x: Tensor, y: Tensor) =>
        dot(...parts(network(stackBatches([x as Tensor4D, y as Tensor4D]), convolutions))),
      )([x(), y()]);
      const alone = grads((x: Tensor, y: Tensor) =>
        dot(network(x as Tensor4D, convolutions), network(y as Tensor4D, convolutions)),
      )([x(), y()]);
      for (const [i, gradient] of together.entries()) {
        expect(relativeError(gradient.dataSync(), at(alone, i).dataSync())).toBeLessThan(FLOAT_NOISE);
      }
    });

    it('compute no gradient for a batch that is not asked for', () => {
      const convolutions = weights();
      const spy = vi.spyOn(reluGradients, 'reluGradient');
      const constant = y();
      grad((x: Tensor) => {
        const [u, v] = parts(network(stackBatches([x as Tensor4D, constant]), convolutions));
        return sum(u).add(sum(v));
      })(x()).dispose();
      expect(spy.mock.calls.map(([dy]) => dy.shape[0])).toEqual([m, m]); // one for each convolution
      spy.mockRestore();
    });

    it('leave no tensor behind, with and without a tape', () => {
      const convolutions = weights();
      const [first, second] = [x(), y()];
      expectNoLeak(() => {
        tidy(() => {
          network(stackBatches([first, second]), convolutions);
        });
        tidy(() => {
          grad((x: Tensor) => sum(parts(network(stackBatches([x as Tensor4D, second]), convolutions))[0]))(
            first,
          );
        });
      });
    });
  });
});
