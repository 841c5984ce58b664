/**
 * @module
 * Worker threads that each hold the metric and do tasks. The first fault of a task or a thread ends all of them.
 */
import { fileURLToPath } from 'node:url';
import { LpipsError } from 'lpips-core';
import { Piscina } from 'piscina';
import type { IndexedDistance } from '../comparing/compare-pairs.js';
import { firstLine } from '../errors/foreign-error.js';
import type { SharedFeatures } from './shared-features.js';
import { type Answer, stopped, type Task, type WorkerStart } from './tasks.js';

/** How a pool is made. */
export interface PoolOptions extends WorkerStart {
  readonly workers: number;
  /** Tasks that a thread has at the same time. With 2, the images of one are read while the other computes. */
  readonly tasksPerWorker: number;
  /** Called after each distance that a thread computed. */
  readonly onCompared?: () => void;
  /** Another file for the threads to load than the compiled one of this package, and their options of Node.js. */
  readonly thread?: { readonly file: URL; readonly execArgv: string[] };
}

/** Worker threads with the metric. Call `close` when done. */
export class MetricPool {
  /** Number of threads. */
  readonly workers: number;
  readonly #pool: Piscina<Task, Answer>;

  constructor({ workers, tasksPerWorker, onCompared, thread, ...start }: PoolOptions) {
    this.workers = workers;
    this.#pool = new Piscina<Task, Answer>({
      filename: fileURLToPath(thread?.file ?? new URL('./metric-worker.js', import.meta.url)),
      minThreads: workers,
      maxThreads: workers,
      concurrentTasksPerWorker: tasksPerWorker,
      ...(thread !== undefined && { execArgv: thread.execArgv }),
      workerData: start,
    });
    this.#pool.on('message', () => onCompared?.());
    // A thread that fails without a task is replaced. If the new one fails at a task, that task is rejected.
    this.#pool.on('error', () => undefined);
  }

  /** The threads. A test ends one of them. */
  get threads() {
    return this.#pool.threads;
  }

  /**
   * Distance of a pair.
   *
   * @throws LpipsError where an image is damaged or does not fit, or a thread ended before its time
   */
  async distance(task: Extract<Task, { kind: 'pair' }>): Promise<number> {
    const answer = await this.#ask(task);
    if ('distance' in answer) return answer.distance;
    throw new Error('distance: this task gives none');
  }

  /** @throws LpipsError as `distance` */
  async distances(
    task: Extract<Task, { kind: 'neighbours' | 'passing' }>,
  ): Promise<readonly IndexedDistance[]> {
    const answer = await this.#ask(task);
    if ('distances' in answer) return answer.distances;
    throw new Error('distances: this task gives none');
  }

  /** @throws LpipsError as `distance` */
  async features(task: Extract<Task, { kind: 'features' }>): Promise<SharedFeatures> {
    const answer = await this.#ask(task);
    if ('features' in answer) return answer.features;
    throw new Error('features: this task gives none');
  }

  /**
   * Drops what the threads keep.
   *
   * @throws LpipsError as `distance`
   */
  async forget(): Promise<void> {
    await this.#ask({ kind: 'forget' });
  }

  /** Ends the threads, even in the middle of a task. */
  close(): Promise<void> {
    return this.#pool.destroy();
  }

  async #ask(task: Task): Promise<Answer> {
    const answer = await this.#pool.run(task).catch((error: unknown) => {
      throw stopped(task, firstLine(error));
    });
    if (!('fault' in answer)) return answer;
    throw answer.isRefusal ? new LpipsError(answer.fault) : new Error(answer.fault);
  }
}
