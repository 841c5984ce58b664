/**
 * @module
 * Training steps of a small autoencoder, as they are and captured.
 */
import { readFile } from 'node:fs/promises';
import {
  abs,
  add,
  initializers,
  layers,
  mean,
  type Optimizer,
  randomUniform,
  type Scalar,
  type Sequential,
  sequential,
  square,
  sub,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs';
import { Lpips, liteWeightsUrl, parseSafetensors } from 'lpips-core';
import { type CapturedStep, captureStep } from '../../packages/training/src/index.js';

/** The loss of each step, and the weights after the last. */
export interface Training {
  readonly losses: number[];
  readonly weights: Float32Array[];
}

/** An autoencoder of strided convolutions and upsampling, for images of any size that is even. */
export function autoencoder(): Sequential {
  let seed = 1;
  const convolution = (filters: number, kernelSize: number, rest: object) =>
    layers.conv2d({
      filters,
      kernelSize,
      padding: 'same',
      kernelInitializer: initializers.glorotNormal({ seed: seed++ }),
      ...rest,
    });
  return sequential({
    layers: [
      convolution(16, 4, { strides: 2, activation: 'swish', inputShape: [null, null, 3] }),
      convolution(32, 3, { activation: 'swish' }),
      layers.upSampling2d({ size: [2, 2] }),
      convolution(3, 3, {}),
    ],
  });
}

/** Seeded images in [-1, 1]. */
export function images(seed: number, batch = 2, side = 32): Tensor4D {
  return randomUniform([batch, side, side, 3], -1, 1, 'float32', seed);
}

export type LossOf = (target: Tensor4D, rebuilt: Tensor4D) => Scalar;

const meanSquaredError: LossOf = (target, rebuilt) => mean(square(sub(rebuilt, target)));

/** L1 + LPIPS with the net lite; `dispose` when done. */
export async function perceptualLoss(): Promise<{ readonly lossOf: LossOf; readonly dispose: () => void }> {
  const { weights } = parseSafetensors(await readFile(liteWeightsUrl));
  const lpips = Lpips.fromWeights(weights, { net: 'lite' });
  return {
    lossOf: (target, rebuilt) =>
      add(mean(abs(sub(rebuilt, target))), mean<Scalar>(lpips.distance(rebuilt, target, { range: [-1, 1] }))),
    dispose: () => lpips.dispose(),
  };
}

/** A step of an optimiser for a model. */
export function stepOf(model: Sequential, optimizer: Optimizer, lossOf: LossOf = meanSquaredError) {
  return (batch: Tensor4D): Scalar =>
    optimizer.minimize(
      () => lossOf(batch, model.apply(batch, { training: true }) as Tensor4D),
      true,
    ) as Scalar;
}

/** Trains an autoencoder with a step that was made for it, 25 times; the learning rate changes on the way. */
export function trained(
  optimizer: Optimizer,
  wrap: (step: (batch: Tensor4D) => Scalar) => (batch: Tensor4D) => Scalar,
  lossOf: LossOf = meanSquaredError,
  batches: readonly Tensor4D[] = [images(1), images(2), images(3)],
): Training {
  const model = autoencoder();
  const step = wrap(stepOf(model, optimizer, lossOf));
  const losses: number[] = [];
  for (let i = 0; i < 25; i++) {
    if (i === 12) Object.assign(optimizer, { learningRate: 3e-3 });
    const batch = batches[i % batches.length] as Tensor4D;
    losses.push(takeValue(step(batch)));
  }
  const weights = model.getWeights().map((weight) => weight.dataSync<'float32'>());
  model.dispose();
  optimizer.dispose();
  return { losses, weights };
}

/** Captures a step that must not be refused. */
export function captured<Result>(step: (batch: Tensor4D) => Result): CapturedStep<[Tensor4D], Result> {
  return captureStep(step, {
    onWarning: (message) => {
      throw new Error(message);
    },
  });
}

/** The only value of a tensor, which is disposed. */
export function takeValue(tensor: Tensor): number {
  const [value = Number.NaN] = tensor.dataSync();
  tensor.dispose();
  return value;
}
