import {
  add,
  concat,
  div,
  engine,
  grad,
  maxPool,
  memory,
  mul,
  randomNormal,
  setBackend,
  slice,
  sqrt,
  square,
  squaredDifference,
  step,
  sub,
  sum,
  type Tensor,
  type Tensor4D,
  tensor4d,
  tidy,
} from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { suiteOnBackend } from '../../../../test/support/backends.js';

/** Two float32 sums over a few hundred channels in different orders, relative to the largest value. */
const ROUNDING = 2e-6;
const EPSILON = { epsilon: 1e-10, leastNorm: 1e-30 };
/** Fewer channels than lanes, lanes and a rest, and enough numbers for several threads. */
const SHAPES: [number, number, number, number][] = [
  [1, 1, 1, 1],
  [2, 3, 2, 5],
  [1, 4, 3, 17],
  [3, 65, 64, 40],
];

const run = <T extends Tensor | Tensor[]>(name: string, inputs: Record<string, Tensor>, attributes = {}): T =>
  engine().runKernel(name, inputs, attributes);
const normal = (shape: [number, number, number, number], seed: number): Tensor4D =>
  randomNormal(shape, 0, 1, 'float32', seed);

function expectSame(got: Tensor | undefined, expected: Tensor): void {
  expect(got?.shape).toEqual(expected.shape);
  const [a, b] = [got?.dataSync() ?? [], expected.dataSync()];
  let [largest, difference] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    largest = Math.max(largest, Math.abs(b[i] ?? Number.NaN));
    difference = Math.max(difference, Math.abs((a[i] ?? Number.NaN) - (b[i] ?? Number.NaN)));
  }
  expect(difference).toBeLessThanOrEqual(ROUNDING * largest);
}

await suiteOnBackend('the kernels of the equation', 'tensorflow', (name) => {
  describe(name, () => {
    beforeAll(() => setBackend('tensorflow'));

    for (const shape of SHAPES) {
      it(`normalize as TensorFlow's own operations do, and back: x=[${shape.join()}]`, () => {
        tidy(() => {
          const [x, dy] = [normal(shape, 1), normal(shape, 2)];
          const [u, r] = run<Tensor4D[]>('UnitNormalize', { x }, EPSILON);
          const norm = sqrt(sum(square(x), 3, true));
          const length = add(norm, EPSILON.epsilon);
          expectSame(r, norm);
          const unit: Tensor4D = div(x, length);
          expectSame(u, unit);
          const along = mul(sum(mul(dy, unit), 3, true), div(length, norm));
          const expected = mul(sub(dy, mul(unit, along)), div(step(norm), length));
          expectSame(run('UnitNormalizeGrad', { dy, u: unit, r: norm }, EPSILON), expected);
        });
      });

      for (const others of new Set([shape[0], 1])) {
        it(`weigh squared differences, and back: u=[${shape.join()}], ${others} beside it`, () => {
          tidy(() => {
            const [batch, height, width, channels] = shape;
            const [u, v] = [normal(shape, 3), normal([others, height, width, channels], 4)];
            const dy = normal([batch, height, width, 1], 5);
            const weights = square(normal([1, 1, channels, 1], 6));
            const row = weights.reshape([1, 1, 1, channels]);
            const expected = sum(mul(row, squaredDifference(u, v)), 3, true);
            expectSame(run('WeightedSquaredDifference', { u, v, weights }), expected);
            const slope = mul(mul(row, 2), mul(sub(u, v), dy));
            expectSame(run('WeightedSquaredDifferenceGrad', { dy, u, v, weights }), slope);
          });
        });
      }
    }

    it('give 0 for the gradient of features that are 0', () => {
      const [dy, u, r] = [
        tensor4d([1, 2], [1, 1, 1, 2]),
        tensor4d([0, 0], [1, 1, 1, 2]),
        tensor4d([0], [1, 1, 1, 1]),
      ];
      const dx = run<Tensor>('UnitNormalizeGrad', { dy, u, r }, EPSILON);
      expect([...dx.dataSync()]).toEqual([0, 0]);
    });

    for (const [size, stride] of [
      [2, 2],
      [3, 2],
      [1, 3],
    ] satisfies [number, number][]) {
      it(`pool backwards on several threads as on one: x=[5,33,35,64] size=${size} s=${stride}`, () => {
        tidy(() => {
          const x = normal([5, 33, 35, 64], 7);
          const gradient = (x: Tensor4D): Tensor => grad(() => maxPool(x, size, stride, 'valid'))(x);
          const each = Array.from({ length: 5 }, (_, i) => gradient(slice(x, [i, 0, 0, 0], [1, 33, 35, 64])));
          const whole = gradient(x);
          expectSame(whole, concat(each, 0));
          const windows = Math.floor((33 - size) / stride + 1) * Math.floor((35 - size) / stride + 1);
          expect(sum(whole).dataSync()[0]).toBe(5 * windows * 64); // every window hands its dy = 1 to one pixel
        });
      });
    }

    it('pool backwards with padding, which they do not know, by TensorFlow: x=[1,3,3,1] size=2 s=2 same', () => {
      const x = tensor4d([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]);
      const dx = tidy(() => grad(() => maxPool(x, 2, 2, 'same'))(x));
      expect([...dx.dataSync()]).toEqual([0, 0, 0, 0, 1, 1, 0, 1, 1]);
    });

    it('refuse tensors that do not fit, in words, and go on', () => {
      const [u, v, weights] = [normal([1, 2, 2, 4], 8), normal([1, 2, 3, 4], 9), normal([1, 1, 4, 1], 10)];
      expect(() => run('WeightedSquaredDifference', { u, v, weights })).toThrow(
        'v is neither as u nor one image of it',
      );
      expect(() => run('WeightedSquaredDifference', { u, v: u, weights: v })).toThrow('one for each channel');
      expect(() => run('UnitNormalizeGrad', { dy: v, u, r: u }, EPSILON)).toThrow('dy is not as u');
      expect(run<Tensor>('WeightedSquaredDifference', { u, v: u, weights }).dataSync()[0]).toBe(0);
    });

    it('leave no tensor behind', () => {
      const x = normal([1, 2, 2, 3], 11);
      const before = memory().numTensors;
      for (const made of run<Tensor[]>('UnitNormalize', { x }, EPSILON)) made.dispose();
      expect(memory().numTensors).toBe(before);
    });
  });
});
