import { selectBackend } from 'lpips-node';
import { registerWasmKernels, unregisterWasmKernels } from 'tfjs-wasm-kernels';
import { afterEach, expect, it } from 'vitest';
import { checkTrainable } from '../../src/networks/training-kernels.js';

afterEach(registerWasmKernels);

it('refuses to train on WASM without gradient kernels and names the one that is missing', async () => {
  await selectBackend('wasm');
  unregisterWasmKernels();
  expect(() => checkTrainable('distill')).toThrow(
    'distill: cannot train: the backend wasm has no kernel Conv2DBackpropFilter. ' +
      'Use the tensorflow backend ("lpips backend install"), or wasm with tfjs-wasm-kernels.',
  );
});

it('lets the plain JavaScript backend train, however slowly', async () => {
  await selectBackend('cpu');
  expect(() => checkTrainable('distill')).not.toThrow();
});

it('lets WASM train with the kernels that selectBackend registers', async () => {
  await selectBackend('wasm');
  expect(() => checkTrainable('distill')).not.toThrow();
});
