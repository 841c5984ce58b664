import {
  add,
  concat,
  depthToSpace,
  div,
  engine,
  grad,
  greater,
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
  tensor1d,
  tensor4d,
  tidy,
  where,
  zerosLike,
} from '@tensorflow/tfjs';
import { at } from 'lpips-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { suiteOnBackend } from '../../../../test/support/backends.js';
import { METRIC_KERNELS } from '../../src/kernels/metric-kernels.js';

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

const run = <T extends Tensor | Tensor[]>(
  name: keyof typeof METRIC_KERNELS,
  inputs: Record<string, Tensor>,
  attributes = {},
): T => engine().runKernel(METRIC_KERNELS[name], inputs, attributes);
const normal = (shape: [number, number, number, number], seed: number): Tensor4D =>
  randomNormal(shape, 0, 1, 'float32', seed);

function expectSame(got: Tensor | undefined, expected: Tensor): void {
  expect(got?.shape).toEqual(expected.shape);
  const [a, b] = [[...(got?.dataSync() ?? [])], [...expected.dataSync()]];
  const largest = b.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const difference = b.reduce((most, value, i) => Math.max(most, Math.abs(at(a, i) - value)), 0);
  expect(difference).toBeLessThanOrEqual(ROUNDING * largest);
}

/** To the last bit. */
function expectEqual(got: Tensor, expected: Tensor): void {
  expect(got.shape).toEqual(expected.shape);
  expect(got.equal(expected).all().dataSync()[0]).toBe(1);
}

