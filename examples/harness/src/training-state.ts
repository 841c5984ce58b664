/**
 * @module
 * What a training has learned, as named values: the weights of its models, further variables, and the moments of Adam. Adam's bias
 * correction is computed anew from the number of steps and rounds differently then, so two trainings are the same to the
 * last bit where both were restored at the same steps.
 */
import { type AdamOptimizer, type Tensor, tensor, type Variable } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { invalid, type Weight, type WeightMap } from 'lpips-core';

/** What learns, each under its own name. */
export interface Learners {
  readonly models: Readonly<Record<string, LayersModel>>;
  /** Variables that belong to no model. */
  readonly variables?: Readonly<Record<string, Variable>>;
  readonly optimizers: Readonly<Record<string, AdamOptimizer>>;
}

/**
 * Gives learners their state, has them learn, and saves their state.
 *
 * @param learners their optimizers are disposed at the end
 * @param state undefined for a training that begins
 */
export async function learn(
  learners: Learners,
  state: WeightMap | undefined,
  work: () => Promise<void>,
): Promise<WeightMap> {
  if (state) await restoreState(learners, state);
  await work();
  const saved = await saveState(learners);
  for (const optimizer of Object.values(learners.optimizers)) optimizer.dispose();
  return saved;
}

/** Gives a model the weights that were saved under a name. */
export function restoreModel(model: LayersModel, name: string, state: WeightMap): void {
  const weights = model.getWeights().map((_, index) => tensorOf(state, `${name}.${index}`));
  model.setWeights(weights);
  for (const weight of weights) weight.dispose();
}

/** Gives a variable the value that was saved under a name. */
export function restoreVariable(variable: Variable, name: string, state: WeightMap): void {
  const value = tensorOf(state, `${name}.0`);
  variable.assign(value);
  value.dispose();
}

/** A copy of all values. */
async function saveState({ models, variables = {}, optimizers }: Learners): Promise<WeightMap> {
  const state = new Map<string, Weight>();
  const add = async (part: string, tensors: readonly Tensor[]): Promise<void> => {
    for (const [index, values] of tensors.entries()) {
      const data = Float32Array.from(await values.data());
      state.set(`${part}.${index}`, { shape: [...values.shape], data });
    }
  };
  for (const [name, model] of Object.entries(models)) await add(name, model.getWeights());
  for (const [name, variable] of Object.entries(variables)) await add(name, [variable]);
  for (const [name, optimizer] of Object.entries(optimizers)) {
    const moments = (await optimizer.getWeights()).map(({ tensor }) => tensor);
    await add(name, moments);
    moments[0]?.dispose(); // the count of steps, which the optimizer made for this call
  }
  return state;
}

/** Gives models, variables and optimizers their values back. */
async function restoreState(
  { models, variables = {}, optimizers }: Learners,
  state: WeightMap,
): Promise<void> {
  for (const [name, model] of Object.entries(models)) restoreModel(model, name, state);
  for (const [name, variable] of Object.entries(variables)) restoreVariable(variable, name, state);
  for (const [name, optimizer] of Object.entries(optimizers)) {
    const moments: { name: string; tensor: Tensor }[] = [];
    for (let index = 0; state.has(`${name}.${index}`); index++) {
      moments.push({ name: `${name}.${index}`, tensor: tensorOf(state, `${name}.${index}`) });
    }
    await optimizer.setWeights(moments);
    for (const { tensor } of moments) tensor.dispose();
  }
}

function tensorOf(state: WeightMap, name: string): Tensor {
  const weight = state.get(name);
  if (!weight) throw invalid('restoreState', `a value ${name}`, 'state', `${state.size} others`);
  return tensor(weight.data, [...weight.shape]);
}
