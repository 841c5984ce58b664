/**
 * The kernels of activations, of their gradients and of sums over rows against float64, and what they do at ties, at
 * infinity and with NaN.
 */
import '../../src/index.js';
import { engine, ready, setBackend, type Tensor, tensor, tidy } from '@tensorflow/tfjs';
import { at } from 'lpips-core';
import { TRAINING_KERNELS } from 'tfjs-fused-training';
import { beforeAll, describe, expect, it } from 'vitest';
import { randomValues, relativeError } from '../../../../test/support/numbers.js';
import { heap } from '../../src/compiled/heap.js';
import type { HeapKernels } from '../../src/heap/heap-kernels.js';
import { moduleBytes } from '../../src/module-bytes.js';
import { expectNoLeak, SAME_SUM } from '../support/backends.js';

/** Relative error of a value: two or three units in the last place of float32, of 6e-8. */
const SAME_VALUE = 2e-7;
/** Error of a slope, which is about 1. With x = 16, x (1 - s) of a swish has lost all but the last bits of 1 - s. */
const SAME_SLOPE = 1e-6;
/** Results below this become 0. */
const LEAST = 2 ** -126;

const logistic = (x: number) => 1 / (1 + Math.exp(-x));

interface Exact {
  readonly value: (x: number) => number;
  readonly slope: (x: number) => number;
  readonly alpha?: number;
}

const activations: Record<string, Exact> = {
  linear: { value: (x) => x, slope: () => 1 },
  relu: { value: (x) => Math.max(0, x), slope: (x) => Number(x > 0) },
  relu6: { value: (x) => Math.min(6, Math.max(0, x)), slope: (x) => Number(x > 0 && x < 6) },
  swish: {
    value: (x) => x * logistic(x),
    slope: (x) => logistic(x) * (1 + x * logistic(-x)),
  },
  elu: { value: (x) => (x < 0 ? Math.expm1(x) : x), slope: (x) => (x < 0 ? Math.exp(x) : 1) },
  leakyRelu: { value: (x) => (x < 0 ? 0.3 * x : x), slope: (x) => (x > 0 ? 1 : 0.3), alpha: 0.3 },
  sigmoid: { value: logistic, slope: (x) => logistic(x) * logistic(-x) },
  tanh: { value: Math.tanh, slope: (x) => 1 / Math.cosh(x) ** 2 },
};

function activate(x: Tensor, activation: string, bias?: Tensor): Tensor {
  const { alpha = 0 } = activations[activation] ?? {};
  return engine().runKernel(TRAINING_KERNELS.activation, { x, ...(bias && { bias }) }, { activation, alpha });
}

function activationGradient(dy: Tensor, x: Tensor, activation: string, sumsBias: boolean): Tensor[] {
  const { alpha = 0 } = activations[activation] ?? {};
  const value = activation === 'swish' ? x : activate(x, activation);
  const attributes = { activation, alpha, sumsBias };
  return [
    engine().runKernel<Tensor[]>(TRAINING_KERNELS.activationGradient, { dy, value }, attributes),
  ].flat();
}

const valuesOf = (x: Tensor) => x.dataSync();
const numbers = (values: ArrayLike<number>, shape: number[] = [values.length]) =>
  tensor(Float32Array.from(values), shape);

/** A fine grid over every order of magnitude, both signs, and 0. Its size leaves one number after the last four. */
const GRID = [1e-6, 1e-2, 1, 12, 88].flatMap((range) =>
  Array.from({ length: 4001 }, (_, i) => Math.fround((i / 2000 - 1) * range)),
);

beforeAll(async () => {
  await setBackend('wasm');
  await ready();
});

