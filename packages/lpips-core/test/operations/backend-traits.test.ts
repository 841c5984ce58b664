import {
  copyRegisteredKernels,
  engine,
  FusedConv2D,
  getKernel,
  getKernelsForBackend,
  grad,
  type KernelConfig,
  MaxPoolGrad,
  memory,
  registerBackend,
  registerKernel,
  removeBackend,
  setBackend,
  sum,
  type Tensor,
  type Tensor4D,
  type TensorInfo,
  tensor4d,
  tidy,
  unregisterKernel,
} from '@tensorflow/tfjs';
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import { Lpips } from 'lpips-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { gradientOf } from '../../../../test/support/gradient.js';
import { randomTensor } from '../../../../test/support/numbers.js';
import { backendTraits } from '../../src/operations/backend-traits.js';
import { maxPool } from '../../src/operations/max-pool.js';
import { liteWeights } from '../support/weights.js';

/** Kernels with a fault, as a wrapper of the right one. */
type Replaced = Record<string, (right: KernelConfig['kernelFunc']) => KernelConfig['kernelFunc']>;

/** Values of what a kernel of the cpu backend gave, which can be written. */
const valuesOf = (backend: unknown, { dataId }: TensorInfo) =>
  (backend as MathBackendCPU).data.get(dataId).values as Float32Array;

/** A gradient of ones is given to the last pixel of each window of 2x2 or 3x3. */
const tiesToLast: Replaced = {
  [MaxPoolGrad]: (right) => (args) => {
    const result = right(args) as TensorInfo;
    valuesOf(args.backend, result).reverse(); // windows of a flat image that is symmetric
    return result;
  },
};

const hidesNaN: Replaced = {
  [FusedConv2D]: (right) => (args) => {
    const result = right(args) as TensorInfo;
    const values = valuesOf(args.backend, result);
    for (const [i, value] of values.entries()) if (Number.isNaN(value)) values[i] = 0;
    return result;
  },
};

const calls = vi.fn();
const counts: Replaced = {
  [MaxPoolGrad]: (right) => (args) => {
    calls();
    return right(args);
  },
};

/** Registers and selects the cpu backend under another name, with some of its kernels replaced. */
async function useFake(name: string, replaced: Replaced = {}, properties: object = {}): Promise<void> {
  copyRegisteredKernels('cpu', name);
  for (const [kernelName, wrap] of Object.entries(replaced)) {
    const kernelFunc = wrap(getKernel(kernelName, 'cpu').kernelFunc);
    unregisterKernel(kernelName, name);
    registerKernel({ kernelName, backendName: name, kernelFunc });
  }
  registerBackend(name, () => Object.assign(new MathBackendCPU(), properties));
  await setBackend(name);
  fakes.add(name);
}

const fakes = new Set<string>();

function dropFake(name: string): void {
  removeBackend(name);
  for (const { kernelName } of getKernelsForBackend(name)) unregisterKernel(kernelName, name);
  fakes.delete(name);
}

afterEach(() => {
  for (const name of fakes) dropFake(name);
  calls.mockClear();
});

/** The gradient of max pooling on a flat image, whose windows of 2x2 begin at pixels 0, 2, 8 and 10. */
function gradientOfFlat(): number[] {
  const flat = tensor4d(new Float32Array(16).fill(3), [1, 4, 4, 1]);
  const gradient = gradientOf((x) => maxPool(x, { size: 2, stride: 2, ceil: false }), flat, [1, 2, 3, 4]);
  flat.dispose();
  return gradient;
}
const TO_FIRST = [1, 0, 2, 0, 0, 0, 0, 0, 3, 0, 4, 0, 0, 0, 0, 0];

/** The distance of `lite` for an image with one pixel that is NaN. */
function distanceOfSpoilt(): number | undefined {
  const lpips = Lpips.fromWeights(liteWeights(), { net: 'lite' });
  const [image, reference] = [randomTensor([1, 16, 16, 3], 1), randomTensor([1, 16, 16, 3], 2)];
  const values = image.dataSync<'float32'>().slice();
  values[300] = Number.NaN;
  const [distance] = tidy(() => lpips.distance(tensor4d(values, image.shape), reference)).dataSync();
  lpips.dispose();
  return distance;
}

const ON_GPU = { isUsingGpuDevice: true };

describe('a backend that was never measured', () => {
  it('is taken for what it is if it does as the cpu backend', async () => {
    await useFake('unheard-of');
    expect(backendTraits()).toEqual({
      routesToFirstMaximum: true,
      isFasterStacked: false,
      readsAtOnce: false,
    });
    expect(gradientOfFlat()).toEqual(TO_FIRST);
  });

  it.each([
    ['unheard-of', {}],
    ['tensorflow', ON_GPU],
  ])('%s %j: its tie to the last pixel is found, and not used', async (name, properties) => {
    await useFake(name, tiesToLast, properties);
    expect(backendTraits()).toMatchObject({ routesToFirstMaximum: false });
    expect(gradientOfFlat()).toEqual(TO_FIRST);
  });

  it('cannot hide NaN by its relu', async () => {
    await useFake('unheard-of', hidesNaN);
    expect(distanceOfSpoilt()).toBeNaN();
  });

  it('is not trusted where it has no gradient of max pooling', async () => {
    await useFake('unheard-of');
    unregisterKernel(MaxPoolGrad, 'unheard-of');
    expect(backendTraits().routesToFirstMaximum).toBe(false);
    expect(gradientOfFlat()).toEqual(TO_FIRST);
  });

  it('is not trusted where it cannot be read synchronously', async () => {
    const readSync = () => {
      throw new Error('only data()');
    };
    await useFake('unheard-of', {}, { readSync });
    expect(backendTraits()).toMatchObject({ routesToFirstMaximum: false });
  });

  it('is probed once, and so is the next backend of its name', async () => {
    for (const times of [1, 2]) {
      await useFake('unheard-of', counts);
      backendTraits();
      backendTraits();
      expect(calls).toHaveBeenCalledTimes(2 * times); // windows of 2x2 and 3x3
      dropFake('unheard-of');
    }
  });

  it('is probed inside tidy and under a tape, which records nothing, and no tensor is left', async () => {
    await useFake('unheard-of', tiesToLast);
    const x = randomTensor([1, 4, 4, 1], 3);
    const before = memory().numTensors;
    const taped: (number | undefined)[] = [];
    tidy(() => {
      grad((x: Tensor) => {
        const inside = memory().numTensors;
        const steps = () => engine().state.activeTape?.length;
        taped.push(steps());
        expect(backendTraits().routesToFirstMaximum).toBe(false);
        taped.push(steps());
        expect(memory().numTensors).toBe(inside);
        return sum(x as Tensor4D);
      })(x);
    });
    expect(taped).toEqual([0, 0]);
    expect(memory().numTensors).toBe(before);
    x.dispose();
  });
});

it('TensorFlow on a CPU, which was measured, is not probed', async () => {
  await useFake('tensorflow', counts);
  expect(backendTraits()).toEqual({
    routesToFirstMaximum: true,
    isFasterStacked: true,
    readsAtOnce: true,
  });
  expect(calls).not.toHaveBeenCalled();
});
