/**
 * @module
 * The backend, the metric and the pictures of these tests: WASM, `lite`, and seeded scenes that look different from each other.
 */
import { readFileSync } from 'node:fs';
import '@tensorflow/tfjs-backend-wasm';
import { ready, setBackend, type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import { at, Lpips, liteWeightsUrl, mulberry32, parseSafetensors } from 'lpips-core';

/** Height and width of a scene. */
export const SIDE = 32;
const RECTANGLES = 6;

/** `lite` on WASM. */
export async function liteOnWasm(options: { linear?: boolean } = {}): Promise<Lpips> {
  await setBackend('wasm');
  await ready();
  const { weights } = parseSafetensors(readFileSync(liteWeightsUrl));
  return Lpips.fromWeights(weights, { net: 'lite', onWarning: null, ...options });
}

/** Rectangles of flat colours on a ramp, and noise: `[1, 32, 32, 3]` in [-1, 1]. */
export function scene(seed: number, { noise = 0.05, noiseSeed = seed } = {}): Tensor4D {
  const next = mulberry32(seed);
  const pixels = new Float32Array(SIDE * SIDE * 3);
  const paint = (top: number, bottom: number, left: number, right: number) => {
    const colour = [next(), next(), next()];
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        for (let c = 0; c < 3; c++) pixels[3 * (SIDE * y + x) + c] = at(colour, c);
      }
    }
  };
  paint(0, SIDE, 0, SIDE);
  for (let i = 0; i < RECTANGLES; i++) {
    const [top, left] = [Math.floor(next() * SIDE), Math.floor(next() * SIDE)];
    paint(top, Math.min(SIDE, top + 12), left, Math.min(SIDE, left + 12));
  }
  const random = mulberry32(1000 + noiseSeed);
  const noisy = pixels.map((value) => Math.min(1, Math.max(-1, 2 * value - 1 + noise * (2 * random() - 1))));
  return tensor4d(noisy, [1, SIDE, SIDE, 3]);
}
