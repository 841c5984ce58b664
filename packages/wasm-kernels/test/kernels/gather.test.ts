/**
 * Gathering against its definition: along every axis, with indices of every rank, in batches, and of each kind of numbers.
 */
import '../../src/index.js';
import { GatherV2, gather, getKernel, tensor } from '@tensorflow/tfjs';
import { at } from 'lpips-core';
import { describe, expect, it } from 'vitest';
import { randomValues, sizeOf } from '../../../../test/support/numbers.js';
import { expectNoLeak, valuesOn } from '../support/backends.js';

interface Case {
  readonly shape: number[];
  readonly indices: number[];
  readonly ofIndices: number[];
  readonly axis: number;
  readonly batchDims?: number;
}

const cases: Case[] = [
  { shape: [9], indices: [8, 0, 3, 3], ofIndices: [4], axis: 0 },
  { shape: [5, 4], indices: [4, 4, 0], ofIndices: [3], axis: 0 },
  { shape: [5, 4], indices: [3, 1], ofIndices: [2], axis: 1 },
  { shape: [5, 4], indices: [3, 1], ofIndices: [2], axis: -1 },
  { shape: [3, 4, 2], indices: [2, 0, 1, 2, 3, 3], ofIndices: [2, 3], axis: 1 },
  { shape: [6, 5, 3, 2], indices: [5], ofIndices: [1], axis: 0 },
  { shape: [6, 5], indices: [2], ofIndices: [], axis: 0 },
  { shape: [2, 4, 3], indices: [3, 0, 1, 1], ofIndices: [2, 2], axis: 1, batchDims: 1 },
  { shape: [2, 3, 4], indices: [3, 0, 1, 1, 2, 2], ofIndices: [2, 3], axis: 2, batchDims: 1 },
];

/** What y `[…batch, …outer, …indices, …slice]` takes of x, in order. */
function taken(x: ArrayLike<number>, { shape, indices, ofIndices, axis, batchDims = 0 }: Case): number[] {
  const along = axis < 0 ? axis + shape.length : axis;
  const batches = sizeOf(shape.slice(0, batchDims));
  const outer = sizeOf(shape.slice(batchDims, along));
  const inner = sizeOf(shape.slice(along + 1));
  const count = sizeOf(ofIndices) / batches;
  const values: number[] = [];
  for (let batch = 0; batch < batches; batch++) {
    for (let o = 0; o < outer; o++) {
      for (let k = 0; k < count; k++) {
        const place = (batch * outer + o) * at(shape, along) + at(indices, batch * count + k);
        for (let i = 0; i < inner; i++) values.push(at(x, place * inner + i));
      }
    }
  }
  return values;
}

describe('GatherV2', () => {
  it('is a kernel of this package', () => {
    expect(getKernel(GatherV2, 'wasm')).toHaveProperty('stockKernel');
  });

  for (const given of cases) {
    const { shape, indices, ofIndices, axis, batchDims = 0 } = given;
    const x = randomValues(sizeOf(shape), 1, -9, 9).map(Math.floor);
    it.each(['float32', 'int32', 'bool'] as const)(
      `takes the numbers of its definition: ${JSON.stringify(given)} %s`,
      async (dtype) => {
        const values = dtype === 'bool' ? x.map((value) => Number(value > 0)) : x;
        const y = await valuesOn('wasm', () =>
          gather(tensor(values, shape, dtype), tensor(indices, ofIndices, 'int32'), axis, batchDims),
        );
        const along = axis < 0 ? axis + shape.length : axis;
        const inBatch = ofIndices.slice(batchDims);
        expect(y.shape).toEqual([...shape.slice(0, along), ...inBatch, ...shape.slice(along + 1)]);
        expect(y.values).toEqual(taken(values, given));
      },
    );
  }

  it('refuses an index outside the tensor, as on other backends', async () => {
    await expect(
      valuesOn('wasm', () => gather(tensor([1, 2, 3]), tensor([0, 3], [2], 'int32'))),
    ).rejects.toThrow('the index value 3 is not in [0, 2]');
  });

  it('leaves no tensor behind', async () => {
    const [x, indices] = [tensor(randomValues(60, 1), [5, 12]), tensor([4, 0], [2], 'int32')];
    await expectNoLeak(() => gather(x, indices));
  });
});
