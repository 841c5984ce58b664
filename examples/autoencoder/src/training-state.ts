/**
 * @module
 * What a training has learned, as named values: the weights of its models and the moments of their Adams. Everything that a
 * step depends on, so a training that goes on from it is the same to the last bit as one that never stopped.
 */
import { type AdamOptimizer, type LayersModel, type Tensor, tensor } from '@tensorflow/tfjs';
import type { Weight, WeightMap } from 'lpips-core';

/** What learns, each under its own name. */
export interface Learners {
  readonly models: Readonly<Record<string, LayersModel>>;
  readonly optimizers: Readonly<Record<string, AdamOptimizer>>;
}

/** A copy of all values. */
export async function saveState({ models, optimizers }: Learners): Promise<WeightMap> {
  const state = new Map<string, Weight>();
  const add = async (part: string, tensors: readonly Tensor[]): Promise<void> => {
    for (const [index, values] of tensors.entries()) {
      const data = Float32Array.from(await values.data());
      state.set(`${part}.${index}`, { shape: [...values.shape], data });
    }
  };
  for (const [name, model] of Object.entries(models)) await add(name, model.getWeights());
  for (const [name, optimizer] of Object.entries(optimizers)) {
    const moments = (await optimizer.getWeights()).map(({ tensor }) => tensor);
    await add(name, moments);
    moments[0]?.dispose(); // the count of steps, made for this call
  }
  return state;
}

/** Gives models and optimizers their values back. */
export async function restoreState({ models, optimizers }: Learners, state: WeightMap): Promise<void> {
  for (const [name, model] of Object.entries(models)) restoreModel(model, name, state);
  for (const [name, optimizer] of Object.entries(optimizers)) {
    const moments: { name: string; tensor: Tensor }[] = [];
    for (let index = 0; state.has(`${name}.${index}`); index++) {
      moments.push({ name: `${name}.${index}`, tensor: tensorOf(state, `${name}.${index}`) });
    }
    await optimizer.setWeights(moments);
    for (const { tensor } of moments) tensor.dispose();
  }
}

/** Gives a model the weights that were saved under a name. */
export function restoreModel(model: LayersModel, name: string, state: WeightMap): void {
  const weights = model.getWeights().map((_, index) => tensorOf(state, `${name}.${index}`));
  model.setWeights(weights);
  for (const weight of weights) weight.dispose();
}

function tensorOf(state: WeightMap, name: string): Tensor {
  const { shape, data } = state.get(name) ?? { shape: [0], data: new Float32Array(0) };
  return tensor(data, [...shape]);
}
