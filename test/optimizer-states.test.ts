/**
 * What the kernel `FusedOptimizer@1` leaves behind, on both backends that bring it: states and saved models are those of
 * TensorFlow.js, nothing else changes, and nothing is left over.
 */
import {
  env,
  getBackend,
  io,
  type LayersModel,
  layers,
  loadLayersModel,
  memory,
  type Optimizer,
  profile,
  sequential,
  setBackend,
  tensor,
  tensor1d,
  tensor4d,
  tidy,
  train,
  variable,
} from '@tensorflow/tfjs';
import { at } from 'lpips-core';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { adamw } from '../packages/training/src/index.js';
import { suiteOnBackend } from './support/backends.js';
import { randomValues, relativeError } from './support/numbers.js';
import {
  applyGradients,
  makeSubject,
  trainedValues,
  variablesOf,
  withStockKernels,
} from './support/optimizer-steps.js';

const STOCK_ROUNDING = 'FUSED_OPTIMIZERS_STOCK_ROUNDING';
/** One formula in two orders. */
const ROUNDING = 1e-6;

const OPTIMIZERS: readonly (readonly [string, () => Optimizer])[] = [
  ['sgd', () => train.sgd(0.01)],
  ['momentum', () => train.momentum(0.01, 0.9)],
  ['rmsprop', () => train.rmsprop(0.01, 0.9, 0.5)],
  ['centred rmsprop', () => train.rmsprop(0.01, 0.9, 0.5, 1e-7, true)],
  ['adam', () => train.adam(0.01)],
  ['adamw', () => adamw(0.01)],
];