await suiteOnBackend('the kernels of the equation', 'tensorflow', (name) => {
  describe(name, () => {
    beforeAll(() => setBackend('tensorflow'));

    for (const shape of SHAPES) {
      it(`normalize as TensorFlow's own operations do, and back: x=[${shape.join()}]`, () => {
        tidy(() => {
          const [x, dy] = [normal(shape, 1), normal(shape, 2)];
          const [u, r] = run<Tensor4D[]>('unitNormalize', { x }, EPSILON);
          const norm = sqrt(sum(square(x), 3, true));
          const length = add(norm, EPSILON.epsilon);
          expectSame(r, norm);
          const unit: Tensor4D = div(x, length);
          expectSame(u, unit);
          const along = mul(sum(mul(dy, unit), 3, true), div(length, norm));
          const expected = mul(sub(dy, mul(unit, along)), div(step(norm), length));
          expectSame(run('unitNormalizeGradient', { dy, u: unit, r: norm }, EPSILON), expected);
        });
      });

      it(`compare the activations of both sides as both steps do, to the last bit: f=[${shape.join()}]`, () => {
        tidy(() => {
          const [f, g] = [normal(shape, 12), normal(shape, 13)];
          const [dy, weights] = [normal([shape[0], 1, 1, 1], 14), square(normal([1, 1, shape[3], 1], 15))];
          const [u, r] = run<[Tensor4D, Tensor4D]>('unitNormalize', { x: f }, EPSILON);
          const [v] = run<[Tensor4D, Tensor4D]>('unitNormalize', { x: g }, EPSILON);
          const mean = run<Tensor>('meanUnitDifference', { x: concat([f, g]), weights }, EPSILON);
          const means = run<Tensor>('meanWeightedSquaredDifference', { u, v, weights });
          expect([...mean.dataSync()]).toEqual([...means.dataSync()]);
          const du = run<Tensor>('meanWeightedSquaredDifferenceGradient', { dy, u, v, weights });
          const df = run<Tensor>('unitNormalizeGradient', { dy: du, u, r }, EPSILON);
          const above = normal(shape, 17);
          const relu = (gradient: Tensor) => where(greater(f, 0), gradient, zerosLike(gradient));
          for (const [side, x] of [concat([f, g]), concat([g, f])].entries()) {
            const gradient = (above: Tensor) =>
              run<Tensor>('meanUnitDifferenceGradient', { dy, x, weights, above }, { ...EPSILON, side });
            expectEqual(gradient(tensor1d([])), relu(df));
            expectEqual(gradient(above), relu(add(df, above)));
          }
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
            expectSame(run('weightedSquaredDifference', { u, v, weights }), expected);
            const slope = mul(mul(row, 2), mul(sub(u, v), dy));
            expectSame(run('weightedSquaredDifferenceGradient', { dy, u, v, weights }), slope);
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
      const dx = run<Tensor>('unitNormalizeGradient', { dy, u, r }, EPSILON);
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
          expect(sum(whole).dataSync()[0]).toBe(5 * windows * 64); // every window gives its dy = 1 to one pixel
        });
      });
    }

    it('pool backwards the images of a part as those of the whole', () => {
      tidy(() => {
        const x = normal([5, 9, 8, 20], 18);
        const y = maxPool(x, 3, 2, 'valid');
        const dy = normal(y.shape, 19);
        const [whole, part] = [
          run<Tensor4D>('maxPoolGradientOfPart', { dy, x, y }, { size: 3, stride: 2, first: 0 }),
          run<Tensor4D>(
            'maxPoolGradientOfPart',
            { dy: slice(dy, [3, 0, 0, 0]), x, y },
            { size: 3, stride: 2, first: 3 },
          ),
        ];
        expectEqual(whole, grad((x: Tensor) => maxPool(x as Tensor4D, 3, 2, 'valid'))(x, dy));
        expectEqual(part, slice(whole, [3, 0, 0, 0]));
      });
    });

    for (const [stride, padding, height, width] of [
      [2, 0, 10, 14],
      [2, 1, 8, 9],
      [2, 1, 12, 16],
    ] satisfies [number, number, number, number][]) {
      it(`interleave phases as depthToSpace does: s=${stride} p=${padding} ${height}x${width}`, () => {
        tidy(() => {
          const x = normal([2, 5, 7, 12], 20);
          const got = run<Tensor>('interleave', { x }, { stride, padding, height, width });
          const whole = depthToSpace(x, stride).pad([
            [0, 0],
            [0, height],
            [0, width],
            [0, 0],
          ]);
          expectEqual(got, whole.slice([0, padding, padding, 0], [2, height, width, 3]));
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
      expect(() => run('weightedSquaredDifference', { u, v, weights })).toThrow(
        'v must have the shape of u or of one of its images',
      );
      expect(() => run('weightedSquaredDifference', { u, v: u, weights: v })).toThrow(
        'weights must hold one number for each channel',
      );
      expect(() => run('unitNormalizeGradient', { dy: v, u, r: u }, EPSILON)).toThrow(
        'dy must have the shape of u',
      );
      expect(() => run('meanUnitDifference', { x: u, weights }, EPSILON)).toThrow(
        'x must have four axes and an even batch',
      );
      expect(() => run('meanUnitDifference', { x: concat([u, u]), weights: v }, EPSILON)).toThrow(
        'weights must hold one number for each channel',
      );
      const dy = normal([1, 1, 1, 1], 16);
      const gradient = (inputs: Record<string, Tensor>, side = 0) =>
        run(
          'meanUnitDifferenceGradient',
          { dy, x: concat([u, u]), weights, above: u, ...inputs },
          { ...EPSILON, side },
        );
      expect(() => gradient({ above: v })).toThrow('above must have the shape of one side, or be empty');
      expect(() => gradient({ dy: u })).toThrow('dy must hold one number for each image');
      expect(() => gradient({}, 2)).toThrow('side must be 0 or 1');
      const part = { size: 1, stride: 1, first: 1 };
      expect(() => run('maxPoolGradientOfPart', { dy: u, x: u, y: u }, part)).toThrow(
        'x and y must hold the images of dy',
      );
      const phases = { stride: 3, padding: 0, height: 6, width: 6 };
      expect(() => run('interleave', { x: u }, phases)).toThrow(
        'x must have four axes and the channels of all phases',
      );
      expect(run<Tensor>('weightedSquaredDifference', { u, v: u, weights }).dataSync()[0]).toBe(0);
    });

    it('leave no tensor behind', () => {
      const x = normal([1, 2, 2, 3], 11);
      const before = memory().numTensors;
      for (const made of run<Tensor[]>('unitNormalize', { x }, EPSILON)) made.dispose();
      expect(memory().numTensors).toBe(before);
    });
  });
});
