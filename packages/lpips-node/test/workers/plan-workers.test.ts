import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/command-line/exit-code.js';
import { workersOption } from '../../src/command-line/numbers.js';
import { checkWorkers } from '../../src/commands/worker-arguments.js';
import { imagesThatFit, planWorkers } from '../../src/workers/plan-workers.js';

const GIGABYTE = 1e9;
const machine = { cores: 4, memory: 64 * GIGABYTE };
const work = {
  net: 'lite',
  backend: 'wasm',
  tasks: 100,
  pixels: 100e6,
  largest: { width: 1000, height: 1000 },
} as const;

describe('planWorkers', () => {
  it('takes one worker for each core, or as many as are asked for', () => {
    expect(planWorkers(undefined, work, machine)).toMatchObject({ workers: 4 });
    expect(planWorkers(7, work, machine)).toMatchObject({ workers: 7 });
    expect(planWorkers(1, work, machine)).toMatchObject({ workers: 1 });
    expect(planWorkers(undefined, { ...work, backend: 'cpu' }, machine)).toMatchObject({ workers: 4 });
  });

  it('takes no more than there are tasks', () => {
    expect(planWorkers(undefined, { ...work, tasks: 3 }, machine)).toMatchObject({ workers: 3 });
    expect(planWorkers(8, { ...work, tasks: 1 }, machine)).toMatchObject({ workers: 1 });
  });

  it('starts none for work that takes less than their start, unless they are asked for', () => {
    expect(planWorkers(undefined, { ...work, pixels: 100_000 }, machine)).toMatchObject({ workers: 1 });
    expect(planWorkers(undefined, { ...work, pixels: 3e6 }, machine)).toMatchObject({ workers: 3 });
    expect(planWorkers(2, { ...work, pixels: 100_000 }, machine)).toMatchObject({ workers: 2 });
  });

  it('gives each worker the cores that are left, unless a number of threads is asked for', () => {
    const threads = (requested: number | undefined, tasks: number) =>
      planWorkers(requested, { ...work, tasks }, { ...machine, cores: 8 }).threadsPerWorker;
    expect([threads(undefined, 100), threads(undefined, 3), threads(undefined, 1)]).toEqual([1, 2, 8]);
    expect([threads(2, 100), threads(1, 100)]).toEqual([1, 1]);
  });

  it('leaves the cores to backends that use all of them', () => {
    expect(planWorkers(undefined, { ...work, backend: 'tensorflow' }, machine)).toMatchObject({ workers: 1 });
  });

  it('takes fewer where memory would not do for a comparison in each, and says so', () => {
    const small = { cores: 4, memory: 3 * GIGABYTE };
    const { workers, note, keptBytes } = planWorkers(undefined, work, small);
    expect(workers).toBe(2); // 2.4 GB for twice 0.5 GB and 380 bytes for each of a million pixels
    expect(note).toBe(
      '2 workers instead of 4: each takes up to 0.9 GB for images of this size, and there are 2.4 GB for all.',
    );
    expect(keptBytes).toBeCloseTo(1.2 * GIGABYTE - 0.88 * GIGABYTE - 2 * 0.138 * GIGABYTE, -1);
    expect(planWorkers(3, work, { cores: 4, memory: GIGABYTE })).toMatchObject({
      workers: 1,
      note: expect.stringContaining('1 worker instead of 3: each') as string,
    });
    expect(planWorkers(undefined, work, machine)).not.toHaveProperty('note');
  });
});

describe('a second task for each worker', () => {
  it('is there where memory holds its images and features, and the WASM heap too', () => {
    expect(planWorkers(2, work, machine)).toMatchObject({ tasksPerWorker: 2 });
    expect(planWorkers(2, work, { cores: 4, memory: 2.4 * GIGABYTE })).toMatchObject({ tasksPerWorker: 1 });
    const largest = { width: 3000, height: 2000 }; // 2.3 of 4 GB for one comparison
    expect(planWorkers(2, { ...work, largest }, machine)).toMatchObject({ workers: 2, tasksPerWorker: 1 });
    expect(planWorkers(2, { ...work, largest, backend: 'cpu' }, machine)).toMatchObject({
      tasksPerWorker: 2,
    });
  });
});

describe('features that a worker keeps', () => {
  it('take what comparing and passing them on leaves, within the WASM heap', () => {
    const { workers, keptBytes } = planWorkers(4, work, { cores: 4, memory: 10 * GIGABYTE });
    expect(workers).toBe(4);
    expect(keptBytes).toBeCloseTo(2 * GIGABYTE - 0.88 * GIGABYTE - 2 * 0.138 * GIGABYTE, -1);
    expect(planWorkers(4, work, machine).keptBytes).toBeCloseTo(0.7 * (3.8 * 2 ** 30 - 0.38 * GIGABYTE), -1);
  });
});

describe('imagesThatFit', () => {
  it('counts features, and is at least one', () => {
    expect(imagesThatFit(GIGABYTE, 'lite', work.largest)).toBe(7); // 138 MB each
    expect(imagesThatFit(0, 'vgg', work.largest)).toBe(1);
  });
});

describe('--workers', () => {
  it('is a whole number from 1 up', () => {
    expect([undefined, '1', ' 16 '].map(workersOption)).toEqual([undefined, 1, 16]);
    for (const wrong of ['0', 'abc', '1.5', '-2', '', '1e3']) {
      expect(() => workersOption(wrong)).toThrow(
        new UsageError(`expected a whole number from 1 up for --workers, got "${wrong}".`),
      );
    }
  });

  it('is refused where the backend spreads its work by itself', () => {
    expect(() => checkWorkers(2, 'tensorflow')).toThrow(
      new UsageError(
        'cannot start 2 workers on tensorflow: it uses every core by itself. ' +
          'Leave --workers out, or add --backend wasm.',
      ),
    );
    expect(() => checkWorkers(2, 'webgpu')).toThrow(
      new UsageError(
        'cannot start 2 workers on webgpu: it computes on one device. Leave --workers out, or add --backend wasm.',
      ),
    );
    for (const [requested, backend] of [
      [undefined, 'tensorflow'],
      [1, 'webgpu'],
      [9, 'wasm'],
      [9, 'cpu'],
    ] as const) {
      expect(() => checkWorkers(requested, backend)).not.toThrow();
    }
  });
});
