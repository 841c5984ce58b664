/**
 * @module
 * A training step of the example's autoencoder, 8 patches of 64x64, with MSE and with L1 + LPIPS, on the current backend.
 * The share of the loss is what a step takes beyond one with MSE.
 */
import {
  type LayersModel,
  mean,
  type Scalar,
  type Tensor,
  type Tensor4D,
  train,
  type Variable,
} from '@tensorflow/tfjs';
import { autoencoder } from 'example-harness/autoencoder';
import { Lpips } from 'lpips-core';
import { reconstructionLoss, type SampleLoss } from 'lpips-loss';
import { alternate, type Contender } from './alternate.js';
import { seededImages, seededWeights } from './seeded.js';

/** Patches of a step, and their height and width. */
export const [BATCH, SIDE] = [8, 64];
const SHIFT = 7;

/** Losses that are compared. */
export const STEP_LOSSES = ['MSE', 'L1 + LPIPS, lite', 'L1 + LPIPS, alex'] as const;
export type StepLoss = (typeof STEP_LOSSES)[number];

/**
 * Median milliseconds of a step with each of `losses`, by turns; weights are seeded, and speed does not depend on them.
 */
export function trainingSteps<Name extends StepLoss>(rounds: number, losses: readonly Name[]) {
  const patches = seededImages(BATCH, SIDE, 5);
  const metrics = (['lite', 'alex'] as const).map((net) => Lpips.fromWeights(seededWeights(net), { net }));
  const [lite, alex] = metrics as [Lpips, Lpips];
  const lossOf: Record<StepLoss, SampleLoss> = {
    MSE: reconstructionLoss({ lpips: lite, pixel: 'l2', perceptualWeight: 0 }),
    'L1 + LPIPS, lite': reconstructionLoss({ lpips: lite, randomShift: SHIFT }),
    'L1 + LPIPS, alex': reconstructionLoss({ lpips: alex, randomShift: SHIFT }),
  };
  const models = losses.map(() => autoencoder(1));
  const contenders = losses.map((name, index): [Name, Contender] => {
    const model = models[index] ?? autoencoder(1);
    return [name, stepOf(model, lossOf[name], patches)];
  });
  const medians = alternate(Object.fromEntries(contenders) as Record<Name, Contender>, { rounds });
  for (const one of [patches, ...metrics, ...models]) one.dispose();
  return medians;
}

function stepOf(model: LayersModel, loss: SampleLoss, patches: Tensor4D): Contender {
  const optimizer = train.adam(1e-3);
  const variables = model.trainableWeights.map((weight) => weight.read() as Variable);
  return () => {
    const cost = optimizer.minimize(
      () => mean<Scalar>(loss(patches, model.apply(patches, { training: true }) as Tensor)),
      true,
      variables,
    );
    cost?.dataSync();
    cost?.dispose();
  };
}
