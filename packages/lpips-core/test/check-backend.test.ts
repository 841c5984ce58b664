/**
 * The self-check finds right backends right, and faulty ones faulty, in the distance or in the gradient alone.
 */
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import {
  backend,
  copyRegisteredKernels,
  getKernel,
  type KernelFunc,
  memory,
  ready,
  registerBackend,
  registerKernel,
  removeBackend,
  setBackend,
  type TensorInfo,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { at, checkBackend } from 'lpips-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { describeOnBackends } from '../../../test/support/backend.js';
import { relativeError } from '../../../test/support/numbers.js';
import { measureCase, productsOf } from '../src/check-backend.js';

/** Two float32 evaluations in different order. */
const FLOAT32 = 1e-5;

describeOnBackends('checkBackend', ['cpu', 'wasm'], () => {
  it('finds the backend right', async () => {
    const check = await checkBackend();
    expect(check).toMatchObject({ bits: 32, ok: true });
    expect(check.distanceError).toBeLessThan(FLOAT32);
    expect(check.gradientError).toBeLessThan(FLOAT32);
    expect(check.sentence).toMatch(
      /^\w+ computes correctly: distances are off by \S+ %, gradients are off by \S+ %\.$/,
    );
  });

  it('leaves no tensor behind', async () => {
    const { numTensors } = memory();
    await checkBackend();
    expect(memory().numTensors).toBe(numTensors);
  });

  it('tells the error of a gradient from its sixteen products to within a third', async () => {
    const { gradient } = await measureCase();
    const spoilt = gradient.map((value, i) => (i % 7 === 0 ? 0 : value));
    const [products, spoiltProducts] = [productsOf(gradient), productsOf(spoilt)];
    const square = products.reduce((sum, product, k) => sum + (at(spoiltProducts, k) - product) ** 2, 0);
    const estimate = Math.sqrt(square / products.length) / Math.hypot(...gradient);
    expect(Math.abs(estimate / relativeError(spoilt, gradient) - 1)).toBeLessThan(1 / 3);
  });
});

describe('checkBackend on a faulty backend', () => {
  beforeAll(async () => {
    registerBackend('faulty', () => new MathBackendCPU());
    copyRegisteredKernels('cpu', 'faulty');
    await setBackend('faulty');
    await ready();
  });
  afterAll(() => removeBackend('faulty'));

  /** The check while a kernel of the backend hands its result to `spoil`. */
  async function checkWith(kernelName: string, spoil: (values: Float32Array) => void) {
    const kernel = getKernel(kernelName, 'faulty');
    const kernelFunc: KernelFunc = (params) => {
      const result = kernel.kernelFunc(params) as TensorInfo;
      const { data } = params.backend as MathBackendCPU;
      spoil(data.get(result.dataId).values as Float32Array);
      return result;
    };
    unregisterKernel(kernelName, 'faulty');
    registerKernel({ kernelName, backendName: 'faulty', kernelFunc });
    try {
      return await checkBackend();
    } finally {
      unregisterKernel(kernelName, 'faulty');
      registerKernel(kernel);
    }
  }

  it('finds nothing where no kernel is at fault', async () => {
    expect(await checkBackend()).toMatchObject({ backend: 'faulty', ok: true });
  });

  it('finds a wrong forward pass: every fifth value 1 % too large', async () => {
    const check = await checkWith('FusedConv2D', (values) => {
      for (let i = 0; i < values.length; i += 5) values[i] = 1.01 * at(values, i);
    });
    expect(check.ok).toBe(false);
    expect(check.distanceError).toBeGreaterThan(1e-4);
    expect(check.sentence).toMatch(
      /^faulty gives wrong results on this device: .*\. Do not use it; WASM is correct on every device\.$/,
    );
  });

  it('finds a wrong gradient behind a right distance: the step of the relu lets everything through', async () => {
    const check = await checkWith('Step', (values) => values.fill(1));
    expect(check.ok).toBe(false);
    expect(check.distanceError).toBeLessThan(FLOAT32);
    expect(check.gradientError).toBeGreaterThan(0.1);
    expect(check.sentence).toMatch(
      /Compare images on it, but do not train; WASM is correct on every device\.$/,
    );
  });

  it('finds a gradient of which one value in a hundred is lost', async () => {
    const check = await checkWith('MaxPoolGrad', (values) => {
      for (let i = 0; i < values.length; i += 100) values[i] = 0;
    });
    expect(check).toMatchObject({ ok: false });
    expect(check.gradientError).toBeGreaterThan(1e-3);
    expect(check.gradientError).toBeLessThan(0.5);
  });

  it('finds NaN', async () => {
    const check = await checkWith('Sqrt', (values) => values.fill(Number.NaN, 0, 1));
    expect(check).toMatchObject({ ok: false, distanceError: Number.NaN, gradientError: Number.NaN });
    expect(check.sentence).toContain('device: distances are NaN, gradients are NaN. Do not use it');
  });

  it('says what a backend that throws has thrown', async () => {
    const error = new Error('the device was lost');
    const check = await checkWith('FusedConv2D', () => {
      throw error;
    });
    expect(check).toMatchObject({ ok: false, distanceError: Number.NaN, gradientError: Number.NaN });
    expect(check.sentence).toBe('faulty cannot compute LPIPS here: the device was lost');
  });

  it('asks less of 16 bits, and says so', async () => {
    const spy = vi.spyOn(backend(), 'floatPrecision').mockReturnValue(16);
    const check = await checkWith('Step', (values) => values.set(values.map((value) => value * 1.003)));
    spy.mockRestore();
    expect(check).toMatchObject({ bits: 16, ok: true });
    expect(check.sentence).toMatch(
      /^faulty keeps floats in 16 bits: .* This is enough to compare images, but coarse for training\.$/,
    );
  });
});
