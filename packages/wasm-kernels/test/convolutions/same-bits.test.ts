/**
 * A number of a result depends neither on the number of threads, nor on the other images of a batch, nor on where a
 * batch is cut to fit the memory. Every call gives back the memory that it took.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { relativeError } from '../../../../test/support/numbers.js';
import { methodFor } from '../../src/convolutions/packed-filter.js';
import { Pool } from '../../src/pool/pool.js';
import { SAME_SUM } from '../support/backends.js';
import {
  compute,
  geometryOfOwn,
  type OwnConvolution,
  ofImage,
  operandsOf,
  PARTS,
  titleOfOwn,
} from '../support/own-kernels.js';

const full = (
  x: OwnConvolution['x'],
  side: number,
  out: number,
  rest: Partial<OwnConvolution> = {},
): OwnConvolution => ({ kind: 'full', x, filter: [side, side, x[3], out], ...rest });

const depthwise = (
  x: OwnConvolution['x'],
  side: number,
  multiplier: number,
  rest: Partial<OwnConvolution> = {},
): OwnConvolution => ({ kind: 'depthwise', x, filter: [side, side, x[3], multiplier], ...rest });

/** The first five by minimal filtering, forward and backward, the first with the larger tiles, the second of 5x5; tall and small images; every way to move. */
const convolutions: OwnConvolution[] = [
  full([3, 18, 15, 64], 3, 64),
  full([3, 13, 10, 64], 5, 64),
  full([3, 17, 15, 16], 3, 24),
  full([3, 12, 13, 8], 3, 12, { pad: 'valid' }),
  full([2, 33, 9, 20], 3, 8),
  full([3, 17, 15, 3], 3, 10),
  full([5, 4, 4, 40], 3, 20),
  full([5, 3, 2, 300], 3, 9),
  full([3, 14, 11, 6], 1, 7),
  full([2, 33, 23, 3], 11, 20, { strides: 4, pad: 2 }),
  full([3, 16, 13, 5], 3, 12, { strides: 2 }),
  full([3, 13, 16, 4], 4, 9, { strides: [3, 2], pad: 'valid' }),
  full([3, 15, 14, 5], 3, 8, { dilations: 2 }),
  full([2, 19, 14, 4], 5, 8, { dilations: [1, 3], pad: 'valid' }),
  full([3, 6, 5, 4], 3, 8, { pad: 5 }),
  full([3, 7, 9, 4], 1, 8, { strides: 2 }),
  depthwise([3, 17, 15, 8], 3, 1),
  depthwise([3, 12, 13, 6], 3, 1, { pad: 'valid' }),
  depthwise([3, 12, 13, 5], 3, 2, { strides: 2 }),
  depthwise([3, 15, 14, 3], 3, 3, { dilations: 2 }),
  depthwise([3, 9, 8, 4], 5, 1, { strides: [1, 3], pad: 2 }),
  depthwise([4, 5, 6, 7], 1, 1),
];

const pools: Pool[] = [];
const poolOf = (threads: number): Pool => {
  const pool = new Pool(threads);
  pools.push(pool);
  return pool;
};
afterAll(() => {
  for (const pool of pools) pool.stop();
});

const one = poolOf(1);
const several = [2, 3, 7].map(poolOf);

/** Small enough that every batch is cut in images, and every large image in stretches of rows. */
const LITTLE = [2000, 9000, 30_000];
const cut = LITTLE.map((bytes) => {
  const pool = poolOf(2);
  pool.bytesAtOnce = bytes;
  return pool;
});

const bytesOf = (numbers: Float32Array) => Buffer.from(numbers.buffer);

function expectSameBits(actual: Float32Array, expected: Float32Array, where: string): void {
  if (bytesOf(actual).equals(bytesOf(expected))) return;
  expect(actual, where).toEqual(expected);
}

describe.each(convolutions.map((convolution) => ({ name: titleOfOwn(convolution), convolution })))(
  '$name',
  ({ convolution }) => {
    const operands = operandsOf(convolution);
    const expected = (part: (typeof PARTS)[number]) => compute(one, convolution, part, operands);

    it.each(PARTS)('%s: the same bits with 1, 2, 3 and 7 threads', (part) => {
      const result = expected(part);
      expect(result.some((value) => value !== 0)).toBe(true);
      for (const pool of several) {
        // Threads join in some time after they were started.
        for (let turn = 0; turn < 3; turn++) {
          expectSameBits(compute(pool, convolution, part, operands), result, `${pool.threads} threads`);
        }
        expect(pool.memory.bytesUsed).toBe(0);
      }
    });

    it.each(['forward', 'input gradient'] as const)('%s: the same bits image by image', (part) => {
      const [batch, ...sides] = convolution.x;
      const single: OwnConvolution = { ...convolution, x: [1, ...sides] };
      const whole = expected(part);
      for (let image = 0; image < batch; image++) {
        const result = compute(one, single, part, ofImage(operands, image, batch));
        const place = image * result.length;
        expectSameBits(result, whole.slice(place, place + result.length), `image ${image}`);
      }
    });

    it.each(['forward', 'input gradient'] as const)('%s: the same bits in parts as whole', (part) => {
      for (const pool of cut) {
        const result = compute(pool, convolution, part, operands);
        expectSameBits(result, expected(part), `${pool.bytesAtOnce} bytes`);
        expect(pool.memory.bytesUsed).toBe(0);
      }
    });

    it('filter gradient: the same sums in parts as whole, and the same bits on any number of threads', () => {
      const whole = expected('filter gradient');
      for (const pool of cut) {
        const result = compute(pool, convolution, 'filter gradient', operands);
        expect(relativeError(result, whole)).toBeLessThan(SAME_SUM);
        expect(pool.memory.bytesUsed).toBe(0);
        one.bytesAtOnce = pool.bytesAtOnce;
        expectSameBits(result, expected('filter gradient'), `${pool.bytesAtOnce} bytes`);
        one.bytesAtOnce = 2 ** 26;
      }
    });
  },
);

describe('the table', () => {
  it('has convolutions of every method', () => {
    const methods = convolutions
      .filter(({ kind }) => kind === 'full')
      .map((convolution) => methodFor(geometryOfOwn(convolution)));
    expect(methods.slice(0, 5)).not.toContain('direct');
    expect(new Set(methods)).toEqual(new Set(['direct', 'winograd2x2', 'winograd4x4']));
  });

  it('has images that are cut: each of the smallest limit takes several jobs', () => {
    const [pool] = cut;
    if (!pool) throw new Error('no pool');
    const [convolution] = convolutions;
    if (!convolution) throw new Error('no convolution');
    let jobs = 0;
    const run = pool.run.bind(pool);
    pool.run = (...job) => {
      jobs++;
      run(...job);
    };
    compute(pool, convolution, 'forward', operandsOf(convolution));
    expect(jobs).toBeGreaterThan(3 * 2);
  });
});
