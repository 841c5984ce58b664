import '../../src/index.js';
import { type Tensor, tensor, tensor1d, unsortedSegmentSum } from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { randomValues, sizeOf } from '../../../../test/support/numbers.js';
import { expectNoLeak, expectSame, valuesOn } from '../support/backends.js';

const rows: [shape: number[], ids: number[], segments: number][] = [
  [[1], [0], 1],
  [[5], [2, 0, 2, 2, 1], 4],
  [[4, 3], [1, 1, 0, 1], 2],
  [[6, 2, 3], [5, 0, 0, 5, 3, 1], 7],
  [[5, 2], [0, -1, 3, 7, 2], 3],
  [[3, 2], [4, 5, 6], 2],
];

describe('UnsortedSegmentSum', () => {
  it('sums rows of one id, worked by hand: x=[3,2] ids=(1,0,1) segments=3', async () => {
    const x = () => tensor([1, 2, 3, 4, 5, 6], [3, 2]);
    const work = () => unsortedSegmentSum(x(), tensor1d([1, 0, 1], 'int32'), 3);
    expect(await valuesOn('wasm', work)).toEqual({ shape: [3, 2], values: [3, 4, 6, 8, 0, 0] });
  });

  for (const [shape, ids, segments] of rows) {
    it(`agrees with cpu: x=[${shape.join()}] ids=(${ids.join()}) segments=${segments}`, async () => {
      const x = () => tensor(randomValues(sizeOf(shape), 1), shape);
      await expectSame(() => unsortedSegmentSum(x(), tensor1d(ids, 'int32'), segments));
    });
  }

  it('sums integers as integers: x=[3] ids=(1,0,1) segments=2', async () => {
    const work = (): Tensor => {
      const sums = unsortedSegmentSum(tensor1d([2 ** 24, 1, 1], 'int32'), tensor1d([1, 0, 1], 'int32'), 2);
      expect(sums.dtype).toBe('int32');
      return sums;
    };
    expect((await valuesOn('wasm', work)).values).toEqual([1, 2 ** 24 + 1]);
  });

  it('has zeros where nothing is summed: x=[0,2] segments=2', async () => {
    const work = () => unsortedSegmentSum(tensor([], [0, 2]), tensor1d([], 'int32'), 2);
    expect(await valuesOn('wasm', work)).toEqual({ shape: [2, 2], values: [0, 0, 0, 0] });
  });

  it('leaves no tensor behind', async () => {
    const [x, ids] = [tensor(randomValues(6, 1), [3, 2]), tensor1d([1, 0, 9], 'int32')];
    await expectNoLeak(() => unsortedSegmentSum(x, ids, 2));
  });
});
