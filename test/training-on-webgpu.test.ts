/**
 * What trains, on WebGPU in Node, where no value can be read within a step.
 */

import { readFile } from 'node:fs/promises';
import { layers, type Sequential, sequential, type Tensor4D, train } from '@tensorflow/tfjs';
import { Lpips, LpipsError, liteWeightsUrl, parseSafetensors } from 'lpips-core';
import { type BackendName, selectBackend } from 'lpips-node';
import { beforeAll, expect, it } from 'vitest';
import { cacheTargets, reconstructionLoss, stopOnNaN } from '../packages/loss/src/index.js';
import { randomTensor } from './support/numbers.js';
import { suiteOnWebGpu } from './support/webgpu.js';

/** How far losses of few steps are apart: backends add in an order of their own. */
const LOSS = 1e-4;

await suiteOnWebGpu('a model with LPIPS as its loss', () => {
  let lite: Awaited<ReturnType<typeof readLite>>;
  beforeAll(async () => {
    lite = await readLite();
  });

  it('is trained by model.fit as on wasm', async () => {
    const onGpu = await fitOn('webgpu', lite);
    const onWasm = await fitOn('wasm', lite);
    expect(onGpu).toHaveLength(2);
    expect(onGpu[1]).toBeLessThan(Number(onGpu[0]));
    for (const [epoch, loss] of onWasm.entries()) {
      expect(Math.abs(Number(onGpu[epoch]) / loss - 1)).toBeLessThan(LOSS);
    }
  });

  it('refuses cached targets, whose pixels a loss cannot wait for', async () => {
    await selectBackend('webgpu');
    const lpips = Lpips.fromWeights(lite, { net: 'lite' });
    const targets = images();
    expect(() => cacheTargets(lpips, targets)).toThrow(
      new LpipsError(
        'cacheTargets: cannot recognise targets: this backend reads asynchronously only, and a loss cannot wait. ' +
          'Leave out targets, or use another backend.',
      ),
    );
    for (const used of [lpips, targets]) used.dispose();
  });
});

async function readLite() {
  return parseSafetensors(await readFile(liteWeightsUrl)).weights;
}

function images(): Tensor4D {
  return randomTensor([2, 16, 16, 3], 1);
}

/** Losses of two epochs of one step. */
async function fitOn(backend: BackendName, weights: Awaited<ReturnType<typeof readLite>>): Promise<number[]> {
  await selectBackend(backend);
  const lpips = Lpips.fromWeights(weights, { net: 'lite' });
  const model = convolution();
  model.compile({ optimizer: train.adam(1e-2), loss: reconstructionLoss({ lpips }) });
  const batch = images();
  const { history } = await model.fit(batch, batch, {
    epochs: 2,
    batchSize: 2,
    callbacks: stopOnNaN(),
    verbose: 0,
  });
  for (const used of [lpips, model, batch]) used.dispose();
  return (history['loss'] ?? []).map(Number);
}

function convolution(): Sequential {
  const weights = randomTensor([3, 3, 3, 3], 2, -0.1, 0.1);
  const layer = layers.conv2d({
    inputShape: [16, 16, 3],
    filters: 3,
    kernelSize: 3,
    padding: 'same',
    useBias: false,
  });
  const model = sequential({ layers: [layer] });
  layer.setWeights([weights]);
  weights.dispose();
  return model;
}
