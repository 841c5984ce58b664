/**
 * On a backend that cannot capture steps.
 */
import '@tensorflow/tfjs';
import {
  keep,
  memory,
  mul,
  scalar,
  setBackend,
  square,
  sum,
  type Tensor,
  train,
  variable,
} from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { captureStep } from '../../src/index.js';

beforeAll(async () => {
  await setBackend('cpu');
});

it('runs the step as it is, and disposes of what it does not return', () => {
  const x = scalar(3);
  const step = captureStep((a: Tensor, factor: number) => ({ product: mul(square(a), factor), two: 2 }));
  const { numTensors } = memory();
  for (let i = 0; i < 5; i++) {
    const { product, two } = step(x, i);
    expect([product.dataSync()[0], two]).toEqual([9 * i, 2]);
    product.dispose();
  }
  expect(memory().numTensors).toBe(numTensors);
  expect(step.replays).toBe(0);
});

it('lets a step read values, keep tensors and draw numbers, without a warning', () => {
  const kept: Tensor[] = [];
  const step = captureStep(
    (a: Tensor) => {
      kept.push(keep(mul(a, Math.random())));
      return mul(a, a.dataSync()[0] ?? 0);
    },
    {
      onWarning: (message) => {
        throw new Error(message);
      },
    },
  );
  for (let i = 0; i < 5; i++) expect(step(scalar(3)).dataSync()[0]).toBe(9);
  expect(kept.every(({ isDisposed }) => !isDisposed)).toBe(true);
});

it('takes the steps of an optimiser', () => {
  const w = variable(scalar(4));
  const optimizer = train.sgd(0.25);
  const step = captureStep(() => optimizer.minimize(() => sum(square(w)), true));
  for (let i = 0; i < 3; i++) step()?.dispose();
  expect(w.dataSync()[0]).toBe(0.5);
});

it('refuses what is no step, a promise as a result, and a call after its disposal', () => {
  expect(() => captureStep(3 as never)).toThrow(
    'captureStep: expected a synchronous function for step, got 3. Read values outside of it.',
  );
  expect(() => captureStep(() => 1, [] as never)).toThrow(
    'captureStep: expected an object for options, got an array.',
  );
  expect(() => captureStep(() => Promise.resolve(1))()).toThrow(
    'captureStep: expected tensors for the result of the step',
  );
  const step = captureStep(() => scalar(1));
  step.dispose();
  expect(() => step()).toThrow('captureStep: cannot run the step: it was disposed');
});
