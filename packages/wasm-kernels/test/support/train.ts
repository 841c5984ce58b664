/**
 * @module
 * Trains one layer in a small model on a backend, from seeded weights, and gives its loss, gradients and weights.
 */
import {
  type LayersModel,
  losses,
  type Optimizer,
  ready,
  setBackend,
  type Tensor,
  tensor,
  tidy,
  variableGrads,
} from '@tensorflow/tfjs';
import { randomValues, sizeOf } from '../../../../test/support/numbers.js';

/** A model whose weights the tests set, and what to feed it. */
export interface Subject {
  model: LayersModel;
  /** Of one batch of inputs. */
  shape: [batch: number, ...sides: number[]];
  /** Whether inputs are indices below this rather than values. */
  indices?: number;
}

interface Batch {
  x: Tensor;
  y: Tensor;
}

/** Loss and gradients of every trainable weight, as `variableGrads` gives them. */
export async function gradientsOn(backend: 'wasm' | 'cpu', make: () => Subject) {
  return await withModel(backend, make, ({ model }, { x, y }) => {
    const { value, grads } = tidy(() =>
      variableGrads(() =>
        losses.meanSquaredError(y, model.apply(x, { training: true }) as Tensor).asScalar(),
      ),
    );
    const [loss] = value.dataSync();
    if (loss === undefined) throw new Error('the loss has no value');
    // In the order in which the layers were made; names carry counters that differ from model to model.
    const gradients = model.trainableWeights.map(({ originalName, name, shape }) => {
      const gradient = Object.entries(grads).find(([key]) => key === name || key === originalName)?.[1];
      if (!gradient) throw new Error(`no gradient for ${name}`);
      return { name: originalName, shape, values: Array.from(gradient.dataSync()) };
    });
    value.dispose();
    for (const gradient of Object.values(grads)) gradient.dispose();
    return { loss, gradients };
  });
}

/** Losses and weights after `steps` steps of `fit`. */
export async function fitOn(
  backend: 'wasm' | 'cpu',
  make: () => Subject,
  optimizer: () => Optimizer,
  steps = 2,
) {
  return await withModel(backend, make, async ({ model }, { x, y }) => {
    model.compile({ optimizer: optimizer(), loss: 'meanSquaredError' });
    const { history } = await model.fit(x, y, { epochs: steps, shuffle: false, verbose: 0 });
    const weights = model.getWeights().flatMap((weight) => Array.from(weight.dataSync()));
    return { losses: history['loss'] as number[], weights };
  });
}

async function withModel<T>(
  backend: 'wasm' | 'cpu',
  make: () => Subject,
  work: (subject: Subject, batch: Batch) => T | Promise<T>,
): Promise<T> {
  await setBackend(backend);
  await ready();
  const subject = make();
  const { model, shape, indices } = subject;
  model.setWeights(
    model.weights.map(({ originalName, shape }, index) => {
      const sides = shape.map((side) => {
        if (side === null) throw new Error(`${originalName} has a side of unknown length`);
        return side;
      });
      const [low, high] = originalName.includes('variance') ? [0.5, 1.5] : [-0.5, 0.5];
      return tensor(randomValues(sizeOf(sides), index + 1, low, high), sides);
    }),
  );
  const output = model.outputShape as number[];
  const outputShape = [shape[0], ...output.slice(1)];
  const values = randomValues(sizeOf(shape), 101);
  const x = indices
    ? tensor(
        values.map((value) => Math.floor(((value + 1) / 2) * indices)),
        shape,
      )
    : tensor(values, shape);
  const batch = { x, y: tensor(randomValues(sizeOf(outputShape), 102), outputShape) };
  try {
    return await work(subject, batch);
  } finally {
    batch.x.dispose();
    batch.y.dispose();
    model.dispose();
  }
}
