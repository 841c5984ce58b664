/**
 * @module
 * The option `--workers`, and a command's work on the threads that it asks for.
 */
import type { Lpips } from 'lpips-core';
import type { Argv } from 'yargs';
import type { BackendName } from '../backends/candidates.js';
import type { MetricPool } from '../workers/metric-pool.js';
import { type WorkerPlan, workersOption } from '../workers/plan-workers.js';
import type { MetricArguments } from './metric-options.js';

/** What `--workers` was set to. */
export interface WorkerArguments {
  readonly workers: number | undefined;
}

/** A metric and what it was loaded by. */
export interface LoadedMetric {
  readonly lpips: Lpips;
  readonly backend: BackendName;
  readonly options: MetricArguments;
}

/** Adds `--workers` to a command. */
export function workerOptions<Options>(parser: Argv<Options>) {
  return parser.option('workers', {
    describe: 'threads on wasm and cpu (default: one for each core; 1 where there is little to do)',
    string: true,
    requiresArg: true,
    coerce: workersOption,
  });
}

/**
 * Starts worker threads with the weights of a metric, runs `work` on them, and ends them however that goes.
 *
 * @param lpips disposed as soon as the threads have its weights
 * @param onCompared called after each distance, with the number so far
 */
export async function inWorkers<Result>(
  { lpips, backend, options }: LoadedMetric,
  { workers, tasksPerWorker }: WorkerPlan,
  onCompared: (done: number) => void,
  work: (pool: MetricPool) => Promise<Result>,
): Promise<Result> {
  const { MetricPool } = await import('../workers/metric-pool.js');
  let done = 0;
  const pool = new MetricPool({
    workers,
    tasksPerWorker,
    backend,
    options: {
      net: lpips.net,
      linear: lpips.linear,
      ...(options.version !== undefined && { version: options.version }),
    },
    weights: lpips.weights,
    onCompared: () => onCompared(++done),
  });
  lpips.dispose();
  try {
    return await work(pool);
  } finally {
    await pool.close();
  }
}
