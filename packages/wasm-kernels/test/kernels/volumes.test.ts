/**
 * The kernels of 3D layers, which the stock backend gets wrong, against the JavaScript backend.
 */
import '../../src/index.js';
import {
  conv3d,
  gather,
  grad,
  grads,
  maxPool,
  maxPool3d,
  type Rank,
  reshape,
  type Tensor,
  type Tensor5D,
  tensor,
  tensor5d,
} from '@tensorflow/tfjs';
import { describe, it } from 'vitest';
import { randomValues, sizeOf } from '../../../../test/support/numbers.js';
import { expectNoLeak, expectSame } from '../support/backends.js';

type Shape5D = [number, number, number, number, number];
type Side = number | [number, number, number];

const volume = (shape: Shape5D, seed: number, low = -1, high = 1) =>
  tensor5d(randomValues(sizeOf(shape), seed, low, high), shape);

const convolutions: [x: Shape5D, filter: Shape5D, strides: Side, pad: 'same' | 'valid'][] = [
  [[1, 1, 1, 1, 1], [1, 1, 1, 1, 1], 1, 'valid'],
  [[2, 4, 5, 4, 2], [2, 2, 2, 2, 3], 1, 'valid'],
  [[2, 4, 6, 5, 2], [3, 3, 3, 2, 1], 1, 'same'],
  [[2, 5, 6, 4, 1], [2, 3, 2, 1, 3], 2, 'same'],
  [[1, 5, 4, 6, 2], [3, 2, 1, 2, 2], [2, 1, 3], 'valid'],
  [[1, 2, 2, 3, 2], [5, 3, 3, 2, 2], 1, 'same'],
];

describe('gradients of conv3d agree with cpu', () => {
  for (const [shape, filter, strides, pad] of convolutions) {
    const gradients = (): [Tensor, Tensor] => {
      const [x, w] = [volume(shape, 1), volume(filter, 2)];
      const f = (x: Tensor, w: Tensor) => conv3d(x as Tensor5D, w as Tensor5D, strides, pad);
      const dy = volume(f(x, w).shape as Shape5D, 3);
      return grads(f)([x, w], dy) as [Tensor, Tensor];
    };
    const title = `x=[${shape.join()}] f=[${filter.join()}] s=${String(strides)} p=${pad}`;
    it(`to the input: ${title}`, () => expectSame(() => gradients()[0]));
    it(`to the filter: ${title}`, () => expectSame(() => gradients()[1]));
  }
});

const poolings: [x: Shape5D, size: Side, strides: Side, pad: 'same' | 'valid' | number][] = [
  [[2, 4, 4, 6, 2], 2, 2, 'valid'],
  [[2, 5, 4, 3, 2], 3, 2, 'same'],
  [[1, 5, 6, 4, 1], 2, [2, 1, 3], 'valid'],
  [[1, 4, 4, 4, 2], 3, 1, 1],
];

describe('maxPool3d agrees with cpu on values of both signs and below zero', () => {
  for (const [shape, size, strides, pad] of poolings) {
    const pool = (x: Tensor) => maxPool3d(x as Tensor5D, size, strides, pad);
    const title = `x=[${shape.join()}] f=[${String(size)}] s=${String(strides)} p=${pad}`;
    for (const [low, high] of [
      [-1, 1],
      [-2, -1],
    ] as const) {
      const x = () => volume(shape, 1, low, high);
      it(`forwards: ${title}, in [${low},${high}]`, () => expectSame(() => pool(x())));
      it(`gradient: ${title}, in [${low},${high}]`, () =>
        expectSame(() => grad(pool)(x(), volume(pool(x()).shape as Shape5D, 2))));
    }
  }
});

describe('maxPool3d with windows that are not cubes, whose gradient the cpu backend gets wrong', () => {
  it('is maxPool of every other slice: x=[1,5,6,4,1] f=1,2,3 s=2,1,1 p=valid', async () => {
    const shape: Shape5D = [1, 5, 6, 4, 1];
    const dy = () => randomValues(30, 2);
    const inVolumes = (x: Tensor) => maxPool3d(x as Tensor5D, [1, 2, 3], [2, 1, 1], 'valid');
    const inSlices = (x: Tensor) =>
      maxPool(reshape<Rank.R4>(gather(x, [0, 2, 4], 1), [3, 6, 4, 1]), [2, 3], 1, 'valid');
    await expectSame(
      () => grad(inVolumes)(volume(shape, 1), tensor(dy(), [1, 3, 5, 2, 1])),
      () => grad(inSlices)(volume(shape, 1), tensor(dy(), [3, 5, 2, 1])),
    );
  });
});

describe('kernels of 3D layers', () => {
  it('leave no tensor behind', async () => {
    const [x, w] = [volume([1, 3, 4, 3, 2], 1), volume([2, 2, 2, 2, 1], 2)];
    const f = (x: Tensor) => maxPool3d(conv3d(x as Tensor5D, w, 1, 'same'), 2, 1, 'valid');
    await expectNoLeak(() => grad(f)(x));
  });
});
