/**
 * The optimisers of TensorFlow.js by the kernel `FusedOptimizer@1`, on both backends that bring it: the numbers that they give,
 * against float64 and against TensorFlow.js's own kernels.
 */
import {
  env,
  losses,
  type Optimizer,
  setBackend,
  type Tensor,
  tensor1d,
  train,
  variable,
} from '@tensorflow/tfjs';
import { at } from 'lpips-core';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { adamw } from '../packages/training/src/index.js';
import { suiteOnBackend } from './support/backends.js';
import { relativeError } from './support/numbers.js';
import {
  adamReference,
  momentumReference,
  referenceSteps,
  rmspropReference,
  sgdReference,
} from './support/optimizer-reference.js';
import { applyGradients, makeSubject, trainedValues, withStockKernels } from './support/optimizer-steps.js';

/** A value is rounded to float32 in every step. Relative to the way that 20 steps of about 0.01 go. */
const AS_FLOAT64 = 4e-6;
/** The same coefficients, in products that are ordered otherwise. Relative to the values after 20 steps. */
const AS_STOCK = 1e-6;
const STOCK_ROUNDING = 'FUSED_OPTIMIZERS_STOCK_ROUNDING';
const RATE = 0.01;

/** No axis, one number, fewer than a register holds, odd, empty, whole registers, and enough for several threads. */
const SHAPES = [[], [1], [3], [5, 7], [0, 4], [3, 2, 4, 16], [131, 1009]];

/** Each optimiser, and the same in float64. */
const OPTIMIZERS: readonly (readonly [string, () => Optimizer, Parameters<typeof referenceSteps>[0]])[] = [
  ['sgd', () => train.sgd(RATE), sgdReference],
  ['momentum', () => train.momentum(RATE, 0.9), () => momentumReference(0.9, false)],
  ['nesterov', () => train.momentum(RATE, 0.9, true), () => momentumReference(0.9, true)],
  ['rmsprop', () => train.rmsprop(RATE, 0.99, 0.5, 1e-7), () => rmspropReference(0.99, 0.5, 1e-7, false)],
  [
    'centred rmsprop',
    () => train.rmsprop(RATE, 0.9, 0.5, 1e-7, true),
    () => rmspropReference(0.9, 0.5, 1e-7, true),
  ],
  ['adam', () => train.adam(RATE), () => adamReference(0.9, 0.999, 1e-7)],
  ['adam with β₁ = 0', () => train.adam(RATE, 0, 0.9, 1e-3), () => adamReference(0, 0.9, 1e-3)],
  [
    'adamw',
    () => adamw(RATE, { weightDecay: 0.1, epsilon: 1e-8 }),
    () => adamReference(0.9, 0.999, 1e-8, 0.1),
  ],
];

