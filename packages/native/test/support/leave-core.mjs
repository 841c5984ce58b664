/**
 * @module
 * A process whose operations are called by a worker thread, and all of whose threads are put on one core, but for the first one. Then it
 * calls operations, and prints the cores that each thread may run on, before and after. Argument: the URL of tfjs-native's entry.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { isMainThread, Worker } from 'node:worker_threads';
import { engine, fill, tidy } from '@tensorflow/tfjs';

const [entry] = process.argv.slice(2);
if (entry === undefined) throw new RangeError('the URL of tfjs-native is missing');
if (isMainThread) new Worker(new URL(import.meta.url), { argv: [entry] });
else await convolveOnOneCore(entry);

/** @param {string} entry */
async function convolveOnOneCore(entry) {
  const { findNative, loadNative } = await import(entry);
  const [installed] = findNative('cpu');
  loadNative(installed);
  convolve(); // starts the threads
  const all = coresOf(process.pid);
  const core = all.split(/[-,]/)[0] ?? '0';
  execFileSync('taskset', ['-apc', core, `${process.pid}`]);
  execFileSync('taskset', ['-pc', all, `${process.pid}`]); // the first thread, which says what the process may use
  const before = coresOfThreads();
  for (let i = 0; i < 50; i++) convolve();
  process.stdout.write(JSON.stringify({ core, before, after: coresOfThreads() }));
}

function convolve() {
  tidy(() => {
    const inputs = { x: fill([1, 256, 256, 1], 0.5), filter: fill([1, 1, 1, 64], 2) };
    engine().runKernel('LpipsConvolve@1', inputs, { stride: 1, padding: 0 }).dataSync();
  });
}

function coresOfThreads() {
  return readdirSync('/proc/self/task').map(Number).map(coresOf);
}

/** @param {number} thread @returns cores as the kernel lists them: `0-3,6` */
function coresOf(thread) {
  const status = readFileSync(`/proc/self/task/${thread}/status`, 'utf8');
  return /Cpus_allowed_list:\s+(\S+)/.exec(status)?.[1] ?? '';
}
