/**
 * Slices against their definition, for every rank, with whole and cut axes, and of each kind of numbers.
 */
import '../../src/index.js';
import { slice, tensor } from '@tensorflow/tfjs';
import { at } from 'lpips-core';
import { describe, expect, it } from 'vitest';
import { randomValues, sizeOf } from '../../../../test/support/numbers.js';
import { expectNoLeak, valuesOn } from '../support/backends.js';

/** The numbers of x that a slice takes, in order. */
function taken(x: ArrayLike<number>, shape: number[], begin: number[], size: number[]): number[] {
  return Array.from({ length: sizeOf(size) }, (_, index) => {
    let [rest, place, stride] = [index, 0, 1];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const side = at(size, axis);
      place += ((rest % side) + at(begin, axis)) * stride;
      rest = Math.floor(rest / side);
      stride *= at(shape, axis);
    }
    return at(x, place);
  });
}

const cases: [shape: number[], begin: number[], size: number[]][] = [
  [[9], [2], [5]],
  [[1], [0], [1]],
  [
    [4, 7],
    [1, 0],
    [2, 7],
  ],
  [
    [4, 7],
    [0, 3],
    [4, 4],
  ],
  [
    [3, 4, 5],
    [1, 1, 2],
    [2, 3, 1],
  ],
  [
    [3, 4, 5],
    [0, 1, 0],
    [3, 2, 5],
  ],
  [
    [2, 9, 9, 3],
    [0, 2, 5, 0],
    [2, 7, 4, 3],
  ],
  [
    [2, 3, 4, 17],
    [1, 0, 1, 0],
    [1, 3, 2, 17],
  ],
  [
    [2, 3, 4, 17],
    [0, 0, 0, 5],
    [2, 3, 4, 6],
  ],
  [
    [2, 3, 2, 4, 3],
    [0, 1, 0, 2, 0],
    [2, 2, 2, 2, 3],
  ],
  [
    [2, 2, 3, 2, 4, 3],
    [1, 0, 1, 0, 0, 1],
    [1, 2, 1, 2, 4, 2],
  ],
  [
    [3, 4],
    [1, 2],
    [0, 2],
  ],
];

describe('Slice', () => {
  for (const [shape, begin, size] of cases) {
    const name = `x=[${shape.join()}] begin=[${begin.join()}] size=[${size.join()}]`;
    const x = randomValues(sizeOf(shape), 1, -9, 9).map((value) => Math.round(value) + 0); // no -0, which int32 lacks

    it.each(['float32', 'int32', 'bool'] as const)(
      `takes the numbers of its definition: ${name} %s`,
      async (dtype) => {
        const values = dtype === 'bool' ? x.map((value) => Number(value > 0)) : x;
        const y = await valuesOn('wasm', () => slice(tensor(values, shape, dtype), begin, size));
        expect(y).toEqual({ shape: size, values: taken(values, shape, begin, size) });
      },
    );
  }

  it('takes texts as before', async () => {
    const y = await valuesOn('wasm', () => slice(tensor(['a', 'b', 'c']), 1));
    expect(y.values).toEqual(['b', 'c']);
  });

  it('refuses what lies outside the tensor, as on other backends', async () => {
    await expect(valuesOn('wasm', () => slice(tensor([1, 2, 3]), 2, 2))).rejects.toThrow(
      'would overflow input.shape[0] (3)',
    );
  });

  it('leaves no tensor behind', async () => {
    const x = tensor(randomValues(60, 1), [3, 4, 5]);
    await expectNoLeak(() => slice(x, [0, 1, 1], [3, 2, 2]));
  });
});
