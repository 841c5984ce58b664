import { selectBackend } from 'lpips-node';
import { expect, it } from 'vitest';
import { checkTrainable } from '../../src/networks/check-trainable.js';

it('refuses to train on WASM and names the kernel that is missing', async () => {
  await selectBackend('wasm');
  expect(() => checkTrainable('distill')).toThrow(
    'distill: expected a backend with the kernel Conv2DBackpropFilter for backend, got "wasm", which lacks it. ' +
      'Use the tensorflow backend ("lpips backend install"), or register the kernel with tfjs-wasm-training.',
  );
});

it('lets the plain JavaScript backend train, however slowly', async () => {
  await selectBackend('cpu');
  expect(() => checkTrainable('distill')).not.toThrow();
});