describe.each(Object.entries(activations))('%s', (activation, { value, slope }) => {
  it('has the values of float64 over all magnitudes', () => {
    const y = valuesOf(activate(numbers(GRID), activation));
    const wrong = GRID.filter((x, index) => {
      const [expected, allowed] = [value(x), SAME_VALUE * Math.abs(value(x)) + LEAST];
      return !(Math.abs(at(y, index) - expected) <= allowed);
    });
    expect(wrong).toEqual([]);
  });

  it('has the slopes of float64 over all magnitudes', () => {
    const dy = randomValues(GRID.length, 1);
    const [dx] = activationGradient(numbers(dy), numbers(GRID), activation, false) as [Tensor];
    const slopes = valuesOf(dx);
    const wrong = GRID.filter((x, index) => {
      const error = Math.abs(at(slopes, index) - at(dy, index) * slope(x));
      return !(error <= SAME_SLOPE * Math.abs(at(dy, index)));
    });
    expect(wrong).toEqual([]);
  });

  it('adds a bias before it, and sums its gradient: every number of channels from 1 to 21', () => {
    for (let channels = 1; channels <= 21; channels++) {
      const rows = 131; // more than a block of sums
      const shape = [rows, channels];
      const x = numbers(randomValues(rows * channels, channels), shape);
      const bias = numbers(randomValues(channels, 2));
      const dy = numbers(randomValues(rows * channels, 3), shape);
      const y = valuesOf(activate(x, activation, bias));
      const sums = x.add(bias);
      expect(y).toEqual(valuesOf(activate(sums, activation)));
      const [dx, ofBias] = activationGradient(dy, sums, activation, true) as [Tensor, Tensor];
      expect(valuesOf(dx)).toEqual(valuesOf(activationGradient(dy, sums, activation, false)[0] as Tensor));
      expect(ofBias.shape).toEqual([channels]);
      expect(relativeError(valuesOf(ofBias), columnSums(valuesOf(dx), channels))).toBeLessThan(SAME_SUM);
    }
  });

  it('lets NaN and infinity through as the formula does', () => {
    const far = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1000, -1000];
    const y = Array.from(valuesOf(activate(numbers(far), activation)), (value) => value + 0);
    expect(y).toEqual(far.map((x) => Math.fround(Number.isNaN(x) ? x : value(x)) + 0));
  });

  it('leaves no tensor behind', async () => {
    const x = numbers(randomValues(30, 1), [6, 5]);
    await expectNoLeak(() =>
      tidy(() => {
        const [dx, sums] = activationGradient(x, x, activation, true) as [Tensor, Tensor];
        return dx.add(sums);
      }),
    );
  });
});

function columnSums(values: ArrayLike<number>, channels: number): Float64Array {
  const sums = new Float64Array(channels);
  for (let i = 0; i < values.length; i++) sums[i % channels] = at(sums, i % channels) + at(values, i);
  return sums;
}

describe('the gradient of a bias', () => {
  it.each([1, 4, 23])('is the sum of float64: 40,000 rows of %i channels', (channels) => {
    const dy = randomValues(40_000 * channels, 1, -1, 3);
    const sums: Tensor = engine().runKernel(TRAINING_KERNELS.biasGradient, {
      dy: numbers(dy, [4, 100, 100, channels]),
    });
    expect(sums.shape).toEqual([channels]);
    expect(relativeError(valuesOf(sums), columnSums(dy, channels))).toBeLessThan(1e-6);
  });
});

it('no kernel writes beyond its result', () => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const module = new WebAssembly.Module(moduleBytes(heap));
  const kernels = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as HeapKernels;
  const floats = new Float32Array(memory.buffer);
  const [x, y, sums] = [1024, 4096, 8192];
  for (let size = 1; size <= 9; size++) {
    for (const run of [
      () => kernels.activate(x, y, size, 3, 0),
      () => kernels.activateWithBias(x, x, y, 1, size, 3, 0),
      () => kernels.activationGradient(x, x, y, size, 3, 0),
      () => kernels.activationAndBiasGradient(x, x, y, sums, 1, size, 3, 0),
      () => kernels.sumRows(x, sums, 1, size),
    ]) {
      floats.fill(7);
      run();
      for (const result of [y, sums]) {
        const [first, end] = [result / 4, result / 4 + size];
        expect([floats[first - 1], floats[end]], `${size} numbers`).toEqual([7, 7]);
      }
    }
  }
});

it('an activation that no kernel knows is refused by name', () => {
  const x = numbers([1]);
  expect(() => activate(x, 'softmax')).toThrow(
    "FusedActivation: expected an activation that the kernels know for activation, got 'softmax'. Compose it of other operations.",
  );
});
