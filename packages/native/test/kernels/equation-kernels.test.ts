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
  pad,
  randomNormal,
  relu,
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
  zeros,
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

/** x with another value in the middle of one image. */
function spoiltAt(x: Tensor4D, image: number, value: number): Tensor4D {
  const values = x.dataSync<'float32'>().slice();
  values[Math.floor((image + 0.5) * (values.length / x.shape[0]))] = value;
  return tensor4d(values, x.shape);
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
          const mean = (added: Tensor) =>
            run<Tensor>('meanUnitDifference', { x: concat([f, g]), weights, added }, EPSILON);
          const means = run<Tensor>('meanWeightedSquaredDifference', { u, v, weights });
          expectEqual(mean(tensor1d([])), means);
          const added = dy.reshape([shape[0]]);
          expectEqual(mean(added), add(added, means));
          const du = run<Tensor>('meanWeightedSquaredDifferenceGradient', { dy, u, v, weights });
          const df = run<Tensor>('unitNormalizeGradient', { dy: du, u, r }, EPSILON);
          const above = normal(shape, 17);
          const throughRelu = (gradient: Tensor) => where(greater(f, 0), gradient, zerosLike(gradient));
          for (const [side, x] of [concat([f, g]), concat([g, f])].entries()) {
            const gradient = (above: Tensor) =>
              run<Tensor>('meanUnitDifferenceGradient', { dy, x, weights, above }, { ...EPSILON, side });
            expectEqual(gradient(tensor1d([])), throughRelu(df));
            expectEqual(gradient(above), throughRelu(add(df, above)));
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

    it.each([
      [8, 7],
      [9, 10],
    ])('pool with last windows over the edge of %ix%i, and back', (height, width) => {
      tidy(() => {
        const x: Tensor4D = relu(normal([3, height, width, 40], 21));
        const isOver = (side: number) => (side + 1) % 2; // windows of 3 by steps of 2
        const edge: [number, number][] = [
          [0, 0],
          [0, isOver(height)],
          [0, isOver(width)],
          [0, 0],
        ];
        const stock = (x: Tensor) => maxPool(pad(x, edge) as Tensor4D, 3, 2, 'valid');
        const y = run<Tensor4D>('maxPool', { x }, { size: 3, stride: 2, ceil: true });
        expectEqual(y, stock(x));
        const dy = normal(y.shape, 22);
        const dx = run<Tensor>('maxPoolGradient', { dy, x, y }, { size: 3, stride: 2, ceil: true });
        expectEqual(dx, grad(stock)(x, dy));
        const inside = run<Tensor4D>('maxPool', { x }, { size: 3, stride: 2, ceil: false });
        expectEqual(inside, maxPool(x, 3, 2, 'valid'));
      });
    });

    it('scale and stack a pair as one operation for each does, mark it, and guard its gradient', () => {
      tidy(() => {
        const [x, y] = [normal([3, 40, 50, 3], 23), normal([3, 40, 50, 3], 24)];
        const attributes = { shift: [-0.03, -0.088, -0.188], scale: [0.458, 0.448, 0.45] };
        const pairs: [Tensor4D, Tensor4D, number[]][] = [
          [x, y, [0, 0, 0]],
          [spoiltAt(x, 1, Infinity), y, [0, Number.NaN, 0]],
          [x, spoiltAt(y, 2, Number.NaN), [0, 0, Number.NaN]],
          [spoiltAt(x, 0, -Infinity), spoiltAt(y, 2, Infinity), [Number.NaN, 0, Number.NaN]],
        ];
        for (const [x, y, expected] of pairs) {
          const [both, marks] = run<[Tensor4D, Tensor]>('stackPair', { x, y }, attributes);
          const each = [x, y].map((x) => run<Tensor4D>('scaleChannels', { x }, attributes));
          expect(both.dataSync()).toEqual(concat(each).dataSync());
          expect([...marks.dataSync()]).toEqual(expected);
          const dy = normal(x.shape, 25);
          const { scale } = attributes;
          const divided = run<Tensor4D>('scaleChannels', { x: dy }, { shift: [0, 0, 0], scale });
          const perImage = divided.add(marks.reshape([3, 1, 1, 1]));
          expect(run<Tensor>('guardedScale', { dy, marks }, { scale }).dataSync()).toEqual(
            perImage.dataSync(),
          );
        }
        const dx = run<Tensor4D>(
          'guardedScale',
          { dy: spoiltAt(x, 1, Number.NaN), marks: zeros([3]) },
          { scale: [1, 1, 1] },
        );
        const ofImages = dx.isFinite().all([1, 2, 3]);
        expect([...ofImages.dataSync()]).toEqual([1, 0, 1]);
        expect(dx.isNaN().all([1, 2, 3]).dataSync()[1]).toBe(1);
      });
    });

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
      const added = tensor1d([]);
      expect(() => run('meanUnitDifference', { x: u, weights, added }, EPSILON)).toThrow(
        'x must have four axes and an even batch',
      );
      const pair = concat([u, u]);
      expect(() => run('meanUnitDifference', { x: pair, weights: v, added }, EPSILON)).toThrow(
        'weights must hold one number for each channel',
      );
      expect(() => run('meanUnitDifference', { x: pair, weights, added: zeros([2]) }, EPSILON)).toThrow(
        'added must hold one number for each image, or none',
      );
      const scaling = { shift: [0, 0, 0], scale: [1, 1, 1] };
      expect(() => run('stackPair', { x: u, y: u }, scaling)).toThrow(
        'images must have four axes and three channels',
      );
      expect(() => run('maxPool', { x: u }, { size: 0, stride: 1, ceil: false })).toThrow(
        'windows and strides must be positive',
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
