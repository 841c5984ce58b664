/**
 * @module
 * Runs the work of a command on the threads that `--workers` asks for.
 */
import type { Lpips } from 'lpips-core';
import type { BackendName } from '../backends/candidates.js';
import type { MetricPool } from '../workers/metric-pool.js';
import type { WorkerPlan } from '../workers/plan-workers.js';

/** A metric, and the backend and options with which it was loaded. */
export interface LoadedMetric {
  readonly lpips: Lpips;
  readonly backend: BackendName;
}

/**
 * Starts worker threads with the weights of a metric and runs `work` on them. The threads end with the work, even where it
 * fails.
 *
 * @param metric its `lpips` is disposed as soon as the threads have its weights
 * @param onCompared called after each distance, with the number so far
 */
export async function inWorkers<Result>(
  metric: LoadedMetric,
  plan: WorkerPlan,
  onCompared: (done: number) => void,
  work: (pool: MetricPool) => Promise<Result>,
): Promise<Result> {
  const pool = await openWorkers(metric, plan, onCompared);
  try {
    return await work(pool);
  } finally {
    await pool.close();
  }
}

/**
 * Starts worker threads with the weights of a metric. The caller calls `close`.
 *
 * @param metric its `lpips` is disposed as soon as the threads have its weights
 * @param onCompared called after each distance, with the number so far
 */
export async function openWorkers(
  metric: LoadedMetric,
  { workers, tasksPerWorker, threadsPerWorker }: Omit<WorkerPlan, 'keptBytes' | 'note'>,
  onCompared: (done: number) => void,
): Promise<MetricPool> {
  const open = await poolsOf(metric, threadsPerWorker, onCompared);
  return open({ workers, tasksPerWorker });
}

/**
 * As `inWorkers`, for `work` that decides which thread does what. Each pool has one thread, which does one task after the
 * other.
 */
export async function inSingleWorkers<Result>(
  metric: LoadedMetric,
  { workers, threadsPerWorker }: WorkerPlan,
  onCompared: (done: number) => void,
  work: (pools: MetricPool[]) => Promise<Result>,
): Promise<Result> {
  const open = await poolsOf(metric, threadsPerWorker, onCompared);
  const pools = Array.from({ length: workers }, () => open({ workers: 1, tasksPerWorker: 1 }));
  try {
    return await work(pools);
  } finally {
    await Promise.all(pools.map((pool) => pool.close()));
  }
}

async function poolsOf(
  { lpips, backend }: LoadedMetric,
  threads: number,
  onCompared: (done: number) => void,
) {
  const [{ MetricPool }, { shareWeights }] = await Promise.all([
    import('../workers/metric-pool.js'),
    import('../workers/shared-features.js'),
  ]);
  const start = {
    backend,
    threads,
    options: {
      net: lpips.net,
      linear: lpips.linear,
      ...(lpips.version === '0.0' && { version: '0.0' as const }),
    },
    weights: shareWeights(lpips.weights),
  };
  lpips.dispose();
  let done = 0;
  return (division: Pick<WorkerPlan, 'workers' | 'tasksPerWorker'>) =>
    new MetricPool({ ...start, ...division, onCompared: () => onCompared(++done) });
}
