/**
 * TensorFlow.js's layers train on WASM with every optimiser, and have the gradients of the cpu backend.
 */
import { train } from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { relativeError } from '../../../test/support/numbers.js';
import { registerWasmKernels, unregisterWasmKernels } from '../src/index.js';
import { LAYERS } from './support/layers.js';
import { fitOn, gradientsOn } from './support/train.js';

/** Two float32 evaluations of one network and its gradients. */
const SAME_NETWORK = 2e-5;
/** The same after two steps: optimisers divide by gradients, which magnifies the rounding of small ones. */
const SAME_TRAINING = 1e-3;

const OPTIMIZERS = {
  sgd: () => train.sgd(0.05),
  momentum: () => train.momentum(0.05, 0.9, true),
  rmsprop: () => train.rmsprop(0.01),
  adam: () => train.adam(0.01),
  adamax: () => train.adamax(0.01),
  adagrad: () => train.adagrad(0.05),
  adadelta: () => train.adadelta(0.5),
};

describe.each(LAYERS)('$name', ({ subject, stoppedBy }) => {
  it('has the gradients of the cpu backend', async () => {
    const expected = await gradientsOn('cpu', subject);
    const actual = await gradientsOn('wasm', subject);
    expect(relativeError([actual.loss], [expected.loss])).toBeLessThan(SAME_NETWORK);
    expect(actual.gradients.length).toBe(expected.gradients.length);
    expect(actual.gradients.length).toBeGreaterThan(0);
    for (const [index, { name, values }] of expected.gradients.entries()) {
      const gradient = actual.gradients[index];
      if (gradient === undefined) throw new Error(`there is no gradient for ${name}`);
      expect(relativeError(gradient.values, values), name).toBeLessThan(SAME_NETWORK);
    }
  });

  it.each(Object.entries(OPTIMIZERS))('trains with %s as on the cpu backend', async (_, optimizer) => {
    const expected = await fitOn('cpu', subject, optimizer);
    const actual = await fitOn('wasm', subject, optimizer);
    expect(relativeError(actual.losses, expected.losses)).toBeLessThan(SAME_TRAINING);
    expect(relativeError(actual.weights, expected.weights)).toBeLessThan(SAME_TRAINING);
  });

  describe('on the stock backend', () => {
    beforeAll(unregisterWasmKernels);
    afterAll(registerWasmKernels);

    it(stoppedBy ? `is stopped by ${stoppedBy}` : 'trains too', async () => {
      const training = fitOn('wasm', subject, OPTIMIZERS.sgd, 1);
      if (stoppedBy) await expect(training).rejects.toThrow(stoppedBy);
      else await expect(training).resolves.toBeDefined();
    });
  });
});
