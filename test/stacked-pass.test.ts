/**
 * Both images of a pair on their way through a network as one node of the tape, beside one node for each operation and image,
 * on the native backend, which alone has the kernels.
 */
import {
  getKernel,
  grad,
  grads,
  type KernelConfig,
  memory,
  registerKernel,
  setBackend,
  type Tensor,
  type Tensor4D,
  tensor4d,
  tidy,
  unregisterKernel,
} from '@tensorflow/tfjs';
import { at, type ImageOptions, Lpips, type NetName } from 'lpips-core';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { METRIC_KERNELS } from '../packages/lpips-core/src/operations/metric-kernels.js';
import { suiteOnBackend } from './support/backends.js';
import { randomTensor, relativeError } from './support/numbers.js';
import { seededWeights } from './support/seeded-weights.js';

const BACKEND = 'tensorflow';
/** Two float32 evaluations, of which one adds in another order. */
const ROUNDING = 1e-6;

/** Runs `work` without the kernel of the gradient of a tap, so that each operation has a node of its own. */
function nodeByNode<T>(work: () => T): T {
  const kernel = getKernel(METRIC_KERNELS.meanUnitDifferenceGradient, BACKEND) as KernelConfig;
  unregisterKernel(kernel.kernelName, BACKEND);
  try {
    return work();
  } finally {
    registerKernel(kernel);
  }
}

await suiteOnBackend('a pair as one node of the tape', BACKEND, (name) => {
  describe(name, () => {
    beforeAll(() => setBackend(BACKEND));

    describe.each<[NetName, number]>([
      ['alex', 67],
      ['vgg', 40],
      ['lite', 33],
      ['squeeze', 48],
    ])('%s of 3x%ix64', (net, height) => {
      const shape: [number, number, number, number] = [3, height, 64, 3];
      const [x, y] = [randomTensor(shape, 1), randomTensor(shape, 2)];
      const lpips = Lpips.fromWeights(seededWeights(net), { net });

      it.each(['distance', 'layers'] as const)('has the values and both gradients of %s', (of) => {
        tidy(() => {
          const value = (x: Tensor, y: Tensor): Tensor => lpips[of](x as Tensor4D, y as Tensor4D);
          const both = () => {
            const [dx, dy] = grads(value)([x, y]);
            return [value(x, y), dx, dy, grad((x) => value(x, y))(x), grad((y) => value(x, y))(y)];
          };
          const expected = nodeByNode(both);
          for (const [index, got] of both().entries()) {
            expect(relativeError(got?.dataSync() ?? [], expected[index]?.dataSync() ?? [])).toBeLessThan(
              ROUNDING,
            );
          }
        });
      });

      it('has the gradient of a single tap', () => {
        tidy(() => {
          const ofTap = (x: Tensor) => lpips.layers(x as Tensor4D, y).slice([0, 2], [3, 1]);
          const expected = nodeByNode(() => grad(ofTap)(x));
          expect(relativeError(grad(ofTap)(x).dataSync(), expected.dataSync())).toBeLessThan(ROUNDING);
        });
      });
    });

    const spoilt = randomTensor([3, 33, 40, 3], 5).dataSync<'float32'>().slice();
    spoilt[33 * 40 * 3 + 7] = Number.NaN;

    it.each<[string, Tensor4D, Tensor4D, ImageOptions]>([
      [
        'whole numbers up to 255',
        randomTensor([3, 33, 40, 3], 5).mul(100).add(120).toInt(),
        randomTensor([3, 33, 40, 3], 6).mul(100).add(120).toInt(),
        { range: [0, 255] },
      ],
      [
        'numbers up to 1',
        randomTensor([3, 33, 40, 3], 5).add(1).div(2),
        randomTensor([3, 33, 40, 3], 6).add(1).div(2),
        { range: [0, 1] },
      ],
      ['greyscale', randomTensor([3, 33, 40, 1], 5), randomTensor([3, 33, 40, 1], 6), {}],
      ['greyscale beside colour', randomTensor([3, 33, 40, 1], 5), randomTensor([3, 33, 40, 3], 6), {}],
      ['an image that is not finite', tensor4d(spoilt, [3, 33, 40, 3]), randomTensor([3, 33, 40, 3], 6), {}],
      ['a reference that is not', randomTensor([3, 33, 40, 3], 6), tensor4d(spoilt, [3, 33, 40, 3]), {}],
    ] as [string, Tensor4D, Tensor4D, ImageOptions][])(
      'takes %s as each operation alone does',
      (_, x, y, options) => {
        const lpips = Lpips.fromWeights(seededWeights('alex'), { net: 'alex' });
        tidy(() => {
          const value = (x: Tensor, y: Tensor): Tensor =>
            lpips.distance(x as Tensor4D, y as Tensor4D, options);
          const floats = [x, y].map((images) => images.toFloat());
          const all = () => [value(x, y), ...grads(value)(floats)];
          const expected = nodeByNode(all);
          for (const [index, got] of all().entries()) {
            const [ours, alone] = [got.dataSync(), at(expected, index).dataSync()];
            const marked = (values: ArrayLike<number>) => Array.from(values, (value) => Number.isNaN(value));
            expect(marked(ours)).toEqual(marked(alone));
            const finite = (values: ArrayLike<number>) =>
              Array.from(values).filter((value) => !Number.isNaN(value));
            expect(relativeError(finite(ours), finite(alone))).toBeLessThan(ROUNDING);
          }
        });
        lpips.dispose();
      },
    );

    it('leaves no tensor behind, and refuses a second derivative', () => {
      const lpips = Lpips.fromWeights(seededWeights('lite'), { net: 'lite' });
      const [x, y] = [randomTensor([1, 32, 32, 3], 3), randomTensor([1, 32, 32, 3], 4)];
      const distance = (x: Tensor) => lpips.distance(x as Tensor4D, y);
      tidy(() => void grad(distance)(x));
      const before = memory().numTensors;
      tidy(() => void grad(distance)(x));
      lpips.distance(x, y).dispose();
      expect(memory().numTensors).toBe(before);
      expect(() => tidy(() => grad((x) => grad(distance)(x).square())(x))).toThrow('first derivatives only');
      lpips.dispose();
    });

    it('takes no other gradient than the one that is asked for', () => {
      const lpips = Lpips.fromWeights(seededWeights('lite'), { net: 'lite' });
      const [x, y] = [randomTensor([1, 32, 32, 3], 3), randomTensor([1, 32, 32, 3], 4)];
      const kernel = getKernel(METRIC_KERNELS.meanUnitDifferenceGradient, BACKEND) as KernelConfig;
      const spy = vi.fn(kernel.kernelFunc);
      unregisterKernel(kernel.kernelName, BACKEND);
      registerKernel({ ...kernel, kernelFunc: spy });
      try {
        tidy(() => void grad((y) => lpips.distance(x, y as Tensor4D))(y));
        expect(spy.mock.calls.map(([{ attrs }]) => attrs?.['side'])).toEqual([1, 1, 1, 1, 1]);
      } finally {
        unregisterKernel(kernel.kernelName, BACKEND);
        registerKernel(kernel);
        lpips.dispose();
      }
    });
  });
});
