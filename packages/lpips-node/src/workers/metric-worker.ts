/**
 * @module
 * A worker thread: it holds the metric on a backend of its own and does tasks. While one task computes, the images of the
 * next are read. The pool loads this file and waits for the promise that it exports.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { enableProdMode } from '@tensorflow/tfjs-core';
import { Lpips, LpipsError } from 'lpips-core';
import { selectBackend } from '../backends/select-backend.js';
import { computeOn } from './kernel-threads.js';
import { type Answer, perform, type Task, type WorkerStart, type WorkerState } from './tasks.js';

async function start({ backend, weights, options, threads }: WorkerStart) {
  enableProdMode();
  await selectBackend(backend);
  await computeOn(threads, backend);
  const state: WorkerState = {
    lpips: Lpips.fromWeights(weights, { ...options, onWarning: null }),
    kept: new Map(),
  };
  return async (task: Task): Promise<Answer> => {
    try {
      return await perform(state, task, () => parentPort?.postMessage('compared'));
    } catch (error) {
      const fault = error instanceof Error ? error.message : String(error);
      return { fault, isRefusal: error instanceof LpipsError };
    }
  };
}

// Only metric-pool.ts starts this thread, and gives it this data.
export default start(workerData as WorkerStart);
