/**
 * @module
 * The threads of this package and the memory that they share. There is one pool in a thread of JavaScript. It is made for
 * the first work; its other threads are started for the first work that is worth it, and join in when they are up. Until
 * then, and where there can be no threads, one thread does all tasks, with the same result.
 */
import { cannot, unsupported } from '../errors.js';
import { compileKernels, type Exports } from './compiled-kernels.js';
import { ARGUMENTS, JOB, STOP } from './control-block.js';
import type { JobKind } from './job-kind.js';
import { OwnMemory } from './own-memory.js';
import { coresOfMachine, defaultThreads, maySleep, startThread } from './threads.js';

/** How long nothing may be finished before the pool is given up, in milliseconds. */
const PATIENCE = 20_000;

let shared: Pool | undefined;
/** Why there is no pool, if none can be made. */
let reason: Error | undefined;
let wanted: number | undefined;

/** The pool of this thread; undefined where the engine cannot have one. */
export function pool(): Pool | undefined {
  if (shared || reason || wanted === 0) return shared;
  try {
    shared = new Pool(wanted ?? defaultThreads());
  } catch (error) {
    reason = error instanceof Error ? error : new Error(String(error));
  }
  return shared;
}

/**
 * How many threads the kernels use at most, the calling one included. Default: as many as there are cores; one in a
 * `worker_threads` thread of Node.js, and in a page that is not cross-origin isolated. Results do not depend on it.
 *
 * @param threads 1 to 1024, of which no more than there are cores are used; 0 leaves convolutions to the kernels of
 *   TensorFlow.js, as where the engine has no 128-bit SIMD
 * @throws WasmKernelError if `threads` is not a whole number from 0 to 1024
 */
export function useThreads(threads: number): void {
  if (!Number.isInteger(threads) || threads < 0 || threads > 1024) {
    const advice = '0 leaves convolutions to TensorFlow.js.';
    throw unsupported('useThreads', 'a whole number from 0 to 1024', 'threads', String(threads), advice);
  }
  wanted = Math.min(threads, coresOfMachine());
  shared?.stop();
  shared = undefined;
}

/** How many threads the kernels use at most; 0 where convolutions are left to TensorFlow.js. */
export function threadsInUse(): number {
  return pool()?.threads ?? 0;
}

/** Threads that share memory and jobs. */
export class Pool {
  readonly memory = new OwnMemory();
  readonly threads: number;
  readonly #module: WebAssembly.Module;
  readonly #exports: Exports;
  readonly #maySleep: number;
  #started = 1;
  #failure: Error | undefined;

  constructor(threads: number) {
    this.threads = threads;
    this.#module = compileKernels();
    const { exports } = new WebAssembly.Instance(this.#module, { env: { memory: this.memory.memory } });
    this.#exports = exports as unknown as Exports;
    this.#maySleep = Number(maySleep(this.memory.ints));
  }

  /**
   * Does all tasks of a job and returns when the last is done.
   *
   * @param args the fields of the job's class in `assembly/threads/`, in order
   * @throws WasmKernelError if a thread died in the middle
   */
  run(kind: JobKind, args: readonly number[], tasks: number): void {
    const { ints } = this.memory;
    ints.set(args, ARGUMENTS / Int32Array.BYTES_PER_ELEMENT);
    if (tasks > 1) this.#start();
    if (this.#exports.run(kind, ARGUMENTS, tasks) === 0) return;
    this.#join();
  }

  /** Ends the other threads. The pool must not be used afterwards. */
  stop(): void {
    const { ints } = this.memory;
    Atomics.store(ints, STOP / Int32Array.BYTES_PER_ELEMENT, 1);
    Atomics.add(ints, JOB / Int32Array.BYTES_PER_ELEMENT, 1);
    Atomics.notify(ints, JOB / Int32Array.BYTES_PER_ELEMENT);
  }

  #join(): void {
    let before = -1;
    let since = performance.now();
    for (;;) {
      const unfinished = this.#exports.join(this.#maySleep);
      if (unfinished === 0) return;
      if (unfinished !== before) since = performance.now();
      before = unfinished;
      if (performance.now() - since > PATIENCE) this.#giveUp();
    }
  }

  #giveUp(): never {
    shared = undefined;
    wanted = 1; // what took one thread may take the next
    const why = this.#failure?.message ?? `a thread did not finish its part in ${PATIENCE / 1000} seconds`;
    throw cannot('wasm', 'finish a computation', why, 'It goes on with one thread. Compute this again.');
  }

  #start(): void {
    for (; this.#started < this.threads; this.#started++) {
      const start = { module: this.#module, memory: this.memory.memory, thread: this.#started };
      try {
        startThread(start, (error) => {
          this.#failure = error;
        });
      } catch (error) {
        this.#failure = error instanceof Error ? error : new Error(String(error));
        this.#started = this.threads;
        return;
      }
    }
  }
}
