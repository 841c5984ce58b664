/**
 * @module
 * A thread that takes a task of the next job of a pool at which it is in time, and dies before it has done it.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { OwnMemory } from '../../src/pool/own-memory.js';

/** Takes a task by the ticket at the beginning of the control block, as in `assembly/threads/jobs.ts`. */
const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads');
const ints = new Int32Array(workerData.buffer);
const [TASK, TASKS] = [64 / 4, 72 / 4];
parentPort.postMessage('waiting');
for (;;) {
  const task = Atomics.load(ints, TASK);
  if (task >= Atomics.load(ints, TASKS)) continue;
  if (Atomics.compareExchange(ints, TASK, task, task + 1) === task) process.exit(0);
}
`;

/**
 * Starts the thread, and returns when it waits for a job.
 *
 * @param ownMemory of the pool
 * @returns what resolves when the thread is dead
 */
export async function takeTaskAndDie(ownMemory: OwnMemory): Promise<{ ended: Promise<unknown> }> {
  const worker = new Worker(PROGRAM, { eval: true, workerData: { buffer: ownMemory.ints.buffer } });
  const ended = once(worker, 'exit');
  await once(worker, 'message');
  return { ended };
}
