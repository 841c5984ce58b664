/**
 * Training with these losses: through every door of TensorFlow.js, with the metric frozen and the generator moved.
 */
import {
  CustomCallback,
  concat,
  data,
  type io,
  type LayersModel,
  layers,
  loadLayersModel,
  type ModelFitArgs,
  memory,
  mul,
  type NamedTensorMap,
  sequential,
  type Tensor,
  type Tensor4D,
  tensor1d,
  callbacks as tfCallbacks,
  train,
  type Variable,
  variableGrads,
} from '@tensorflow/tfjs';
import { at, type Lpips, LpipsError } from 'lpips-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cpuMsSince } from '../../../test/support/cpu-time.js';
import {
  cacheTargets,
  checkLoss,
  discriminatorLoss,
  generatorLoss,
  lpipsLoss,
  patchDiscriminator,
  reconstructionLoss,
  stopOnNaN,
} from '../src/index.js';
import { expectClose, liteOnWasm, seededImages, valuesOf } from './support/wasm.js';

let lpips: Lpips;
beforeAll(async () => {
  lpips = await liteOnWasm();
});
afterAll(() => lpips.dispose());

const SIDE = 16;
/**
 * Processor time of a step, the median of the last twenty of a hundred to that of the first twenty. A step that costs one
 * percent of the first more each time comes to 1.7; on a busy machine the ratio lies within a quarter of 1.
 */
const LARGEST_GROWTH = 1.5;
/** Steps until JavaScript is compiled, before which one takes half again as long. */
const WARM_UP = 20;
const images = () => seededImages(4, SIDE, 1);

