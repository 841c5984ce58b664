import { selectBackend } from 'lpips-node';
import { expect, it } from 'vitest';
import { addTrainingKernels, checkTrainable } from '../../src/networks/training-kernels.js';

it('refuses to train on WASM and names the kernel that is missing', async () => {
  await selectBackend('wasm');
  expect(() => checkTrainable('distill')).toThrow(
    'distill: cannot train: the backend wasm has no kernel Conv2DBackpropFilter. ' +
      'Use the tensorflow backend ("lpips backend install"), or wasm with tfjs-wasm-kernels.',
  );
});

it('lets the plain JavaScript backend train, however slowly', async () => {
  await selectBackend('cpu');
  expect(() => checkTrainable('distill')).not.toThrow();
});

it('lets WASM train once the kernels are added', async () => {
  await selectBackend('wasm');
  await addTrainingKernels();
  expect(() => checkTrainable('distill')).not.toThrow();
});
