/**
 * What changes around a step after it was captured, beside the same step as it is.
 */
import {
  clone,
  dispose,
  env,
  losses,
  memory,
  mul,
  type Optimizer,
  randomUniform,
  type Scalar,
  type Sequential,
  scalar,
  sum,
  type Tensor,
  type Tensor4D,
  train,
  type Variable,
  variable,
} from '@tensorflow/tfjs';
import { selectBackend } from 'lpips-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { captureStep } from '../../packages/training/src/index.js';
import { suiteOnBackend } from '../support/backends.js';
import { autoencoder, images, stepOf, takeValue } from '../support/training-steps.js';

type Wrap = <Given extends unknown[], Result>(
  step: (...given: Given) => Result,
) => (...given: Given) => Result;

/** What `work` gives with captured steps, which must have replayed, and with the steps as they are. */
function both<Result>(work: (wrap: Wrap) => Result): [captured: Result, asItIs: Result] {
  const replays: (() => number)[] = [];
  const capturedOne = work((step) => {
    const made = captureStep(step, {
      onWarning: (message) => {
        throw new Error(message);
      },
    });
    replays.push(() => made.replays);
    return made;
  });
  for (const count of replays) expect(count()).toBeGreaterThan(2);
  return [capturedOne, work((step) => step)];
}

/** Optimisers that keep tensors of their own, which are gone once they are disposed. */
const OPTIMIZERS: Record<string, (rate: number) => Optimizer> = {
  sgd: (rate) => train.sgd(rate),
  momentum: (rate) => train.momentum(rate, 0.9),
  rmsprop: (rate) => train.rmsprop(rate),
  adam: (rate) => train.adam(rate),
};

