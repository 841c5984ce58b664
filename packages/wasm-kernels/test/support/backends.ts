/**
 * @module
 * Runs the same work on the WASM backend and on the JavaScript one, whose kernels are the witnesses.
 */
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { memory, ready, setBackend, type Tensor, tidy } from '@tensorflow/tfjs';
import { expect } from 'vitest';
import { relativeError } from '../../../../test/support/numbers.js';

/** Two float32 evaluations of one sum in different orders. */
export const SAME_SUM = 5e-6;

/** Shape and values of what `work` returns on a backend. */
export async function valuesOn(
  backend: 'wasm' | 'cpu',
  work: () => Tensor,
): Promise<{ shape: number[]; values: number[] }> {
  await setBackend(backend);
  await ready();
  const result = tidy(work);
  const values = Array.from(result.dataSync());
  const { shape } = result;
  result.dispose();
  return { shape, values };
}

/** Expects `onWasm` to return the same shape and values on WASM as `onCpu` on the JavaScript backend. */
export async function expectSame(onWasm: () => Tensor, onCpu: () => Tensor = onWasm): Promise<void> {
  const expected = await valuesOn('cpu', onCpu);
  const actual = await valuesOn('wasm', onWasm);
  expect(actual.shape).toEqual(expected.shape);
  expect(relativeError(actual.values, expected.values)).toBeLessThan(SAME_SUM);
}

/** Expects `work` on WASM to leave no tensor and no memory of the backend behind. */
export async function expectNoLeak(work: () => Tensor): Promise<void> {
  await setBackend('wasm');
  await ready();
  work().dispose();
  const { numTensors, numDataBuffers } = memory();
  for (let i = 0; i < 3; i++) work().dispose();
  expect(memory()).toMatchObject({ numTensors, numDataBuffers });
}
