/**
 * The memory of pictures in tiles on WASM. The heap of the backend only grows, so its size in a fresh process is the largest
 * that was needed.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const MB = 1e6;
/** Two processes that compute on whatever cores are free. */
const SLOW_MS = 240_000;

/** Two pictures that are made as they are read, compared in tiles of 256. */
const PROGRAM = `
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

async function heapOf(side: number): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
    cwd: fileURLToPath(new URL('../packages/wasm-kernels', import.meta.url)),
    env: { ...process.env, SIDE: String(side) },
  });
  const { heap, norm } = JSON.parse(stdout) as { heap: number; norm: number };
  expect(norm).toBeGreaterThan(0);
  return heap;
}

it(
  'pictures in tiles take the same heap whatever their size: 1024x1024 and 2048x2048',
  async () => {
    const heap = await heapOf(1024);
    expect(await heapOf(2048)).toBe(heap);
    // Whole pictures of 2048x2048 take 1.6 GB.
    expect(heap).toBeLessThan(100 * MB);
  },
  SLOW_MS,
);
