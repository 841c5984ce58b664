/**
 * A user's own model of tfjs-layers takes the kernels for training, and comes to the same as without them.
 */
import {
  initializers,
  layers,
  memory,
  profile,
  ready,
  type Sequential,
  sequential,
  setBackend,
  type Tensor,
  tensor4d,
  unregisterKernel,
} from '@tensorflow/tfjs';
import { TRAINING_KERNELS } from 'tfjs-fused-training';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { randomValues } from '../../../test/support/numbers.js';
import { registerWasmKernels } from '../src/index.js';

/** Two trainings whose steps round differently, after many steps. */
const SAME_TRAINING = 1e-3;

/** Down by a strided convolution, up by nearest neighbours. */
function autoencoder(): Sequential {
  const conv = (filters: number, kernelSize: number, strides: number, seed: number) => ({
    filters,
    kernelSize,
    strides,
    padding: 'same' as const,
    kernelInitializer: initializers.heNormal({ seed }),
  });
  return sequential({
    layers: [
      layers.conv2d({ ...conv(8, 4, 2, 1), activation: 'swish', inputShape: [null, null, 3] }),
      layers.conv2d({ ...conv(8, 3, 1, 2), activation: 'swish' }),
      layers.upSampling2d({ size: [2, 2], interpolation: 'nearest' }),
      layers.conv2d(conv(3, 3, 1, 3)),
    ],
  });
}

const images = () => tensor4d(randomValues(4 * 16 * 16 * 3, 5), [4, 16, 16, 3]);

/** Losses of so many steps, each of the whole batch. */
async function train(model: Sequential, epochs: number): Promise<number[]> {
  model.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
  const x = images();
  const { history } = await model.fit(x, x, { epochs, batchSize: 4, shuffle: false, verbose: 0 });
  x.dispose();
  return history['loss'] as number[];
}

describe('a model of tfjs-layers on WASM', () => {
  beforeAll(async () => {
    await setBackend('wasm');
    await ready();
  });
  afterEach(registerWasmKernels);

  it('takes the kernels for training, and computes no gradient of its images', async () => {
    const model = autoencoder();
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const x = images();
    const { kernelNames, kernels } = await profile(async () => {
      await model.trainOnBatch(x, x);
      return [] as Tensor[];
    });
    expect(kernelNames).toEqual(expect.arrayContaining(Object.values(TRAINING_KERNELS)));
    const calls = (name: string) => kernels.filter((kernel) => kernel.name === name).length;
    expect([calls(TRAINING_KERNELS.convolve), calls('Conv2DBackpropFilter')]).toEqual([3, 3]);
    expect(calls('Conv2DBackpropInput')).toBe(2);
    model.dispose();
    x.dispose();
  });

  it('ends 200 steps with the loss of the stock steps', async () => {
    const fused = autoencoder();
    const losses = await train(fused, 200);
    for (const name of [TRAINING_KERNELS.convolve, TRAINING_KERNELS.activation])
      unregisterKernel(name, 'wasm');
    const composed = autoencoder();
    const expected = await train(composed, 200);
    expect(losses.at(-1)).toBeLessThan(0.8 * (losses[0] as number));
    expect(Math.abs((losses.at(-1) as number) / (expected.at(-1) as number) - 1)).toBeLessThan(SAME_TRAINING);
    fused.dispose();
    composed.dispose();
  });

  it('leaves no tensor behind after 50 steps', async () => {
    const model = autoencoder();
    await train(model, 2);
    const { numTensors } = memory();
    const x = images();
    for (let step = 0; step < 50; step++) await model.trainOnBatch(x, x);
    x.dispose();
    expect(memory().numTensors).toBe(numTensors);
    model.dispose();
  });
});
