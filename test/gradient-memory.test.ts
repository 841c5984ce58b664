/**
 * The memory that a gradient takes: the heap of the WASM backend with the kernels of tfjs-wasm-kernels, which only grows, so
 * that its size in a fresh process is the largest that was needed; and on the native backend what was resident at most.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { suiteOnBackend } from './support/backends.js';

const MB = 1e6;
/** Two processes that compute a VGG16 on whatever cores are free. */
const SLOW_MS = 240_000;
/**
 * Weights of VGG16 with the filters of its gradient, 118 MB, and what is kept of one image of 256x256 and its reference.
 * Measured: 369 MB.
 */
const ONE_PAIR = 380 * MB;
/** What a further pair may add. Measured: 301 MB, where the heap grows by a fifth of its size at a time. */
const FURTHER_PAIR = 310 * MB;
/** Of four pairs of 256x256 on the native backend, where PyTorch takes 1.90 GB. Measured: 1.79 GB. */
const FOUR_PAIRS = 1900 * MB;

const PROGRAM = `
import * as tf from '@tensorflow/tfjs';
import { Lpips, mulberry32, weightShapes } from 'lpips-core';
import { selectBackend } from 'lpips-node';
const pairs = Number(process.env.PAIRS);
await selectBackend(process.env.BACKEND);
const next = mulberry32(1);
const uniform = (size, bound) => {
  const values = new Float32Array(size);
  for (let i = 0; i < size; i++) values[i] = (2 * next() - 1) * bound;
  return values;
};
const weights = new Map();
for (const [name, shape] of weightShapes('vgg')) {
  const size = shape.reduce((product, side) => product * side, 1);
  const data = uniform(size, shape.length === 4 ? Math.sqrt((6 * shape[0]) / size) : 0.1);
  weights.set(name, { shape, data: name.startsWith('lin') ? data.map(Math.abs) : data });
}
const lpips = Lpips.fromWeights(weights, { net: 'vgg' });
const images = () => tf.tensor(uniform(pairs * 256 * 256 * 3, 1), [pairs, 256, 256, 3]);
const [x, y] = [images(), images()];
let norm;
for (let pass = 0; pass < Number(process.env.PASSES); pass++) {
  const gradient = tf.grad((x) => lpips.distance(x, y))(x);
  norm = Math.hypot(...gradient.dataSync().subarray(0, 1000));
  gradient.dispose();
}
const heap = tf.backend().wasm?.HEAPU8.buffer.byteLength;
const resident = process.resourceUsage().maxRSS * 1024;
process.stdout.write(JSON.stringify({ heap, resident, norm }));
`;

interface Peak {
  readonly heap: number;
  readonly resident: number;
}

async function peakOf(backend: string, pairs: number, passes = 1): Promise<Peak> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
    cwd: fileURLToPath(new URL('../packages/bapps-train', import.meta.url)),
    env: { ...process.env, BACKEND: backend, PAIRS: String(pairs), PASSES: String(passes) },
  });
  const { norm, ...peak } = JSON.parse(stdout) as Peak & { norm: number };
  expect(norm).toBeGreaterThan(0);
  return peak;
}

it(
  'a gradient of vgg takes a bounded heap: x=[1,256,256,3] and x=[2,256,256,3]',
  async () => {
    const [one, two] = [await peakOf('wasm', 1), await peakOf('wasm', 2)];
    expect(one.heap).toBeLessThan(ONE_PAIR);
    expect(two.heap - one.heap).toBeLessThan(FURTHER_PAIR);
  },
  SLOW_MS,
);

await suiteOnBackend('memory', 'tensorflow', (title) => {
  it.skipIf(process.platform !== 'linux')(
    `gradients of vgg give idle memory back: x=[4,256,256,3], ${title}`,
    async () => {
      const { resident } = await peakOf('tensorflow', 4, 2);
      expect(resident).toBeLessThan(FOUR_PAIRS);
    },
    SLOW_MS,
  );
});
