import '@tensorflow/tfjs';
import { getBackend, registerKernel, setBackend, unregisterKernel } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { hasTrainingKernel, TRAINING_KERNELS } from '../src/training-kernels.js';

beforeAll(() => setBackend('cpu'));

it('finds the kernels that the current backend has registered, and no others', () => {
  const kernelName = TRAINING_KERNELS.optimizer;
  expect(hasTrainingKernel(kernelName)).toBe(false);
  registerKernel({ kernelName, backendName: getBackend(), kernelFunc: () => [] });
  expect(hasTrainingKernel(kernelName)).toBe(true);
  unregisterKernel(kernelName, getBackend());
  expect(hasTrainingKernel(kernelName)).toBe(false);
});
