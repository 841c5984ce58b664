/**
 * @module
 * The backend, the metric and the images of these tests: WASM with its training kernels, `lite`, seeded pictures.
 */
import { readFileSync } from 'node:fs';
import { memory, ready, setBackend, type Tensor, type Tensor4D, tensor, tidy } from '@tensorflow/tfjs';
import { at, Lpips, liteWeightsUrl, mulberry32, parseSafetensors } from 'lpips-core';
import 'tfjs-wasm-kernels';
import { expect } from 'vitest';

/** Two float32 evaluations of one formula. */
const SAME_FORMULA = 1e-5;

/** Selects the backend. */
async function useWasm(): Promise<void> {
  await setBackend('wasm');
  await ready();
}

/** `lite` on WASM. */
export async function liteOnWasm(): Promise<Lpips> {
  await useWasm();
  return Lpips.fromWeights(parseSafetensors(readFileSync(liteWeightsUrl)).weights, { net: 'lite' });
}

/** Seeded uniform values in [low, high). */
export function seededTensor(shape: number[], seed: number, low = -1, high = 1): Tensor {
  const next = mulberry32(seed);
  const size = shape.reduce((product, side) => product * side, 1);
  return tensor(
    Float32Array.from({ length: size }, () => low + (high - low) * next()),
    shape,
  );
}

/** Seeded images in [-1, 1]. */
export function seededImages(count: number, side: number, seed: number, channels = 3): Tensor4D {
  return seededTensor([count, side, side, channels], seed) as Tensor4D;
}

/** The values of what `work` returns. */
export function valuesOf(work: () => Tensor): number[] {
  const result = tidy(work);
  const values = Array.from(result.dataSync());
  result.dispose();
  return values;
}

/** Expects numbers to agree to `SAME_FORMULA`, relative to the largest. */
export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  const largest = Math.max(...Array.from(expected, Math.abs), 1e-6);
  const difference = Math.max(...Array.from(actual, (value, i) => Math.abs(value - at(expected, i))));
  expect(difference / largest).toBeLessThan(SAME_FORMULA);
}

/** Expects `work` to leave no tensor behind once it has run before. */
export function expectNoLeak(work: () => void): void {
  work();
  const { numTensors } = memory();
  for (let i = 0; i < 3; i++) work();
  expect(memory().numTensors).toBe(numTensors);
}