/** Names and values of an optimiser's states; names of variables are counted up from run to run. */
async function statesOf(optimizer: Optimizer) {
  const states = await optimizer.getWeights();
  return states.map(({ name, tensor: state }) => ({
    name: name.replace(/^.*\//, ''),
    shape: state.shape,
    dtype: state.dtype,
    values: state.dataSync(),
  }));
}

async function afterSteps(make: () => Optimizer, steps: number) {
  const subject = makeSubject([[3], [2, 5]], steps, 0.1);
  const optimizer = make();
  const variables = variablesOf(subject);
  for (const gradients of subject.gradients) applyGradients(optimizer, variables, gradients);
  return { optimizer, variables, subject, states: await statesOf(optimizer) };
}

for (const backend of ['wasm', 'tensorflow'] as const) {
  await suiteOnBackend('states of optimisers', backend, (title) => {
    describe(title, () => {
      beforeAll(() => setBackend(backend));
      afterEach(() => env().set(STOCK_ROUNDING, false));

      it.each(OPTIMIZERS)('%s takes a step by one kernel, for 300 variables as for one', async (_, make) => {
        const shapes = Array.from({ length: 300 }, (__, i) => [1 + (i % 7)]);
        const subject = makeSubject(shapes, 2, 0.1);
        const [optimizer, variables] = [make(), variablesOf(subject)];
        applyGradients(optimizer, variables, at(subject.gradients, 0));
        const { kernels } = await profile(() =>
          applyGradients(optimizer, variables, at(subject.gradients, 1)),
        );
        expect(kernels.map(({ name }) => name)).toEqual(['FusedOptimizer@1']);
        const got = variables.map((each) => Array.from(each.dataSync()));
        const stock = await withStockKernels(backend, () => trainedValues(make, subject));
        expect(relativeError(got.flat(), stock.flat())).toBeLessThan(1e-5);
      });

      it.each(OPTIMIZERS)('%s keeps the states that TensorFlow.js keeps', async (_, make) => {
        env().set(STOCK_ROUNDING, true);
        const { states } = await afterSteps(make, 3);
        const stock = await withStockKernels(backend, () => afterSteps(make, 3));
        const forms = (list: typeof states) => list.map(({ name, shape, dtype }) => ({ name, shape, dtype }));
        expect(forms(states)).toEqual(forms(stock.states));
        for (const [i, { values, name }] of states.entries()) {
          expect(relativeError(values, at(stock.states, i).values), name).toBeLessThan(ROUNDING);
        }
      });

      it.each(OPTIMIZERS)(
        '%s goes on from saved states, by the kernel and by stock kernels',
        async (_, make) => {
          const whole = await afterSteps(make, 6);
          const first = await afterSteps(make, 3);
          const saved = await first.optimizer.getWeights();
          const rest = makeSubject([[3], [2, 5]], 6, 0.1).gradients.slice(3);
          const goOn = async () => {
            const next = make();
            await next.setWeights(saved.map(({ name, tensor: state }) => ({ name, tensor: state.clone() })));
            const variables = first.variables.map((each) => variable(each.clone()));
            for (const gradients of rest) applyGradients(next, variables, gradients);
            return variables.flatMap((each) => Array.from(each.dataSync()));
          };
          const expected = whole.variables.flatMap((each) => Array.from(each.dataSync()));
          expect(await goOn()).toEqual(expected);
          // The bias corrections of TensorFlow.js are rounded.
          expect(relativeError(await withStockKernels(backend, goOn), expected)).toBeLessThan(1e-5);
        },
      );

      it('stock kernels may take any step between others', async () => {
        const make = () => train.adam(0.01);
        const subject = makeSubject([[5]], 9);
        const expected = trainedValues(make, subject);
        const [optimizer, variables] = [make(), variablesOf(subject)];
        for (const [step, gradients] of subject.gradients.entries()) {
          const apply = () => applyGradients(optimizer, variables, gradients);
          if (step % 3 === 1) await withStockKernels(backend, apply);
          else apply();
        }
        expect(relativeError(at(variables, 0).dataSync(), at(expected, 0))).toBeLessThan(1e-5);
      });

      it('a variable without a gradient stays as it is, with its states', async () => {
        for (const [name, make] of OPTIMIZERS) {
          const subject = makeSubject([[3], [4], [0]], 2, 0.1);
          const [optimizer, variables] = [make(), variablesOf(subject)];
          for (const gradients of subject.gradients) {
            applyGradients(optimizer, variables, [gradients[0], undefined, gradients[2]]);
          }
          expect(at(variables, 1).dataSync(), name).toEqual(at(subject.values, 1));
          const alone = trainedValues(make, makeSubject([[3]], 2, 0.1));
          expect(Array.from(at(variables, 0).dataSync()), name).toEqual(at(alone, 0));
          const states = (await statesOf(optimizer)).slice(1);
          for (const { shape, values } of states)
            if (shape[0] === 4) expect([...values]).toEqual([0, 0, 0, 0]);
        }
      });

      it('a clone of a variable, and what was made of it, keep their values', () => {
        const subject = makeSubject([[2, 3]], 1);
        const [x] = variablesOf(subject);
        const [clone, reshaped] = [x?.clone(), x?.reshape([6])];
        applyGradients(train.adam(0.5), x ? [x] : [], at(subject.gradients, 0));
        for (const each of [clone, reshaped]) expect(each?.dataSync()).toEqual(at(subject.values, 0));
        expect(x?.dataSync()).not.toEqual(at(subject.values, 0));
      });

      it('several optimisers train the same variables in turns', () => {
        const subject = makeSubject([[4]], 4);
        const run = () => {
          const [variables, adam, sgd] = [variablesOf(subject), train.adam(0.1), train.sgd(0.1)];
          for (const [step, gradients] of subject.gradients.entries()) {
            applyGradients(step % 2 === 0 ? adam : sgd, variables, gradients);
          }
          return Array.from(at(variables, 0).dataSync());
        };
        const got = run();
        return withStockKernels(backend, () => expect(relativeError(got, run())).toBeLessThan(1e-5));
      });

      it('leaves gradients that have to be broadcast, and two for one variable, to TensorFlow.js', async () => {
        const run = () => {
          const x = variable(tensor1d([1, 2, 3]));
          const sgd = train.sgd(0.5);
          sgd.applyGradients([{ name: x.name, tensor: tensor([2], [1]) }]);
          const twice = { name: x.name, tensor: tensor1d([1, 0, 0]) };
          sgd.applyGradients([twice, twice]);
          return Array.from(x.dataSync());
        };
        expect(run()).toEqual([-1, 1, 2]);
        expect(await withStockKernels(backend, run)).toEqual([-1, 1, 2]);
      });

      it('1,000 steps leave no tensor and no byte behind', () => {
        const subject = makeSubject([[3], [4, 4], []], 1);
        for (const [name, make] of OPTIMIZERS) {
          const [optimizer, variables] = [make(), variablesOf(subject)];
          const step = () => applyGradients(optimizer, variables, at(subject.gradients, 0));
          step();
          const { numTensors, numBytes, numDataBuffers } = memory();
          for (let i = 0; i < 1000; i++) step();
          expect(memory(), name).toMatchObject({ numTensors, numBytes, numDataBuffers });
        }
      });

      it('a model trained for 200 steps ends with the loss that stock kernels end with', async () => {
        env().set(STOCK_ROUNDING, true);
        const own = await lossAfter(model('adam'), 200);
        const stock = await withStockKernels(backend, () => lossAfter(model('adam'), 200));
        expect(own).toBeLessThan(0.5 * (await lossAfter(model('adam'), 1)));
        expect(Math.abs(own / stock - 1)).toBeLessThan(1e-3);
      });

      it('a model trained by adamw is saved and loaded with its optimiser', async () => {
        const trained = model(adamw(0.01, { weightDecay: 0.2, beta2: 0.99 }));
        await lossAfter(trained, 2);
        const [artifacts] = await new Promise<io.ModelArtifacts[]>((resolve) => {
          const keep = io.withSaveHandler((saved) => {
            resolve([saved]);
            return Promise.resolve({ modelArtifactsInfo: io.getModelArtifactsInfoForJSON(saved) });
          });
          void trained.save(keep, { includeOptimizer: true });
        });
        const loaded = await loadLayersModel(io.fromMemory(artifacts as io.ModelArtifacts));
        expect(loaded.optimizer.getClassName()).toBe('AdamW');
        expect(loaded.optimizer.getConfig()).toEqual(trained.optimizer.getConfig());
        expect(await lossAfter(loaded, 2)).toBeCloseTo(await lossAfter(trained, 2), 6);
      });
    });
  });
}

/** A small convolutional model with seeded weights. */
function model(optimizer: string | Optimizer): LayersModel {
  const made = sequential({
    layers: [
      layers.conv2d({
        inputShape: [8, 8, 1],
        filters: 4,
        kernelSize: 3,
        padding: 'same',
        activation: 'tanh',
      }),
      layers.conv2d({ filters: 1, kernelSize: 3, padding: 'same' }),
    ],
  });
  made.compile({ optimizer, loss: 'meanSquaredError' });
  tidy(() => {
    const seeded = made
      .getWeights()
      .map(({ shape, size }, i) => tensor(randomValues(size, i, -0.3, 0.3), shape));
    made.setWeights(seeded);
  });
  return made;
}

/** The loss after so many steps. */
async function lossAfter(trained: LayersModel, steps: number): Promise<number> {
  expect(getBackend()).not.toBe('cpu');
  const x = tensor4d(randomValues(8 * 64, 3), [8, 8, 8, 1]);
  const { history } = await trained.fit(x, x, { epochs: steps, batchSize: 8, shuffle: false, verbose: 0 });
  return Number(history['loss']?.at(-1));
}