/** An autoencoder of 3 layers with weights. */
function autoencoder(): LayersModel {
  const model = sequential();
  const seeded = (seed: number) => ({ kernelInitializer: 'glorotUniform', seed }) as const;
  model.add(
    layers.conv2d({
      filters: 4,
      kernelSize: 3,
      strides: 2,
      padding: 'same',
      activation: 'relu',
      inputShape: [SIDE, SIDE, 3],
      ...seeded(1),
    }),
  );
  model.add(
    layers.conv2dTranspose({ filters: 4, kernelSize: 4, strides: 2, padding: 'same', activation: 'relu' }),
  );
  model.add(layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same', activation: 'tanh' }));
  return model;
}

const early = () => tfCallbacks.earlyStopping({ monitor: 'loss', patience: 1 });
const variablesOf = (model: LayersModel) => model.trainableWeights.map((weight) => weight.read() as Variable);
const median = (values: readonly number[]) =>
  at(
    values.toSorted((a, b) => a - b),
    values.length >> 1,
  );
const valuesOfWeights = () =>
  JSON.stringify([...lpips.weights].map(([name, { data }]) => [name, data[0], data.at(-1)]));

describe('training with LPIPS', () => {
  it('lowers the loss through fit, in history as loss and metric', async () => {
    const model = autoencoder();
    const loss = reconstructionLoss({ lpips });
    model.compile({ optimizer: train.adam(0.01), loss, metrics: [lpipsLoss(lpips)] });
    const x = images();
    const { history } = await model.fit(x, x, { epochs: 8, batchSize: 2, verbose: 0 });
    const [losses, metric] = [history['loss'], history['lpipsDistance']] as [number[], number[]];
    expect(losses.at(-1)).toBeLessThan(at(losses, 0));
    expect(metric.length).toBe(8);
    const each = valuesOf(() => loss(x, model.predict(x) as Tensor));
    const evaluated = model.evaluate(x, x, { batchSize: 4 }) as Tensor[];
    expectClose(at(evaluated, 0).dataSync(), [each.reduce((sum, value) => sum + value) / 4]);
    model.dispose();
  });

  it('leaves weighing to the caller: all weight on one sample is training on it alone', () => {
    const x = images();
    const one = x.slice([1], [1]);
    const model = autoencoder();
    const loss = reconstructionLoss({ lpips });
    const gradients = (cost: () => Tensor) => {
      const { value, grads } = variableGrads(() => cost().asScalar(), variablesOf(model));
      value.dispose();
      return Object.values(grads).flatMap((gradient) => Array.from(gradient.dataSync()));
    };
    const weighted = gradients(() =>
      loss(x, model.apply(x) as Tensor)
        .mul(tensor1d([0, 1, 0, 0]))
        .sum(),
    );
    expectClose(
      weighted,
      gradients(() => loss(one, model.apply(one) as Tensor).mean()),
    );
    model.dispose();
  });

  it('works through fitDataset, minimize and variableGrads', async () => {
    const model = autoencoder();
    const loss = lpipsLoss(lpips);
    model.compile({ optimizer: train.adam(0.01), loss });
    const x = images();
    const batches = data.array([0, 1]).map(() => ({ xs: x.clone(), ys: x.clone() }));
    const { history } = await model.fitDataset(batches, { epochs: 3, verbose: 0 });
    expect((history['loss'] as number[]).at(-1)).toBeLessThan(at(history['loss'] as number[], 0));
    const optimizer = train.adam(0.01);
    const cost = () =>
      loss(x, model.apply(x) as Tensor)
        .mean()
        .asScalar();
    const costs = Array.from({ length: 4 }, () => at(optimizer.minimize(cost, true)?.dataSync() ?? [], 0));
    expect(costs.at(-1)).toBeLessThan(at(costs, 0));
    const { grads } = variableGrads(cost, variablesOf(model));
    expect(Object.keys(grads).length).toBe(6);
    model.dispose();
  });

  it('moves every layer through the perceptual term alone: pixel weight 0', () => {
    const model = autoencoder();
    const loss = reconstructionLoss({ lpips, pixelWeight: 0 });
    const x = images();
    const { grads } = variableGrads(
      () =>
        loss(x, model.apply(x) as Tensor)
          .mean()
          .asScalar(),
      variablesOf(model),
    );
    expect(Object.keys(grads).length).toBe(6);
    for (const [name, gradient] of Object.entries(grads as NamedTensorMap)) {
      expect(Math.hypot(...gradient.dataSync()), name).toBeGreaterThan(0);
    }
    model.dispose();
  });

  it('is frozen by construction: a greedy optimiser over all variables leaves the metric as it was', () => {
    const model = autoencoder();
    const [x, probe] = [images(), seededImages(4, SIDE, 9)];
    const [before, weights] = [valuesOf(() => lpips.distance(x, probe)), valuesOfWeights()];
    const loss = lpipsLoss(lpips);
    const first = valuesOf(() => model.predict(x) as Tensor);
    // No list of variables: everything that is trainable anywhere is on offer.
    const optimizer = train.sgd(10);
    for (let step = 0; step < 3; step++) {
      optimizer.minimize(() =>
        loss(x, model.apply(x) as Tensor)
          .mean()
          .asScalar(),
      );
    }
    expect(valuesOf(() => model.predict(x) as Tensor)).not.toEqual(first);
    expect(valuesOf(() => lpips.distance(x, probe))).toEqual(before);
    expect(valuesOfWeights()).toBe(weights);
    model.dispose();
  });

  it('ends at the step whose loss is NaN', async () => {
    const model = autoencoder();
    const x = images();
    model.compile({ optimizer: train.sgd(0.01), loss: reconstructionLoss({ lpips, pixel: 'l2' }) });
    const poisoned = concat([x, mul(x, Number.NaN)]) as Tensor4D;
    const training = model.fit(poisoned, poisoned, {
      batchSize: 4,
      shuffle: false,
      verbose: 0,
      callbacks: [stopOnNaN()],
    });
    await expect(training).rejects.toThrow(
      new LpipsError(
        'training: expected a finite number for the loss at step 2, got NaN. ' +
          'Lower the learning rate and go on from the last checkpoint.',
      ),
    );
    expect(() => checkLoss(7, 0.5)).not.toThrow();
    model.dispose();
  });

  it.each([
    ['before earlyStopping', () => [stopOnNaN(), early()]],
    ['after earlyStopping', () => [early(), stopOnNaN()]],
    ['inside a CustomCallback', () => [new CustomCallback(stopOnNaN()), early()]],
    ['after a plain object', () => [{ onEpochEnd: () => undefined }, stopOnNaN()]],
    ['alone', () => stopOnNaN()],
  ] as [string, () => ModelFitArgs['callbacks']][])('stopOnNaN works %s', async (_, callbacks) => {
    const model = autoencoder();
    const x = images();
    model.compile({ optimizer: train.sgd(0.01), loss: reconstructionLoss({ lpips, pixel: 'l2' }) });
    const fit = (x: Tensor4D) =>
      model.fit(x, x, {
        epochs: 2,
        verbose: 0,
        callbacks: callbacks() as NonNullable<ModelFitArgs['callbacks']>,
      });
    await expect(fit(x)).resolves.toBeDefined();
    await expect(fit(mul(x, Number.NaN))).rejects.toThrow(
      'expected a finite number for the loss at step 1, got NaN',
    );
    model.dispose();
  });

  it('saves and loads compiled models, which go on training', async () => {
    const model = autoencoder();
    const loss = reconstructionLoss({ lpips });
    model.compile({ optimizer: 'adam', loss });
    const x = images();
    await model.fit(x, x, { epochs: 1, verbose: 0 });
    let saved: io.ModelArtifacts | undefined;
    await model.save({
      save: async (artifacts) => {
        saved = artifacts;
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
      },
    });
    const loaded = await loadLayersModel({ load: async () => saved as io.ModelArtifacts });
    expect(valuesOf(() => loaded.predict(x) as Tensor)).toEqual(valuesOf(() => model.predict(x) as Tensor));
    loaded.compile({ optimizer: 'adam', loss });
    const { history } = await loaded.fit(x, x, { epochs: 1, verbose: 0 });
    expect(history['loss']?.[0]).toBeGreaterThan(0);
    model.dispose();
    loaded.dispose();
  });

  it('leaks nothing in 100 steps, and does not slow down, with cached targets, random shifts and an adversary', () => {
    const model = autoencoder();
    const judge = patchDiscriminator({ inputShape: [SIDE, SIDE, 3], filters: 2, depth: 1 });
    const x = images();
    const targets = cacheTargets(lpips, x);
    const losses = [reconstructionLoss({ lpips, targets }), reconstructionLoss({ lpips, randomShift: 3 })];
    const [forGenerator, forJudge] = [train.adam(0.001), train.adam(0.001)];
    const step = (index: number): void => {
      const loss = losses[index % losses.length];
      if (!loss) throw new RangeError('no loss');
      forGenerator.minimize(
        () => {
          const made = model.apply(x, { training: true }) as Tensor4D;
          const fooled = generatorLoss('hinge', judge.apply(made) as Tensor);
          return loss(x, made).add(fooled.mul(0.1)).mean().asScalar();
        },
        false,
        variablesOf(model),
      );
      forJudge.minimize(
        () => {
          const made = model.predict(x) as Tensor;
          const logits = [x, made].map((images) => judge.apply(images, { training: true }) as Tensor) as [
            Tensor,
            Tensor,
          ];
          return discriminatorLoss('hinge', ...logits)
            .mean()
            .asScalar();
        },
        false,
        variablesOf(judge),
      );
    };
    for (let index = 0; index < WARM_UP; index++) step(index);
    const { numTensors, numBytes } = memory();
    const times = Array.from({ length: 100 }, (_, index) => {
      const before = process.cpuUsage();
      step(index);
      return cpuMsSince(before);
    });
    expect(memory()).toMatchObject({ numTensors, numBytes });
    expect(median(times.slice(-20)) / median(times.slice(0, 20))).toBeLessThan(LARGEST_GROWTH);
    targets.dispose();
    judge.dispose();
    model.dispose();
  });
});
