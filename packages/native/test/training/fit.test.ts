import {
  initializers,
  io,
  layers,
  memory,
  randomUniform,
  type Sequential,
  sequential,
  setBackend,
} from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { suiteOnBackend } from '../../../../test/support/backends.js';
import { registerKernels } from '../../src/kernels/register-kernels.js';
import { removeTrainingKernels } from '../support/stock-training.js';

/** By how much of it the losses of two trainings may differ whose sums are taken in another order. */
const SAME_TRAINING = 1e-3;

/** A small autoencoder of the layers that are hooked. */
function autoencoder(): Sequential {
  let seed = 1;
  const conv = (filters: number, kernelSize: number, strides = 1) =>
    layers.conv2d({
      name: `conv-${seed}`,
      filters,
      kernelSize,
      strides,
      padding: 'same',
      activation: 'swish',
      kernelInitializer: initializers.varianceScaling({
        scale: 2,
        mode: 'fanIn',
        distribution: 'normal',
        seed: seed++,
      }),
      ...(seed === 2 && { inputShape: [16, 16, 3] }),
    });
  return sequential({
    name: 'autoencoder',
    layers: [
      conv(16, 4, 2),
      conv(32, 3),
      layers.upSampling2d({ name: 'up', size: [2, 2], interpolation: 'nearest' }),
      conv(16, 3),
      layers.conv2d({
        name: 'last',
        filters: 3,
        kernelSize: 3,
        padding: 'same',
        activation: 'tanh',
        kernelInitializer: initializers.glorotNormal({ seed: 9 }),
      }),
    ],
  });
}

function compiled(): Sequential {
  const model = autoencoder();
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  return model;
}

await suiteOnBackend('training', 'tensorflow', (name) => {
  describe(name, () => {
    beforeAll(async () => {
      await setBackend('tensorflow');
      registerKernels('cpu');
    });
    const images = () => randomUniform([4, 16, 16, 3], -1, 1, 'float32', 3);

    it('200 steps end with the loss of the stock kernels', async () => {
      const x = images();
      const train = async (steps: number) => {
        const model = compiled();
        let loss: number | number[] = Number.NaN;
        for (let i = 0; i < steps; i++) loss = await model.trainOnBatch(x, x);
        model.dispose();
        return Number(loss);
      };
      const first = await train(1);
      const fused = await train(200);
      const putBack = removeTrainingKernels();
      const stock = await train(200).finally(putBack);
      expect(fused).toBeLessThan(first);
      expect(Math.abs(fused - stock) / stock).toBeLessThan(SAME_TRAINING);
      x.dispose();
    }, 120_000);

    it('1,000 steps leave no tensor behind', async () => {
      const x = images();
      const model = compiled();
      await model.trainOnBatch(x, x);
      const { numTensors, numBytes } = memory();
      for (let i = 0; i < 1000; i++) await model.trainOnBatch(x, x);
      expect(memory().numTensors).toBe(numTensors);
      expect(memory().numBytes).toBe(numBytes);
      x.dispose();
      model.dispose();
    }, 120_000);

    it('a model is saved as the stock one is', async () => {
      const saved = async (model: Sequential): Promise<io.ModelArtifacts> => {
        let artifacts: io.ModelArtifacts | undefined;
        await model.save(
          io.withSaveHandler(async (each) => {
            artifacts = each;
            return { modelArtifactsInfo: io.getModelArtifactsInfoForJSON(each) };
          }),
        );
        model.dispose();
        if (!artifacts) throw new Error('nothing was saved');
        return artifacts;
      };
      const fused = await saved(compiled());
      const putBack = removeTrainingKernels();
      const stock = await saved(compiled()).finally(putBack);
      expect(fused.modelTopology).toEqual(stock.modelTopology);
      expect(fused.weightSpecs).toEqual(stock.weightSpecs);
      expect(fused.weightData).toEqual(stock.weightData);
    });
  });
});
