import '../../src/index.js';
import { engine, grad, maxPool, neg, relu, type Tensor, type Tensor4D, tensor4d } from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { randomValues, sizeOf } from '../../../../test/support/numbers.js';
import { expectNoLeak, expectSame, valuesOn } from '../support/backends.js';

type Shape4D = [number, number, number, number];
type Side = number | [number, number];

type Row = [shape: Shape4D, size: Side, strides: Side, pad: 'same' | 'valid' | number];

const rows: Row[] = [
  [[1, 1, 1, 1], 1, 1, 'valid'],
  [[2, 6, 5, 3], 2, 2, 'valid'],
  [[2, 6, 5, 3], 2, 2, 'same'],
  [[2, 7, 7, 2], 3, 2, 'same'],
  [[2, 7, 6, 2], 3, 2, 'valid'],
  [[1, 5, 6, 4], 3, 1, 'same'],
  [[2, 7, 9, 2], [2, 3], [3, 2], 'valid'],
  [[1, 6, 6, 2], 3, 2, 1],
  [[1, 2, 3, 2], 5, 1, 'same'],
];

/** The gradient of pooled x under dy. */
function gradient(x: Tensor4D, dy: Tensor4D, [, size, strides, pad]: Row = [x.shape, 2, 2, 'valid']): Tensor {
  return grad((x: Tensor) => maxPool(x as Tensor4D, size, strides, pad))(x, dy);
}

function seededGradient(x: Tensor4D, row: Row): Tensor {
  const [, size, strides, pad] = row;
  const { shape } = maxPool(x, size, strides, pad);
  return gradient(x, tensor4d(randomValues(sizeOf(shape), 2), shape), row);
}

const ascending = (values: number[]) => values.toSorted((a, b) => a - b);

const seeded = (shape: Shape4D, low: number, high: number) =>
  tensor4d(randomValues(sizeOf(shape), 1, low, high), shape);

describe('MaxPoolGrad', () => {
  it('finds maxima below zero, worked by hand: x=[1,2,4,1] f=[2,2] s=2', async () => {
    const x = () => tensor4d([-1, -2, -7, -6, -3, -4, -5, -8], [1, 2, 4, 1]);
    const work = () => gradient(x(), tensor4d([3, 4], [1, 1, 2, 1]));
    expect((await valuesOn('wasm', work)).values).toEqual([3, 0, 0, 0, 0, 0, 4, 0]);
  });

  it('gives each window to one of several equal maxima, above, at and below zero', async () => {
    for (const value of [5, 0, -5]) {
      const x = () => tensor4d([value, value, value, value, value - 1, value, value, value], [1, 2, 4, 1]);
      const work = () => gradient(x(), tensor4d([3, 4], [1, 1, 2, 1]));
      const { values } = await valuesOn('wasm', work); // of two rows of four pixels
      const isLeft = (place: number) => place % 4 < 2;
      expect(ascending(values.filter((_, place) => isLeft(place)))).toEqual([0, 0, 0, 3]);
      expect(ascending(values.filter((_, place) => !isLeft(place)))).toEqual([0, 0, 0, 4]);
      expect(values[4]).toBe(0);
    }
  });

  it('tells values of very different sizes apart', async () => {
    const x = () => tensor4d([-1e-9, -1e9, -2e-9, -3e12, 1e-9, 2e-9, 1e12, 3e12], [1, 4, 2, 1]);
    const work = () => gradient(x(), tensor4d([3, 4], [1, 2, 1, 1]));
    expect((await valuesOn('wasm', work)).values).toEqual([3, 0, 0, 0, 0, 0, 0, 4]);
  });

  for (const row of rows) {
    const [shape, size, strides, pad] = row;
    const title = `x=[${shape.join()}] f=[${String(size)}] s=${String(strides)} p=${pad}`;

    it(`agrees with cpu on values of both signs: ${title}`, async () => {
      await expectSame(() => seededGradient(seeded(shape, -1, 1), row));
    });

    it(`agrees with cpu below zero: ${title}`, async () => {
      await expectSame(() => seededGradient(seeded(shape, -2, -1), row));
    });

    it(`agrees with cpu above zero: ${title}`, async () => {
      await expectSame(() => seededGradient(seeded(shape, 0.1, 1), row));
    });
  }

  it('agrees with cpu through relu, whose zeros take no gradient: x=[2,6,6,3] f=[2] s=2', async () => {
    await expectSame(() => {
      const x = neg(seeded([2, 6, 6, 3], -1, 2));
      const dy = tensor4d(randomValues(54, 2), [2, 3, 3, 3]);
      return grad((x: Tensor) => maxPool(relu(x as Tensor4D), 2, 2, 'valid'))(x, dy);
    });
  });

  it('refuses windows that are rounded up at the edge', async () => {
    const x = seeded([1, 4, 4, 1], -1, 1);
    const attrs = { filterSize: 2, strides: 3, pad: 0, dimRoundingMode: 'ceil' };
    const inputs = { dy: tensor4d([1, 2, 3, 4], [1, 2, 2, 1]), input: x, output: x };
    const work = () => engine().runKernel<Tensor>('MaxPoolGrad', inputs, attrs);
    await expect(valuesOn('wasm', work)).rejects.toThrow(
      'MaxPoolGrad: expected [1, 1, 1, 1] for dy, got [1, 2, 2, 1]. Pool without dimRoundingMode.',
    );
  });

  it('leaves no tensor behind', async () => {
    const x = seeded([1, 4, 4, 2], -1, 1);
    const dy = tensor4d(randomValues(8, 2), [1, 2, 2, 2]);
    await expectNoLeak(() => gradient(x, dy));
  });
});
