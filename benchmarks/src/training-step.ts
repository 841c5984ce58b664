/**
 * @module
 * A training step of the examples' autoencoder, 8 patches of 64x64, with MSE and with L1 + LPIPS, on the current backend.
 * The time of a step beyond that of a step with MSE is the share of the loss.
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
import { Lpips, type NetName } from 'lpips-core';
import { reconstructionLoss, type SampleLoss } from 'lpips-loss';
import { captureStep } from 'tfjs-fused-training';
import { alternate, type Contender } from './alternate.js';
import { seededImages, seededWeights } from './seeded.js';

/** Number of patches in a step, and their height and width. */
export const [BATCH, SIDE] = [8, 64];
const SHIFT = 7;

/** Losses that are compared. */
export const STEP_LOSSES = ['MSE', 'L1 + LPIPS, lite', 'L1 + LPIPS, alex', 'L1 + LPIPS, vgg'] as const;
/** The same as one operation, for a backend that can capture steps. */
export const CAPTURED_STEPS = [
  'MSE, captured',
  'L1 + LPIPS, lite, captured',
  'L1 + LPIPS, alex, captured',
  'L1 + LPIPS, vgg, captured',
] as const;
type Loss = (typeof STEP_LOSSES)[number];
export type StepLoss = Loss | (typeof CAPTURED_STEPS)[number];

const CAPTURED = /, captured$/;
/** Steps until a captured one is replayed. */
export const RECORDED_STEPS = 5;

/**
 * Milliseconds of each step with each of `losses`, by turns. Weights are seeded; speed does not depend on them.
 *
 * @param clock default: that of the wall
 */
export function trainingSteps<Name extends StepLoss>(
  rounds: number,
  losses: readonly Name[],
  clock?: () => number,
) {
  const patches = seededImages(BATCH, SIDE, 5);
  const metrics: Lpips[] = [];
  const metricOf = (net: NetName) => {
    const metric = Lpips.fromWeights(seededWeights(net), { net });
    metrics.push(metric);
    return metric;
  };
  const perceptual = (net: NetName) => reconstructionLoss({ lpips: metricOf(net), randomShift: SHIFT });
  const lossOf: Record<Loss, () => SampleLoss> = {
    MSE: () => reconstructionLoss({ lpips: metricOf('lite'), pixel: 'l2', perceptualWeight: 0 }),
    'L1 + LPIPS, lite': () => perceptual('lite'),
    'L1 + LPIPS, alex': () => perceptual('alex'),
    'L1 + LPIPS, vgg': () => perceptual('vgg'),
  };
  const models: LayersModel[] = [];
  const capturedSteps: { dispose(): void }[] = [];
  const contenders = losses.map((name): [Name, Contender] => {
    const model = autoencoder(1);
    models.push(model);
    const step = stepOf(model, lossOf[name.replace(CAPTURED, '') as Loss]());
    if (!CAPTURED.test(name)) return [name, () => takeStep(step, patches)];
    const captured = captureStep(step);
    for (let i = 0; i < RECORDED_STEPS; i++) takeStep(captured, patches);
    capturedSteps.push(captured);
    return [name, () => takeStep(captured, patches)];
  });
  const times = alternate(Object.fromEntries(contenders) as Record<Name, Contender>, {
    rounds,
    ...(clock && { clock }),
  });
  for (const one of [patches, ...metrics, ...capturedSteps, ...models]) one.dispose();
  return times;
}

function stepOf(model: LayersModel, loss: SampleLoss): (patches: Tensor4D) => Scalar {
  const optimizer = train.adam(1e-3);
  const variables = model.trainableWeights.map((weight) => weight.read() as Variable);
  return (patches) =>
    optimizer.minimize(
      () => mean<Scalar>(loss(patches, model.apply(patches, { training: true }) as Tensor)),
      true,
      variables,
    ) as Scalar;
}

function takeStep(step: (patches: Tensor4D) => Scalar, patches: Tensor4D): void {
  const cost = step(patches);
  cost.dataSync();
  cost.dispose();
}
