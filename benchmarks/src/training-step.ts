/**
 * @module
 * A training step of the example's autoencoder, 8 patches of 64x64, with MSE and with L1 + LPIPS, on the current backend.
 * The share of the loss is what a step takes beyond one with MSE.
 */
import { type LayersModel, mean, type Scalar, type Tensor, train, type Variable } from '@tensorflow/tfjs';
import { autoencoder } from 'example-autoencoder/model';
import { Lpips } from 'lpips-core';
import { reconstructionLoss, type SampleLoss } from 'lpips-loss';
import { alternate, type Contender } from './alternate.js';
import { seededImages, seededWeights } from './seeded.js';

/** Patches of a step, and their height and width. */
export const [BATCH, SIDE] = [8, 64];
const SHIFT = 7;

/** Losses that are compared. */
export type StepLoss = 'MSE' | 'L1 + LPIPS, lite' | 'L1 + LPIPS, alex';

/** Median milliseconds of a step; weights are seeded, and speed does not depend on them. */
export function trainingSteps(rounds = 7): Record<StepLoss, number> {
  const patches = seededImages(BATCH, SIDE, 5);
  const metrics = (['lite', 'alex'] as const).map((net) => Lpips.fromWeights(seededWeights(net), { net }));
  const [lite, alex] = metrics as [Lpips, Lpips];
  const models: LayersModel[] = [];
  const step = (loss: SampleLoss): Contender => {
    const model = autoencoder(1);
    models.push(model);
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
  };
  const withLpips = (lpips: Lpips) => step(reconstructionLoss({ lpips, randomShift: SHIFT }));
  const medians = alternate<StepLoss>(
    {
      MSE: step(reconstructionLoss({ lpips: lite, pixel: 'l2', perceptualWeight: 0 })),
      'L1 + LPIPS, lite': withLpips(lite),
      'L1 + LPIPS, alex': withLpips(alex),
    },
    { rounds },
  );
  for (const one of [patches, ...metrics, ...models]) one.dispose();
  return medians;
}
