import {
  enableProdMode,
  layers,
  memory,
  type Scalar,
  type Sequential,
  scalar,
  sequential,
  type Tensor,
  tensor2d,
  train,
  type Variable,
  variable,
} from '@tensorflow/tfjs';
import type { WeightMap } from 'lpips-core';
import { selectBackend } from 'lpips-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { learn, restoreModel } from '../src/training-state.js';

const modelOf = (): Sequential => sequential({ layers: [layers.dense({ units: 1, inputShape: [2] })] });

/** Takes steps of Adam that pull the output for [[1, 2]] towards 0; its state afterwards. */
async function takeSteps(model: Sequential, count: number, state?: WeightMap): Promise<WeightMap> {
  const adam = train.adam(0.1);
  return learn({ models: { model }, optimizers: { adam } }, state, async () => {
    const input = tensor2d([[1, 2]]);
    for (let step = 0; step < count; step++) {
      adam.minimize(() => (model.apply(input) as Tensor).square().mean());
    }
    input.dispose();
  });
}

describe('learn', () => {
  beforeAll(async () => {
    enableProdMode();
    await selectBackend('cpu');
  });

  it('goes on to the last bit alike in the model that was saved and in a new one', async () => {
    const model = modelOf();
    const saved = await takeSteps(model, 2);
    const expected = await takeSteps(model, 2, saved);
    expect(expected).not.toEqual(saved);
    const other = modelOf();
    expect(await takeSteps(other, 2, saved)).toEqual(expected);
    for (const one of [model, other]) one.dispose();
  });

  it('restores weights, moments and the number of steps', async () => {
    const model = modelOf();
    const saved = await takeSteps(model, 3);
    const other = modelOf();
    expect(await takeSteps(other, 0, saved)).toEqual(saved);
    for (const one of [model, other]) one.dispose();
  });

  it('saves and restores variables that belong to no model, as they stand', async () => {
    const takeStep = (level: Variable, state?: WeightMap) => {
      const adam = train.adam(0.1);
      return learn({ models: {}, variables: { level }, optimizers: { adam } }, state, async () => {
        adam.minimize(() => level.square() as Scalar, false, [level]);
      });
    };
    const [level, other] = [variable(scalar(2)), variable(scalar(-7))] as [Variable, Variable];
    const saved = await takeStep(level);
    expect(saved.get('level.0')?.data[0]).toBeCloseTo(1.9, 5);
    expect(await takeStep(other, saved)).toEqual(await takeStep(level, saved));
    for (const one of [level, other]) one.dispose();
  });

  it('leaves no tensors behind', async () => {
    const model = modelOf();
    const state = await takeSteps(model, 1);
    const before = memory().numTensors;
    await takeSteps(model, 1, state);
    expect(memory().numTensors).toBe(before);
    model.dispose();
  });

  it('refuses a state in which a weight of the model is missing', async () => {
    const model = modelOf();
    const state = new Map(await takeSteps(model, 1));
    state.delete('model.1');
    expect(() => restoreModel(model, 'model', state)).toThrow(
      /^restoreState: expected a value model\.1 for state, got \d+ others\.$/,
    );
    model.dispose();
  });
});
