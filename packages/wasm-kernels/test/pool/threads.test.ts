/**
 * Threads in processes of their own: how many there are, how processes end, and many that compute at once.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { coresOfMachine } from '../../src/pool/threads.js';

const cwd = fileURLToPath(new URL('../..', import.meta.url));
const CORES = coresOfMachine();

/**
 * `compute` is a digest of a convolution by minimal filtering and of its gradients, all by our own kernels. The text runs
 * as a program and in a thread.
 */
const COMPUTE = `
const { createHash } = require('node:crypto');
const { threadsInUse, useThreads } = await import('tfjs-wasm-kernels');
async function compute() {
  const tf = await import('@tensorflow/tfjs');
  const wave = (shape) =>
    tf.tensor(Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(i)), shape);
  await tf.setBackend('wasm');
  const hash = createHash('sha256');
  tf.tidy(() => {
    const [x, w] = [wave([2, 40, 36, 16]), wave([3, 3, 16, 24])];
    const [dx, dw] = tf.grads((x, w) => tf.conv2d(x, w, 1, 'same'))([x, w], wave([2, 40, 36, 24]));
    for (const result of [tf.conv2d(x, w, 1, 'same'), dx, dw]) hash.update(result.dataSync());
  });
  return hash.digest('hex');
}
`;

/** A program that prints the value of an expression as JSON. */
const printing = (expression: string, before = '') =>
  `(async () => { ${COMPUTE} ${before} console.log(JSON.stringify(${expression})); })()`;

/** A thread that posts the value of an expression, as an expression for its parent. */
const inThread = (expression: string) => {
  const code = `(async () => { ${COMPUTE} require('node:worker_threads').parentPort.postMessage(${expression}); })()`;
  return `new Promise((resolve, reject) => {
    const { Worker } = require('node:worker_threads');
    new Worker(${JSON.stringify(code)}, { eval: true }).on('message', resolve).on('error', reject);
  })`;
};

/** Runs a program to its end: what it printed. Rejects another exit code than 0, and a process that its threads keep alive. */
async function resultOf(program: string, threads?: string): Promise<unknown> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--eval', program], {
    cwd,
    env: { ...process.env, WASM_KERNELS_THREADS: threads },
    timeout: 200_000, // before that of the test, which would leave the process behind
  });
  expect(stderr).toBe('');
  return JSON.parse(stdout) as unknown;
}

describe('the number of threads', () => {
  it.each([
    [undefined, CORES],
    ['1', 1],
    ['2', Math.min(2, CORES)],
    ['1000', CORES],
    ['0', 0],
    ['', CORES],
    ['all', CORES],
    ['-1', CORES],
  ])('with WASM_KERNELS_THREADS=%s is %i', async (asked, threads) => {
    expect(await resultOf(printing('threadsInUse()'), asked)).toBe(threads);
  });

  it('is 1 in a thread of worker_threads, unless more are asked for', async () => {
    const program = printing(`await ${inThread('threadsInUse()')}`);
    expect(await resultOf(program)).toBe(1);
    expect(await resultOf(program, '2')).toBe(Math.min(2, CORES));
    expect(await resultOf(printing(`await ${inThread('(useThreads(1000), threadsInUse())')}`))).toBe(CORES);
  });
});

describe('a process', () => {
  it('ends by itself after it has computed on threads', async () => {
    const result = await resultOf(printing('[await compute(), threadsInUse()]'));
    expect(result).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), CORES]);
  });

  it('ends by itself after process.exit in the middle, and after an error', async () => {
    await resultOf(printing('1', 'await compute(); setTimeout(() => process.exit(0), 5); compute();'));
    const failing = resultOf(printing('1', 'await compute(); throw new Error("ended");'));
    await expect(failing).rejects.toThrow('ended');
  });
});

describe('many that compute at once', () => {
  it('have the result of one alone: 6 threads of worker_threads, each with threads of its own', async () => {
    const alone = await resultOf(printing('await compute()'), '1');
    const computing = inThread('(useThreads(1000), await compute(), await compute())');
    const program = printing(`await Promise.all([${Array(6).fill(computing).join()}, compute()])`);
    expect(await resultOf(program)).toEqual(Array(7).fill(alone));
  });

  it('have the result of one alone: 8 processes', async () => {
    const alone = await resultOf(printing('await compute()'), '1');
    const results = await Promise.all(Array.from({ length: 8 }, () => resultOf(printing('await compute()'))));
    expect(results).toEqual(Array(8).fill(alone));
  });
});
