import '@tensorflow/tfjs';
import { setBackend, type Tensor, tensor1d, type Variable, variable } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { relativeError } from '../../../../test/support/numbers.js';
import { adamReference, referenceSteps } from '../../../../test/support/optimizer-reference.js';
import { adamw, TrainingError } from '../../src/index.js';

beforeAll(() => setBackend('cpu'));

const GRADIENTS = [
  [0.5, -1, 0.01],
  [0.2, 3, 0],
  [-0.1, 0.5, 0.01],
];

function step(optimizer: ReturnType<typeof adamw>, x: Variable, gradient: readonly number[]): void {
  const tensor: Tensor = tensor1d([...gradient]);
  optimizer.applyGradients([{ name: x.name, tensor }]);
  tensor.dispose();
}

describe('adamw, where the backend has no kernel for it', () => {
  it('moves as in float64', () => {
    const x = variable(tensor1d([1, -2, 3]));
    const optimizer = adamw(0.1, { beta1: 0.8, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.5 });
    for (const gradient of GRADIENTS) step(optimizer, x, gradient);
    const reference = () => adamReference(0.8, 0.99, 1e-8, 0.5);
    const expected = referenceSteps(reference, [1, -2, 3], GRADIENTS, [0.1, 0.1, 0.1]);
    expect(relativeError(x.dataSync(), expected)).toBeLessThan(1e-6);
  });

  it('takes gradients by the name of their variable too, and counts its steps', () => {
    const x = variable(tensor1d([1]));
    const optimizer = adamw(0.1, { weightDecay: 1 });
    optimizer.applyGradients({ [x.name]: variable(tensor1d([0])) });
    expect(x.dataSync()[0]).toBeCloseTo(0.9, 6);
    expect(optimizer.iterations).toBe(1);
  });

  it('leaves a variable without a gradient alone', () => {
    const x = variable(tensor1d([1]));
    adamw(0.1).applyGradients([{ name: x.name, tensor: undefined as never }]);
    expect(x.dataSync()[0]).toBe(1);
  });
});

describe('adamw', () => {
  it('has the usual values where none are given', () => {
    expect(adamw().getConfig()).toEqual({
      learningRate: 0.001,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-7,
      weightDecay: 0.01,
    });
  });

  it.each([
    [
      () => adamw(-1),
      'adamw: expected a number of at least 0 for learningRate, got -1. Write adamw(0.001) for the usual values.',
    ],
    [
      () => adamw('0.1' as never),
      'adamw: expected a number of at least 0 for learningRate, got "0.1". Write adamw(0.001) for the usual values.',
    ],
    [
      () => adamw(0.1, { beta2: 1 }),
      'adamw: expected a number from 0 to below 1 for beta2, got 1. Leave it out for the usual value.',
    ],
    [
      () => adamw(0.1, { weightDecay: NaN }),
      'adamw: expected a number of at least 0 for weightDecay, got NaN. Write adamw(0.001) for the usual values.',
    ],
    [
      () => adamw(0.1, { decay: 1 } as never),
      'adamw: expected beta1, beta2, epsilon, weightDecay for the name of an option, got "decay". Leave it out.',
    ],
    [
      () => adamw(0.1, 0.9 as never),
      'adamw: expected an object for options, got 0.9. Write adamw(0.001, { weightDecay: 0.01 }).',
    ],
  ])('refuses %s', (call, message) => {
    expect(call).toThrow(new TrainingError(message));
  });
});
