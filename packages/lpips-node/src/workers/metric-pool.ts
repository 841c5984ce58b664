/**
 * @module
 * Worker threads that each hold the metric and do tasks. The first fault of a task or a thread ends all of them.
 */
import { fileURLToPath } from 'node:url';
import { LpipsError } from 'lpips-core';
import { Piscina } from 'piscina';
import type { ComparedImages, ComparedPair } from '../comparing/compare-pairs.js';
import { firstLine } from '../errors/foreign-error.js';
import { type Answer, type MadeFeatures, stopped, type Task, type WorkerStart } from './tasks.js';

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
   * @throws LpipsError where images do not fit the metric or each other, or a thread ended before its time
   */
  async distance(task: Extract<Task, { kind: 'pair' }>): Promise<ComparedPair> {
    const answer = await this.#ask(task);
    if ('pair' in answer) return answer.pair;
    throw new Error('distance: this task gives none');
  }

  /** @throws LpipsError as `distance` */
  async distances(task: Extract<Task, { kind: 'neighbours' | 'passing' }>): Promise<ComparedImages> {
    const answer = await this.#ask(task);
    if ('images' in answer) return answer.images;
    throw new Error('distances: this task gives none');
  }

  /** @throws LpipsError as `distance` */
  async features(task: Extract<Task, { kind: 'features' }>): Promise<MadeFeatures> {
    const answer = await this.#ask(task);
    if ('made' in answer) return answer.made;
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
