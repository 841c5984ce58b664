/**
 * @module
 * What is computed on a device and compared with another backend: distances and gradients of the metric, and the first steps of
 * a training, with the time that each takes. Values are awaited, as a GPU gives them.
 */
import {
  grad,
  mean,
  type Scalar,
  type Tensor,
  type Tensor4D,
  tidy,
  train,
  type Variable,
} from '@tensorflow/tfjs';
import { autoencoder } from 'example-harness/autoencoder';
import { Lpips, type NetName } from 'lpips-core';
import { reconstructionLoss } from 'lpips-loss';
import { takeNumber, takeValues } from 'lpips-node';
import { median } from '../src/alternate.js';
import { seededImages, seededWeights } from '../src/seeded.js';

/** How much is computed. */
export interface Workload {
  readonly nets: readonly NetName[];
  /** Batch and side of the images. */
  readonly shapes: readonly (readonly [batch: number, side: number])[];
  /** Batch and side of the patches that the training takes. */
  readonly patches: readonly [batch: number, side: number];
  readonly steps: number;
  /** Timed turns; as many as a third of them, rounded up, come before. */
  readonly rounds: number;
}

/** One comparison of two batches. */
interface MeasuredCase {
  /** Such as `alex, 8x64x64`. */
  readonly title: string;
  /** `[batch]` */
  readonly distance: Float32Array;
  /** Of Σ distance, with respect to the image. */
  readonly gradient: Float32Array;
  /** Median milliseconds of the distance alone, and with its gradient. */
  readonly forwardMs: number;
  readonly gradientMs: number;
}

/** A short training of the examples' autoencoder with L1 + LPIPS of `lite`. */
interface MeasuredTraining {
  readonly title: string;
  /** Loss of each step. */
  readonly losses: readonly number[];
  /** Median milliseconds of a step, the first left out. */
  readonly stepMs: number;
}

/** What a backend computed. */
export interface Measured {
  readonly cases: readonly MeasuredCase[];
  readonly training: MeasuredTraining;
}

/** Computes the workload on the current backend. */
export async function measure(work: Workload): Promise<Measured> {
  const cases: MeasuredCase[] = [];
  for (const net of work.nets) {
    const lpips = Lpips.fromWeights(seededWeights(net), { net, onWarning: null });
    for (const shape of work.shapes) cases.push(await measureCase(lpips, shape, work.rounds));
    lpips.dispose();
  }
  return { cases, training: await measureTraining(work) };
}

async function measureCase(
  lpips: Lpips,
  [batch, side]: readonly [number, number],
  rounds: number,
): Promise<MeasuredCase> {
  const [image, reference] = [seededImages(batch, side, 5), seededImages(batch, side, 6)];
  const distanceOf = () => takeValues(lpips.distance(image, reference));
  const gradientOf = () =>
    takeValues(tidy(() => grad((x: Tensor) => lpips.distance(x as Tensor4D, reference))(image)));
  const forward = await timed(distanceOf, rounds);
  const gradient = await timed(gradientOf, rounds);
  for (const used of [image, reference]) used.dispose();
  return {
    title: `${lpips.net}, ${batch}x${side}x${side}`,
    distance: forward.result,
    gradient: gradient.result,
    forwardMs: forward.ms,
    gradientMs: gradient.ms,
  };
}

async function measureTraining({ patches: [batch, side], steps }: Workload): Promise<MeasuredTraining> {
  const lpips = Lpips.fromWeights(seededWeights('lite'), { net: 'lite', onWarning: null });
  const patches = seededImages(batch, side, 7);
  const model = autoencoder(1);
  const optimizer = train.adam(1e-3);
  const variables = model.trainableWeights.map((weight) => weight.read() as Variable);
  const loss = reconstructionLoss({ lpips });
  const [losses, times]: [number[], number[]] = [[], []];
  for (let step = 0; step < steps; step++) {
    const start = performance.now();
    const cost = optimizer.minimize(
      () => mean<Scalar>(loss(patches, model.apply(patches, { training: true }) as Tensor)),
      true,
      variables,
    );
    if (!cost) throw new Error('the optimizer returned no loss');
    losses.push(await takeNumber(cost));
    times.push(performance.now() - start);
  }
  for (const used of [lpips, patches, model, optimizer]) used.dispose();
  const title = `a training step, ${batch}x${side}x${side}, L1 + lite`;
  return { title, losses, stepMs: median(times.slice(1)) };
}

/** The last result, and the median time of a turn. */
async function timed<Result>(
  work: () => Promise<Result>,
  rounds: number,
): Promise<{ result: Result; ms: number }> {
  let result = await work();
  for (let round = 1; round < Math.ceil(rounds / 3); round++) result = await work();
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    result = await work();
    times.push(performance.now() - start);
  }
  return { result, ms: median(times) };
}
