/**
 * The memory that a gradient takes on WASM with the kernels of tfjs-wasm-kernels, and pictures in tiles. The heap of the
 * backend only grows, so its size in a fresh process is the largest that was needed.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

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

const PROGRAM = `
import * as tf from '@tensorflow/tfjs';
import { Lpips, mulberry32, weightShapes } from 'lpips-core';
import 'tfjs-wasm-kernels';
const pairs = Number(process.env.PAIRS);
await tf.setBackend('wasm');
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
const gradient = tf.grad((x) => lpips.distance(x, y))(x);
const norm = Math.hypot(...gradient.dataSync().subarray(0, 1000));
const { HEAPU8 } = tf.backend().wasm;
process.stdout.write(JSON.stringify({ heap: HEAPU8.buffer.byteLength, norm }));
`;

/** Two pictures that are made as they are read, compared in tiles of 256. */
const TILES_PROGRAM = `
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { liteWeightsUrl, Lpips, parseSafetensors } from 'lpips-core';
import 'tfjs-wasm-kernels';
await tf.setBackend('wasm');
const side = Number(process.env.SIDE);
const picture = (shift) => ({
  height: side,
  width: side,
  read: async (rows, columns) => {
    const [height, width] = [rows.end - rows.start, columns.end - columns.start];
    const values = new Float32Array(height * width * 3);
    for (let i = 0; i < values.length; i++) {
      const [y, x] = [rows.start + Math.floor(i / 3 / width), columns.start + (Math.floor(i / 3) % width)];
      values[i] = Math.sin(x / 5 + shift) * Math.cos(y / 7 + (i % 3));
    }
    return tf.tensor4d(values, [1, height, width, 3]);
  },
});
const lpips = Lpips.fromWeights(parseSafetensors(readFileSync(liteWeightsUrl)).weights, { net: 'lite' });
const { distance } = await lpips.compareSources(picture(0), picture(1), { tiles: { side: 256 } });
const { HEAPU8 } = tf.backend().wasm;
process.stdout.write(JSON.stringify({ heap: HEAPU8.buffer.byteLength, norm: distance }));
`;

async function heapOf(program: string, setting: Record<string, string>): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: fileURLToPath(new URL('../packages/wasm-kernels', import.meta.url)),
    env: { ...process.env, ...setting },
  });
  const { heap, norm } = JSON.parse(stdout) as { heap: number; norm: number };
  expect(norm).toBeGreaterThan(0);
  return heap;
}

it(
  'a gradient of vgg takes a bounded heap: x=[1,256,256,3] and x=[2,256,256,3]',
  async () => {
    const [one, two] = [await heapOf(PROGRAM, { PAIRS: '1' }), await heapOf(PROGRAM, { PAIRS: '2' })];
    expect(one).toBeLessThan(ONE_PAIR);
    expect(two - one).toBeLessThan(FURTHER_PAIR);
  },
  SLOW_MS,
);

it(
  'pictures in tiles take the same heap whatever their size: 1024x1024 and 2048x2048',
  async () => {
    const heap = await heapOf(TILES_PROGRAM, { SIDE: '1024' });
    expect(await heapOf(TILES_PROGRAM, { SIDE: '2048' })).toBe(heap);
    // Whole pictures of 2048x2048 take 1.6 GB.
    expect(heap).toBeLessThan(100 * MB);
  },
  SLOW_MS,
);
