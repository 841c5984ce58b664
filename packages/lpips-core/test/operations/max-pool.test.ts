import { pad, maxPool as stockMaxPool, type Tensor4D, tensor4d } from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { describeOnBackends, expectNoLeak } from '../../../../test/support/backend.js';
import { expectGradient, gradientOf } from '../../../../test/support/gradient.js';
import { randomTensor, randomValues } from '../../../../test/support/numbers.js';
import { maxPool } from '../../src/operations/max-pool.js';

const two = { size: 2, stride: 2, ceil: false };
const three = { size: 3, stride: 2, ceil: false };
const ceil = { size: 3, stride: 2, ceil: true };

const shapes: [[number, number, number, number], typeof two][] = [
  [[2, 4, 6, 3], two],
  [[1, 5, 7, 2], two],
  [[2, 7, 9, 2], three],
  [[1, 8, 6, 2], three],
  [[1, 8, 6, 2], ceil],
  [[2, 7, 8, 1], ceil],
  [[1, 2, 2, 1], ceil],
];

describeOnBackends('maxPool', ['wasm', 'cpu'], () => {
  it('takes the largest of each window, worked by hand: x=[1,2,4,1] 2x2', () => {
    const x = tensor4d([1, 2, 5, 0, 4, 3, 6, 7], [1, 2, 4, 1]);
    expect([...maxPool(x, two).dataSync()]).toEqual([4, 7]);
    expect(gradientOf((x) => maxPool(x, two), x, [10, 20])).toEqual([0, 0, 0, 0, 10, 0, 0, 20]);
  });

  it('gives a tie to the first pixel in reading order, once: x=[1,3,3,1] 3x3', () => {
    const x = tensor4d([0, 2, 2, 2, 1, 2, 0, 2, 0], [1, 3, 3, 1]);
    expect(gradientOf((x) => maxPool(x, three), x, [1])).toEqual([0, 1, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('counts every maximum of a flat image once: x=[1,5,5,1] 3x3 s=2', () => {
    const x = tensor4d(new Float32Array(25).fill(3), [1, 5, 5, 1]);
    const gradient = gradientOf((x) => maxPool(x, three), x, [1, 1, 1, 1]);
    expect(gradient.reduce((sum, value) => sum + value, 0)).toBe(4);
    expect([gradient[0], gradient[2], gradient[10], gradient[12]]).toEqual([1, 1, 1, 1]);
  });

  it("lets the last window hang over with ceil, unlike tfjs's 'same': x=[1,1,6,1] is 3 wide", () => {
    const x = tensor4d([1, 2, 3, 4, 5, 6], [1, 1, 6, 1]);
    expect(
      maxPool(
        pad(x, [
          [0, 0],
          [0, 2],
          [0, 0],
          [0, 0],
        ]),
        ceil,
      ).shape,
    ).toEqual([1, 1, 3, 1]);
    expect([
      ...maxPool(
        pad(x, [
          [0, 0],
          [0, 2],
          [0, 0],
          [0, 0],
        ]),
        ceil,
      ).dataSync(),
    ]).toEqual([3, 5, 6]);
  });

  for (const [shape, geometry] of shapes) {
    it(`agrees with stock operations: x=[${shape.join()}] ${geometry.size}x${geometry.size} s=2 ceil=${geometry.ceil}`, () => {
      const { size, stride } = geometry;
      const missing = (side: number) =>
        geometry.ceil ? Math.ceil((side - size) / stride) * stride + size - side : 0;
      const stock = (x: Tensor4D): Tensor4D => {
        const around: [number, number][] = [
          [0, 0],
          [0, missing(shape[1])],
          [0, missing(shape[2])],
          [0, 0],
        ];
        return stockMaxPool(pad(x, around), size, stride, 'valid');
      };
      const x = randomTensor(shape, 8, 0.1, 4);
      expect(maxPool(x, geometry).arraySync()).toEqual(stock(x).arraySync());
      expectGradient((x) => maxPool(x, geometry), x, stock);
    });
  }

  it('leaves no tensor behind, forward and gradient', () => {
    const x = randomTensor([1, 8, 8, 2], 9, 0, 1);
    expectNoLeak(() => {
      maxPool(x, ceil).dispose();
      gradientOf((x) => maxPool(x, ceil), x, randomValues(32, 10));
    });
  });
});
