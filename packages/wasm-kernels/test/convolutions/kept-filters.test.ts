/**
 * Packed filters live as long as their tensors, and no longer than their pool.
 */

import { setTimeout as wait } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { conv2d, ready, setBackend, type Tensor4D, tensor4d, tidy } from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { randomTensor, randomValues, relativeError } from '../../../../test/support/numbers.js';
import { useThreads } from '../../src/index.js';
import { JOB_KIND } from '../../src/pool/job-kind.js';
import { Pool, pool } from '../../src/pool/pool.js';
import { SAME_SUM } from '../support/backends.js';

const MIB = 2 ** 20;

function currentPool(): Pool {
  const current = pool();
  if (!current) throw new Error('no pool');
  return current;
}

const filterOf = (seed: number) => tensor4d(randomValues(3 * 3 * 8 * 16, seed), [3, 3, 8, 16]);

function convolve(x: Tensor4D, filter: Tensor4D): number[] {
  const y = conv2d(x, filter, 1, 'same');
  const values = Array.from(y.dataSync());
  y.dispose();
  return values;
}

describe('packed filters', () => {
  let x: Tensor4D;
  beforeAll(async () => {
    await setBackend('wasm');
    await ready();
    x = randomTensor([1, 9, 9, 8], 1);
  });
  afterEach(() => {
    useThreads(1);
    vi.restoreAllMocks();
  });

  const packings = (spy: ReturnType<typeof spyOnJobs>) =>
    spy.mock.calls.filter(([kind]) => kind === JOB_KIND.packWinograd).length;
  const spyOnJobs = () => vi.spyOn(Pool.prototype, 'run');

  it('are made once as long as the tensor lives, also for its copies, and given back with the last', () => {
    const jobs = spyOnJobs();
    const { memory } = currentPool();
    const used = memory.bytesUsed;
    const filter = filterOf(2);
    const y = convolve(x, filter);
    const copy = filter.clone();
    expect(convolve(x, copy)).toEqual(y);
    filter.dispose();
    expect(convolve(x, copy)).toEqual(y);
    expect(packings(jobs)).toBe(1);
    expect(memory.bytesUsed).toBeGreaterThan(used);
    copy.dispose();
    expect(memory.bytesUsed).toBe(used);
  });

  it('are made anew for other numbers: a filter whose tensor is replaced step by step', () => {
    const used = currentPool().memory.bytesUsed;
    const seen = new Set<string>();
    for (let step = 0; step < 5; step++) {
      tidy(() => {
        const filter = filterOf(2).mul(step + 1) as Tensor4D;
        seen.add(convolve(x, filter).join());
      });
    }
    expect(seen.size).toBe(5);
    expect(currentPool().memory.bytesUsed).toBe(used);
  });

  it('give way where the memory is full, in which TensorFlow.js computes, and are made again', () => {
    const { memory } = currentPool();
    const filters = [2, 3, 4].map(filterOf);
    const expected = filters.map((filter) => convolve(x, filter));
    const withFilters = memory.bytesUsed;
    const blocks: number[] = [];
    for (let bytes = 512 * MIB; bytes >= 64; bytes /= 2) {
      for (let at = memory.allocate(bytes); at !== undefined; at = memory.allocate(bytes)) blocks.push(at);
    }
    const filter = filterOf(5);
    const stock = convolve(x, filter);
    for (const address of blocks) memory.free(address);
    expect(memory.bytesUsed).toBeLessThan(withFilters);
    expect(relativeError(convolve(x, filter), stock)).toBeLessThan(SAME_SUM);
    expect(filters.map((filter) => convolve(x, filter))).toEqual(expected);
    for (const used of [...filters, filter]) used.dispose();
    expect(memory.bytesUsed).toBe(0);
  });

  it('do not keep the memory of a pool that is no longer used', async () => {
    const filter = filterOf(2);
    convolve(x, filter);
    const former = new WeakRef(currentPool().memory);
    useThreads(1);
    const other = filterOf(3);
    convolve(x, other);
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    for (let turn = 0; turn < 20 && former.deref(); turn++) {
      await wait(10);
      collect();
    }
    expect(former.deref()).toBeUndefined();
    for (const tensor of [filter, other]) tensor.dispose();
  });
});
