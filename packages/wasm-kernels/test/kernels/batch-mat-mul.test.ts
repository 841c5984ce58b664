import '../../src/index.js';
import { matMul, type Tensor, tensor, tensor2d } from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { randomValues, sizeOf } from '../../../../test/support/numbers.js';
import { expectNoLeak, expectSame, valuesOn } from '../support/backends.js';

/** Outer dimensions of a and b, then a `[rows, inner]` times b `[inner, columns]`, before any transposition. */
const rows: [outerA: number[], outerB: number[], sizes: [rows: number, inner: number, columns: number]][] = [
  [[], [], [1, 1, 1]],
  [[], [], [2, 5, 3]],
  [[], [], [1, 40, 17]],
  [[3], [3], [2, 4, 5]],
  [[3], [1], [2, 4, 5]],
  [
    [2, 3],
    [2, 3],
    [4, 2, 3],
  ],
];
const flags = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
] as const;

function operand(outer: number[], sizes: [number, number], isTransposed: boolean, seed: number): Tensor {
  const shape = [...outer, ...(isTransposed ? sizes.toReversed() : sizes)];
  return tensor(randomValues(sizeOf(shape), seed), shape);
}

describe('BatchMatMul', () => {
  it('multiplies a transposed operand, worked by hand: a=[2,1]ᵀ b=[2,2]', async () => {
    const work = () => matMul(tensor2d([1, 10], [2, 1]), tensor2d([1, 2, 3, 4], [2, 2]), true);
    expect(await valuesOn('wasm', work)).toEqual({ shape: [1, 2], values: [31, 42] });
  });

  for (const [outerA, outerB, [height, inner, width]] of rows) {
    for (const [transposeA, transposeB] of flags) {
      const a = () => operand(outerA, [height, inner], transposeA, 1);
      const b = () => operand(outerB, [inner, width], transposeB, 2);
      const size = `a=[${[...outerA, height, inner].join()}] b=[${[...outerB, inner, width].join()}]`;
      it(`agrees with cpu: ${size} transposed=${transposeA},${transposeB}`, async () => {
        await expectSame(() => matMul(a(), b(), transposeA, transposeB));
      });
    }
  }

  it('leaves no tensor behind', async () => {
    const [a, b] = [operand([2], [3, 4], true, 1), operand([2], [4, 5], true, 2)];
    await expectNoLeak(() => matMul(a, b, true, true));
  });
});
