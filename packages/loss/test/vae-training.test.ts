/**
 * Training a variational autoencoder with `vaeLoss`: beside an adversary, and with more and less of the KL divergence.
 */
import {
  add,
  layers,
  mean,
  memory,
  type Scalar,
  scalar,
  sequential,
  type Tensor,
  tidy,
  train,
  type Variable,
  variable,
} from '@tensorflow/tfjs';
import { at, type Lpips } from 'lpips-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  adaptiveWeight,
  codeSampler,
  diagonalGaussian,
  generatorLoss,
  klDivergence,
  negativeLogLikelihood,
  patchDiscriminator,
  reconstructionLoss,
  vaeLoss,
} from '../src/index.js';
import { liteOnWasm, seededImages, valuesOf } from './support/wasm.js';

let lpips: Lpips;
beforeAll(async () => {
  lpips = await liteOnWasm();
});
afterAll(() => lpips.dispose());

const SIDE = 16;
const image = () => seededImages(2, SIDE, 1);
const target = () => seededImages(2, SIDE, 2);
const learned = (value: number) => variable(scalar(value)) as Variable;

/** A small variational autoencoder: 16x16 pixels, a code of [4, 4, 2]. */
function smallVae() {
  const seeded = (seed: number) => ({ kernelInitializer: 'glorotUniform', seed }) as const;
  const encoder = sequential({
    layers: [
      layers.conv2d({
        filters: 4,
        kernelSize: 4,
        strides: 4,
        activation: 'relu',
        inputShape: [SIDE, SIDE, 3],
        ...seeded(1),
      }),
      layers.conv2d({ filters: 4, kernelSize: 1, ...seeded(2) }),
    ],
  });
  const decoder = sequential({
    layers: [
      layers.upSampling2d({ size: [4, 4], inputShape: [4, 4, 2] }),
      layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same', ...seeded(3) }),
    ],
  });
  const variables = [encoder, decoder].flatMap(({ trainableWeights }) =>
    trainableWeights.map((weight) => weight.read() as Variable),
  );
  return { encoder, decoder, variables };
}

describe('training with vaeLoss', () => {
  it('lowers the loss, moves every weight and s, and leaves the metric as it was, with an adversary, without a leak', () => {
    const { encoder, decoder, variables } = smallVae();
    const judge = patchDiscriminator({ inputShape: [SIDE, SIDE, 3], filters: 2, depth: 1 });
    const [s, x, probe] = [learned(0), image(), target()];
    const before = valuesOf(() => lpips.distance(x, probe));
    const start = variables.map((each) => [...each.dataSync()]);
    const [loss, error] = [
      vaeLoss({ lpips, klWarmUp: 10, decoderLogVariance: s }),
      reconstructionLoss({ lpips }),
    ];
    const [optimizer, sample] = [train.adam(0.02), codeSampler(1)];
    const rebuild = () => {
      const gaussian = diagonalGaussian(encoder.apply(x) as Tensor);
      return { gaussian, rebuilt: decoder.apply(sample(gaussian)) as Tensor };
    };
    const fooled = (rebuilt: Tensor) =>
      mean(generatorLoss('hinge', judge.apply(rebuilt) as Tensor)) as Scalar;
    const step = (index: number): number => {
      const weight = adaptiveWeight(
        () => mean(negativeLogLikelihood(error(x, rebuild().rebuilt), s)) as Scalar,
        () => fooled(rebuild().rebuilt),
        variables.at(-2) as Variable,
      );
      const cost = optimizer.minimize(
        () => {
          const { gaussian, rebuilt } = rebuild();
          return add(mean(loss(x, rebuilt, gaussian, index)), fooled(rebuilt).mul(weight).mul(0.1)) as Scalar;
        },
        true,
        [...variables, s],
      ) as Scalar;
      const value = at(cost.dataSync(), 0);
      cost.dispose();
      weight.dispose();
      return value;
    };
    const plain = () =>
      at(
        valuesOf(() =>
          mean(
            error(
              x,
              tidy(() => decoder.apply(diagonalGaussian(encoder.apply(x) as Tensor).mean) as Tensor),
            ),
          ),
        ),
        0,
      );
    const atFirst = plain();
    step(1);
    step(2);
    const { numTensors } = memory();
    for (let index = 3; index <= 40; index++) step(index);
    expect(memory().numTensors).toBe(numTensors);
    expect(plain()).toBeLessThan(atFirst);
    for (const [index, each] of variables.entries()) expect([...each.dataSync()]).not.toEqual(start[index]);
    expect(at(s.dataSync(), 0)).not.toBe(0);
    expect(valuesOf(() => lpips.distance(x, probe))).toEqual(before);
    for (const one of [encoder, decoder, judge, optimizer, s]) one.dispose();
  });

  it('pulls the code to the prior where the KL divergence weighs much, and not where it weighs nothing', () => {
    const divergenceAfter = (klWeight: number) => {
      const { encoder, decoder, variables } = smallVae();
      const [x, loss] = [image(), vaeLoss({ lpips, perceptualWeight: 0, klWeight })];
      const [optimizer, sample] = [train.adam(0.02), codeSampler(1)];
      for (let step = 0; step < 60; step++) {
        optimizer.minimize(
          () => {
            const gaussian = diagonalGaussian(encoder.apply(x) as Tensor);
            return mean(loss(x, decoder.apply(sample(gaussian)) as Tensor, gaussian)) as Scalar;
          },
          false,
          variables,
        );
      }
      const divergence = valuesOf(() => klDivergence(diagonalGaussian(encoder.apply(x) as Tensor)));
      for (const one of [encoder, decoder, optimizer]) one.dispose();
      return Math.max(...divergence);
    };
    expect(divergenceAfter(100)).toBeLessThan(0.2);
    expect(divergenceAfter(0)).toBeGreaterThan(2);
  });
});
