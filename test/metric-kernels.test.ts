/**
 * lpips-core looks for kernels by the names that tfjs-native and tfjs-wasm-kernels register. None of the three imports
 * another, so this test holds the names together.
 */
import { readFile } from 'node:fs/promises';
import {
  grad,
  type KernelFunc,
  registerKernel,
  setBackend,
  type Tensor,
  type Tensor4D,
  unregisterKernel,
} from '@tensorflow/tfjs';
import { Lpips, liteWeightsUrl, parseSafetensors } from 'lpips-core';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { METRIC_KERNELS } from '../packages/lpips-core/src/operations/metric-kernels.js';
import { METRIC_KERNELS as NATIVE_KERNELS } from '../packages/native/src/kernels/metric-kernels.js';
import { METRIC_KERNELS as WASM_KERNELS } from '../packages/wasm-kernels/src/kernels/metric-kernels.js';
import { randomTensor } from './support/numbers.js';

const NAMES = Object.values(METRIC_KERNELS);

describe('the names of the kernels of the metric', () => {
  it('are the same in lpips-core, tfjs-native and tfjs-wasm-kernels', () => {
    expect(NATIVE_KERNELS).toEqual(METRIC_KERNELS);
    expect(WASM_KERNELS).toEqual(METRIC_KERNELS);
  });

  it('differ, and carry a prefix and the version of their contract', () => {
    expect(new Set(NAMES).size).toBe(NAMES.length);
    for (const name of NAMES) expect(name).toMatch(/^Lpips[A-Z]\w+@[1-9]\d*$/);
  });
});

describe('a kernel of the metric', () => {
  let lpips: Lpips;
  const registered: string[] = [];

  function register(kernelName: string, kernelFunc: KernelFunc): void {
    registered.push(kernelName);
    registerKernel({ kernelName, backendName: 'cpu', kernelFunc });
  }

  /** The distance of two images and its gradient, in bits. */
  function distanceAndGradient(): string {
    const [x, y] = [1, 2].map((seed) => randomTensor([1, 24, 24, 3], seed)) as [Tensor4D, Tensor4D];
    const distance = lpips.distance(x, y);
    const gradient = grad((x: Tensor) => lpips.distance(x as Tensor4D, y).sum())(x);
    return [distance, gradient].map((made) => Buffer.from(made.dataSync().buffer).toString('hex')).join();
  }

  beforeAll(async () => {
    await setBackend('cpu');
    lpips = Lpips.fromWeights(parseSafetensors(await readFile(liteWeightsUrl)).weights, { net: 'lite' });
  });
  afterEach(() => {
    for (const name of registered.splice(0)) unregisterKernel(name, 'cpu');
  });

  it('is not taken under another version of its contract, nor without the prefix or the version', () => {
    const expected = distanceAndGradient();
    for (const name of NAMES) {
      const bare = name.replace(/@.*$/, '');
      for (const other of [`${bare}@0`, `${bare}@9`, bare, bare.replace(/^Lpips/, '')]) {
        register(other, () => {
          throw new Error(`${other} was taken`);
        });
      }
    }
    expect(distanceAndGradient()).toBe(expected);
  });

  it.each([
    METRIC_KERNELS.convolve,
    METRIC_KERNELS.unitNormalize,
    METRIC_KERNELS.meanWeightedSquaredDifference,
    METRIC_KERNELS.reluGradient,
  ])('is taken under its own name: %s', (name) => {
    register(name, () => {
      throw new Error(`${name} was taken`);
    });
    expect(distanceAndGradient).toThrow(`${name} was taken`);
  });
});
