/**
 * Jobs of tiny tasks on more threads than there are cores: every task is done once, whoever wakes late.
 */
import { at } from 'lpips-core';
import { afterEach, describe, expect, it } from 'vitest';
import { WasmKernelError } from '../../src/errors.js';
import { JOB_KIND } from '../../src/pool/job-kind.js';
import { Pool, pool, threadsInUse, useThreads } from '../../src/pool/pool.js';
import { coresOfMachine } from '../../src/pool/threads.js';
import { takeTaskAndDie } from '../support/dead-thread.js';

const FLOAT = Float32Array.BYTES_PER_ELEMENT;
/** Channels that a task packs. */
const PANEL = 8;
/** Enough that a job is hardly done before another thread takes part; and jobs until it surely was in time. */
const MANY_PANELS = 200_000;
const repeat = (work: () => void) => {
  for (let job = 0; job < 500; job++) work();
};
/** If late threads could take tasks by the ticket of an earlier job, one of 60 thousand to 2 million jobs would go wrong. */
const JOBS = 3_000_000;

const pools: Pool[] = [];
function poolOf(threads: number): Pool {
  const made = new Pool(threads);
  pools.push(made);
  return made;
}

/** Packs a filter `[1, 1, 1, out]`, which leaves it as it is, on all threads. */
function packer(threads: Pool, mostPanels: number) {
  const { memory } = threads;
  const bytes = mostPanels * PANEL * FLOAT;
  const [from = 0, to = 0] = [memory.allocate(bytes), memory.allocate(bytes)];
  const range = (address: number, size: number) =>
    memory.floats.subarray(address / FLOAT, address / FLOAT + size);
  range(from, mostPanels * PANEL).set(Float32Array.from({ length: mostPanels * PANEL }, (_, i) => i + 1));
  return {
    source: range(from, mostPanels * PANEL),
    target: range(to, mostPanels * PANEL),
    pack: (panels: number): void => {
      const out = panels * PANEL;
      threads.run(JOB_KIND.packDirect, [from, to, 1, 1, 1, out, out, out, out, 1], panels);
    },
  };
}

describe('Pool', () => {
  afterEach(() => {
    for (const made of pools.splice(0)) made.stop();
  });

  it('finishes every job before it returns, with jobs of changing sizes in a row, on 4 threads', () => {
    const threads = poolOf(4);
    threads.patienceMs = 5000;
    const { pack, source, target } = packer(threads, 33);
    const sizes = [2, 3, 5, 9, 17, 33];
    for (let job = 0; job < JOBS; job++) {
      const panels = at(sizes, job % sizes.length);
      const last = panels * PANEL - 1;
      target[last] = 0;
      pack(panels);
      if (target[last] !== source[last]) expect(target[last], `job ${job}`).toBe(source[last]);
    }
    expect(target).toEqual(source);
  });

  it('does every task once with 1 to 9 threads', () => {
    for (let count = 1; count <= 9; count++) {
      const { pack, source, target } = packer(poolOf(count), 40);
      target.fill(0);
      pack(40);
      expect(target).toEqual(source);
    }
  });

  it.each([1, 2, 4])(
    'ends with one clear error if a thread dies in the middle, of %i threads',
    async (count) => {
      const threads = poolOf(count);
      threads.patienceMs = 300;
      const { pack } = packer(threads, MANY_PANELS);
      const dead = await takeTaskAndDie(threads.memory);
      expect(() => repeat(() => pack(MANY_PANELS))).toThrow(
        new WasmKernelError(
          'wasm: cannot finish a computation: a thread did not finish its part in 0.3 seconds. ' +
            'It goes on with one thread. Compute this again.',
        ),
      );
      await dead.ended;
    },
  );
});

describe('the pool of this thread', () => {
  afterEach(() => useThreads(coresOfMachine()));

  it('goes on with one thread after a thread died', async () => {
    useThreads(coresOfMachine());
    const threads = pool();
    if (!threads) throw new Error('no pool');
    threads.patienceMs = 300;
    const dead = await takeTaskAndDie(threads.memory);
    const broken = packer(threads, MANY_PANELS);
    expect(() => repeat(() => broken.pack(MANY_PANELS))).toThrow(WasmKernelError);
    await dead.ended;
    expect(threadsInUse()).toBe(1);
    const next = pool();
    if (!next) throw new Error('no pool');
    expect(next).not.toBe(threads);
    const { pack, source, target } = packer(next, 40);
    pack(40);
    expect(target).toEqual(source);
  });

  it('has no more threads than cores, and as many as are asked for', () => {
    useThreads(1024);
    expect(threadsInUse()).toBe(coresOfMachine());
    useThreads(1);
    expect(threadsInUse()).toBe(1);
    useThreads(0);
    expect(threadsInUse()).toBe(0);
    expect(pool()).toBeUndefined();
  });

  it.each([-1, 0.5, 1025, Number.NaN, Number.POSITIVE_INFINITY])('refuses %d threads', (threads) => {
    expect(() => useThreads(threads)).toThrow(
      new WasmKernelError(
        `useThreads: expected a whole number from 0 to 1024 for threads, got ${threads}. ` +
          '0 leaves convolutions to TensorFlow.js.',
      ),
    );
  });

  it('refuses what is no number by name', () => {
    for (const threads of ['2', undefined, null, 2n, {}]) {
      expect(() => useThreads(threads as unknown as number)).toThrow(
        /^useThreads: expected a whole number from 0 to 1024 for threads, got /,
      );
    }
  });
});