for (const backend of ['tensorflow', 'wasm'] as const) {
  await suiteOnBackend('a step around which something changes', backend, (name) => {
    describe(name, () => {
      beforeAll(async () => {
        await selectBackend(backend);
      });

      it('has its layers frozen and unfrozen', () => {
        const [capturedOne, asItIs] = both((wrap) => {
          const [model, batch] = [autoencoder(), images(1)];
          const step = wrap(stepOf(model, train.sgd(0.1)));
          const [first] = model.layers;
          const values = Array.from({ length: 24 }, (_, i) => {
            if (first && i % 8 === 7) first.trainable = i !== 7;
            return takeValue(step(batch));
          });
          const weights = model.getWeights().map((weight) => weight.dataSync());
          model.dispose();
          return { values, weights };
        });
        expect(capturedOne).toEqual(asItIs);
      });

      describe.each([false, true])('in the rounding of TensorFlow.js: %s', (rounding) => {
        it.each(Object.entries(OPTIMIZERS))('has another %s, and the first is disposed', (_, optimizerOf) => {
          env().set('FUSED_OPTIMIZERS_STOCK_ROUNDING', rounding);
          try {
            const [capturedOne, asItIs] = both((wrap) => {
              const [model, batch] = [autoencoder(), images(1)];
              let optimizer = optimizerOf(0.001);
              const step = wrap((images: Tensor4D) => stepOf(model, optimizer)(images));
              const values = Array.from({ length: 16 }, (_, i) => {
                if (i === 7) {
                  optimizer.dispose();
                  optimizer = optimizerOf(0.003);
                }
                return takeValue(step(batch));
              });
              model.dispose();
              return values;
            });
            expect(capturedOne).toEqual(asItIs);
          } finally {
            env().set('FUSED_OPTIMIZERS_STOCK_ROUNDING', false);
          }
        });
      });

      it.each<[string, boolean, string?]>([
        ['another model', true],
        ...Object.keys(OPTIMIZERS).map((kind): [string, boolean, string] => [`another ${kind}`, false, kind]),
        ['another model and another adam', true, 'adam'],
      ])('has %s, and the first is not disposed', (_, hasNewModel, kind) => {
        const optimizerOf = OPTIMIZERS[kind ?? 'adam'] as (rate: number) => Optimizer;
        const [capturedOne, asItIs] = both((wrap) => {
          const models = [autoencoder()];
          const optimizers = [optimizerOf(0.001)];
          const batch = images(1);
          const step = wrap((x: Tensor4D) =>
            stepOf(models.at(-1) as Sequential, optimizers.at(-1) as Optimizer)(x),
          );
          const values = Array.from({ length: 20 }, (__, i) => {
            if (i === 8 && hasNewModel) models.push(autoencoder());
            if (i === 8 && kind !== undefined) optimizers.push(optimizerOf(0.01));
            return takeValue(step(batch));
          });
          for (const one of [...models, ...optimizers]) one.dispose();
          return values;
        });
        expect(capturedOne).toEqual(asItIs);
      });

      /** Steps that give a variable what something else holds, be it the same as before. */
      const ASSIGNED: Record<string, (x: Tensor, to: Variable, from: Variable) => void> = {
        'an argument': (x, to) => to.assign(x),
        'another variable': (_, to, from) => to.assign(from),
        'a copy of an argument': (x, to) => to.assign(clone(x)),
      };
      it.each(Object.entries(ASSIGNED))('assigns %s, which is the same for a while', (_, assign) => {
        const [capturedOne, asItIs] = both((wrap) => {
          const [to, from] = [variable(scalar(1)), variable(scalar(2))];
          const step = wrap((x: Tensor) => {
            assign(x, to, from);
            return scalar(3);
          });
          const [first, second] = [scalar(4), scalar(5)];
          return Array.from({ length: 10 }, (__, i) => {
            if (i === 5) from.assign(scalar(6));
            const given = i < 5 ? first : second;
            return [takeValue(step(given)), to.dataSync()[0]];
          });
        });
        expect(capturedOne).toEqual(asItIs);
      });

      it('updates a variable that is disposed and made anew', () => {
        const [capturedOne, asItIs] = both((wrap) => {
          let last = variable(scalar(0), false);
          const named = variable(scalar(2), false, `named-${Math.random()}`);
          const step = wrap((x: Tensor) => {
            last.assign(mul(x, named));
            return mul(x, named);
          });
          const values = Array.from({ length: 10 }, (_, i) => {
            if (i === 6) {
              last.dispose();
              last = variable(scalar(0), false);
            }
            return [takeValue(step(scalar(i))), last.dataSync()[0]];
          });
          dispose([last, named]);
          return values;
        });
        expect(capturedOne).toEqual(asItIs);
      });

      it('has weights that were made earlier, and those that it had are disposed', () => {
        const [capturedOne, asItIs] = both((wrap) => {
          const [earlier, later] = [variable(scalar(2)), variable(scalar(3))];
          let weight = later;
          const step = wrap((x: Tensor) => mul(x, weight));
          const values = Array.from({ length: 12 }, (_, i) => {
            if (i === 7) {
              later.dispose();
              weight = earlier;
            }
            return takeValue(step(scalar(i)));
          });
          earlier.dispose();
          return values;
        });
        expect(capturedOne).toEqual(asItIs);
      });

      it('is one of two that share a function, each captured for the weights that it has', () => {
        const [capturedOne, asItIs] = both((wrap) => {
          const weights = [variable(scalar(2)), variable(scalar(3))];
          const steps = weights.map((weight) => wrap((x: Tensor) => mul(x, weight)));
          const values = Array.from({ length: 16 }, (_, i) =>
            steps.map((step) => takeValue(step(scalar(i)))),
          );
          dispose(weights);
          return values;
        });
        expect(capturedOne).toEqual(asItIs);
      });

      it('disposes of its arguments, in its replays too', () => {
        const [capturedOne, asItIs] = both((wrap) => {
          const step = wrap(({ xs, ys }: { xs: Tensor; ys: Tensor }, kept: Tensor) => {
            const cost = losses.meanSquaredError(xs, mul(ys, kept)) as Scalar;
            dispose([xs, ys]);
            return cost;
          });
          const kept = images(9);
          let before = 0;
          const values = Array.from({ length: 8 }, (_, i) => {
            if (i === 4) before = memory().numTensors; // a captured step holds its constants
            const batch = { xs: images(i), ys: images(i + 20) };
            const value = takeValue(step(batch, kept));
            return [value, batch.xs.isDisposed, batch.ys.isDisposed, kept.isDisposed];
          });
          return { values, growth: memory().numTensors - before };
        });
        expect(asItIs.values.every(([, xs, ys, kept]) => xs === true && ys === true && kept === false)).toBe(
          true,
        );
        expect(capturedOne.values).toEqual(asItIs.values);
        expect(capturedOne.growth).toBe(0);
      });

      it('is given what holds itself, and runs as it is', () => {
        const warnings: string[] = [];
        const given: { factor: number; self?: unknown } = { factor: 3 };
        given.self = given;
        const step = captureStep((x: Tensor, { factor }: typeof given) => mul(x, factor), {
          onWarning: (message) => warnings.push(message),
        });
        for (let i = 0; i < 3; i++) expect(takeValue(step(images(1), given))).toBeDefined();
        expect(warnings).toEqual([
          expect.stringContaining('it takes arguments that are neither tensors nor primitive values.'),
        ]);
        const returning = captureStep(
          (x: Tensor) => {
            const result: { sum: Tensor; self?: unknown } = { sum: sum(x) };
            result.self = result;
            return result;
          },
          { onWarning: (message) => warnings.push(message) },
        );
        for (let i = 0; i < 5; i++) {
          const result = returning(images(1));
          expect(result.self).toBe(result);
          result.sum.dispose();
        }
        expect(warnings[1]).toContain('it returns something other than tensors.');
      });

      it('tells integers of any length, holes and objects without a prototype apart', () => {
        const step = captureStep((x: Tensor, n: number | bigint, list: unknown[]) =>
          Object.assign(Object.create(null) as { y: Tensor }, {
            y: mul(x, list.length + (typeof n === 'bigint' ? 10 : 0)),
          }),
        );
        const x = randomUniform([1], 1, 1);
        const kinds: [number | bigint, unknown[], number][] = [
          [1, [1, 2], 2],
          [1n, [1, 2], 12],
          [1, [1, 2, undefined], 3],
          [1, Object.assign([1, 2], { length: 4 }), 4],
        ];
        for (const [n, list, expected] of kinds) {
          for (let i = 0; i < 4; i++) {
            const result = step(x, n, list);
            expect(Object.getPrototypeOf(result)).toBe(null);
            expect(takeValue(result.y)).toBe(expected);
          }
        }
        expect(step.replays).toBe(8);
        step.dispose();
      });
    });
  });
}
