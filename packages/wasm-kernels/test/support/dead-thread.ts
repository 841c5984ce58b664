/**
 * @module
 * A thread that takes a task of the next job of a pool, and dies before it has done it.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { OwnMemory } from '../../src/pool/own-memory.js';

/** Takes a task by the ticket at the beginning of the control block, as in `assembly/threads/jobs.ts`. */
const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads');
const ints = new Int32Array(workerData.buffer);
const [TASK, JOB] = [64 / 4, 68 / 4];
const before = Atomics.load(ints, JOB);
parentPort.postMessage('waiting');
while (Atomics.load(ints, JOB) === before);
Atomics.add(ints, TASK, 1);
process.exit(0);
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