for (const backend of ['wasm', 'tensorflow'] as const) {
  await suiteOnBackend('optimisers', backend, (title) => {
    describe(title, () => {
      beforeAll(() => setBackend(backend));
      afterEach(() => env().set(STOCK_ROUNDING, false));

      it.each(OPTIMIZERS)('%s moves as in float64, in every shape', (_, make, reference) => {
        const subject = makeSubject(SHAPES, 20);
        const rates = subject.gradients.map(() => RATE);
        for (const [i, got] of trainedValues(make, subject).entries()) {
          const values = at(subject.values, i);
          const gradients = subject.gradients.map((each) => at(each, i));
          const expected = referenceSteps(reference, values, gradients, rates);
          const way = (end: readonly number[]) => end.map((w, j) => w - at(values, j));
          expect(relativeError(way(got), way(expected)), `[${at(SHAPES, i).join()}]`).toBeLessThan(
            AS_FLOAT64,
          );
        }
      });

      it.each(OPTIMIZERS)('%s with stock rounding ends where stock kernels end', async (_, make) => {
        const subject = makeSubject(SHAPES, 20, 0.1); // stock centred RMSProp gives NaN for small gradients
        const stock = await withStockKernels(backend, () => trainedValues(make, subject));
        env().set(STOCK_ROUNDING, true);
        for (const [i, got] of trainedValues(make, subject).entries()) {
          expect(relativeError(got, at(stock, i)), `[${at(SHAPES, i).join()}]`).toBeLessThan(AS_STOCK);
        }
      });

      it('adam is nearer to float64 than stock kernels are, after 20 steps', async () => {
        const subject = makeSubject([[2000]], 20);
        const values = at(subject.values, 0);
        const expected = referenceSteps(
          () => adamReference(0.9, 0.999, 1e-7),
          values,
          subject.gradients.map((each) => at(each, 0)),
          subject.gradients.map(() => RATE),
        );
        const way = (end: readonly number[]) => end.map((w, j) => w - at(values, j));
        const make = () => train.adam(RATE);
        const stock = await withStockKernels(backend, () => trainedValues(make, subject));
        const errorOf = (each: number[][]) => relativeError(way(at(each, 0)), way(expected));
        expect(errorOf(trainedValues(make, subject))).toBeLessThan(1e-6);
        expect(errorOf(stock)).toBeGreaterThan(5e-6);
      });

      it('every optimiser follows a change of the learning rate between steps', () => {
        const subject = makeSubject([[33]], 6);
        const rates = subject.gradients.map((_, step) => RATE / (step + 1));
        for (const [name, make, reference] of OPTIMIZERS) {
          const got = trainedAtRates(make(), subject, rates);
          const gradients = subject.gradients.map((each) => at(each, 0));
          const expected = referenceSteps(reference, at(subject.values, 0), gradients, rates);
          expect(relativeError(got, expected), name).toBeLessThan(1e-6);
        }
      });

      it('centred rmsprop takes gradients so small that TensorFlow.js gives NaN', async () => {
        const make = () => train.rmsprop(RATE, 0.9, 0, 1e-7, true);
        const subject = {
          shapes: [[2]],
          values: [Float32Array.of(1, 1)],
          gradients: [[Float32Array.of(1e-4, 0)]],
        };
        expect(await withStockKernels(backend, () => trainedValues(make, subject))).toEqual([[NaN, NaN]]);
        const expected = 1 - (RATE * 1e-4) / Math.sqrt(0.09 * 1e-8 + 1e-7);
        expect(trainedValues(make, subject)).toEqual([[expect.closeTo(expected, 6), 1]]);
      });

      it('NaN and infinity in a gradient reach the values that they belong to, and no others', () => {
        const gradient = Float32Array.of(NaN, 1, Infinity, -1, 1, NaN, 1);
        const subject = { shapes: [[7]], values: [new Float32Array(7)], gradients: [[gradient]] };
        for (const [name, make] of OPTIMIZERS) {
          const [got = []] = trainedValues(make, subject);
          const finite = got.map((value) => Number.isFinite(value));
          expect(finite, name).toEqual([false, true, false, true, true, false, true]);
        }
      });

      it('minimises by gradients of TensorFlow.js', () => {
        const x = variable(tensor1d([3, -2, 0.5]));
        const optimizer = train.adam(0.1);
        const loss = () => losses.meanSquaredError(tensor1d([1, 2, 3]), x) as Tensor as never;
        for (let step = 0; step < 300; step++) optimizer.minimize(loss, false, [x]);
        expect(relativeError(x.dataSync(), [1, 2, 3])).toBeLessThan(1e-3);
      });
    });
  });
}

/** The values of the one variable after a step at each learning rate. */
function trainedAtRates(
  optimizer: Optimizer,
  { shapes, values, gradients }: ReturnType<typeof makeSubject>,
  rates: readonly number[],
): number[] {
  const x = variable(tensor1d(at(values, 0)).reshape(at(shapes, 0)));
  for (const [step, each] of gradients.entries()) {
    Reflect.set(optimizer, 'learningRate', at(rates, step));
    applyGradients(optimizer, [x], each);
  }
  return Array.from(x.dataSync());
}
