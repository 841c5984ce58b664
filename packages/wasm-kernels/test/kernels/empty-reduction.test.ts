/**
 * Reductions over no numbers, after memory of the backend was used and released, and convolutions whose results are empty.
 */
import '../../src/index.js';
import {
  all,
  any,
  conv2d,
  engine,
  fused,
  max,
  mean,
  min,
  ones,
  prod,
  type Rank,
  setBackend,
  sum,
  type Tensor,
  type Tensor4D,
  tensor,
  tidy,
  variable,
  variableGrads,
  zeros,
} from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectNoLeak } from '../support/backends.js';

type Reduce = (x: Tensor, axis: number, keepDims: boolean) => Tensor;

const REDUCTIONS: readonly (readonly [string, Reduce, 'float32' | 'int32' | 'bool', number])[] = [
  ['sum', sum, 'float32', 0],
  ['sum', sum, 'int32', 0],
  ['mean', mean, 'float32', Number.NaN],
  ['prod', prod, 'float32', 1],
  ['max', max, 'float32', Number.NEGATIVE_INFINITY],
  ['min', min, 'float32', Number.POSITIVE_INFINITY],
  ['all', all, 'bool', 1],
  ['any', any, 'bool', 0],
];

describe('reductions over no numbers', () => {
  beforeAll(async () => {
    await setBackend('wasm');
  });

  it.each(REDUCTIONS)('%s of [0,3] over the first axis, and with keepDims', (_, reduce, dtype, expected) => {
    tensor([7, 7, 7]).dispose(); // so that the memory of the result was used before
    tidy(() => {
      const x = zeros([0, 3], dtype);
      expect([...reduce(x, 0, false).dataSync()]).toEqual([expected, expected, expected]);
      expect(reduce(x, 0, true).shape).toEqual([1, 3]);
      expect(reduce(x, 1, false).shape).toEqual([0]);
    });
  });

  it.each(REDUCTIONS)('%s of numbers is as before', (_, reduce, dtype) => {
    tidy(() => {
      expect([...reduce(ones([2, 3], dtype), 0, false).dataSync()]).toEqual(
        reduce === sum ? [2, 2, 2] : [1, 1, 1],
      );
    });
  });

  it('a step of an empty batch costs 0 and changes nothing', () => {
    const filter = variable(ones([3, 3, 2, 4]));
    tidy(() => {
      const { value, grads } = variableGrads(() =>
        sum(conv2d(zeros<Rank.R4>([0, 5, 5, 2]), filter as never, 1, 'same')),
      );
      expect([...value.dataSync()]).toEqual([0]);
      expect(
        Object.values(grads)
          .flatMap((each) => [...each.dataSync()])
          .every((slope) => slope === 0),
      ).toBe(true);
    });
    filter.dispose();
  });

  it.each<[Tensor4D['shape'], Tensor4D['shape']]>([
    [
      [1, 2, 2, 3],
      [1, 0, 0, 4],
    ],
    [
      [0, 5, 5, 3],
      [0, 3, 3, 4],
    ],
  ])('a convolution of %j by 3x3 without padding is %j', (shape, expected) => {
    tidy(() => {
      const [x, filter] = [zeros<Rank.R4>(shape), ones<Rank.R4>([3, 3, 3, 4])];
      expect(conv2d(x, filter, 1, 'valid').shape).toEqual(expected);
      expect(fused.conv2d({ x, filter, strides: 1, pad: 'valid', activation: 'relu' }).shape).toEqual(
        expected,
      );
    });
  });

  it('leave no tensor behind', async () => {
    expect(engine().backendName).toBe('wasm');
    await expectNoLeak(() => tidy(() => sum(zeros([0, 3]), 0)));
  });
});
