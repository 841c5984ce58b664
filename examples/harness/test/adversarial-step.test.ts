/**
 * The step of a generator and a discriminator, beside the same step written down term by term, and captured.
 */
import {
  abs,
  add,
  type LayersModel,
  layers,
  mean,
  memory,
  mul,
  reshape,
  type Scalar,
  sequential,
  sub,
  type Tensor,
  type Tensor5D,
  tensor5d,
  train,
  type Variable,
} from '@tensorflow/tfjs';
import { mulberry32 } from 'lpips-core';
import { adaptiveWeight, discriminatorLoss, generatorLoss, patchDiscriminator } from 'lpips-loss';
import { captureStep } from 'tfjs-fused-training';
import { describe, expect, it } from 'vitest';
import { suiteOnBackend } from '../../../test/support/backends.js';
import { relativeError } from '../../../test/support/relative-error.js';
import { adversarialStep, type Players } from '../src/adversarial-step.js';

/** Adam divides by √v, so that rounding of small gradients shows. */
const ADAM = 1e-4;
const [SIDE, STEPS, WEIGHT] = [16, 8, 0.5];

function playersOf(): Players {
  const generator = sequential({
    layers: [
      layers.conv3d({
        filters: 4,
        kernelSize: 3,
        padding: 'same',
        activation: 'relu',
        inputShape: [2, SIDE, SIDE, 3],
      }),
      layers.conv3d({ filters: 3, kernelSize: 1, padding: 'same' }),
      layers.reshape({ targetShape: [2, SIDE, SIDE, 3] }),
    ],
  });
  const seeded = (model: LayersModel) => {
    const random = mulberry32(3);
    for (const weight of model.trainableWeights) {
      const variable = weight.read() as Variable;
      variable.assign(
        reshape(
          Array.from({ length: variable.size }, () => random() - 0.5),
          variable.shape,
        ),
      );
    }
    return model;
  };
  const discriminator = patchDiscriminator({
    inputShape: [SIDE, SIDE, 3],
    filters: 4,
    depth: 1,
    normalization: 'none',
  });
  return {
    generator: seeded(generator),
    discriminator: seeded(discriminator),
    optimizers: { generator: train.adam(0.01, 0.5), discriminator: train.adam(0.01, 0.5) },
    perceptual: (target, rebuilt) => mean(sub(target, rebuilt).square(), [1, 2, 3, 4]),
  };
}

const clipsOf = (seed: number): Tensor5D => {
  const random = mulberry32(seed);
  return tensor5d(
    Float32Array.from({ length: 4 * SIDE * SIDE * 3 }, () => 2 * random() - 1),
    [2, 2, SIDE, SIDE, 3],
  );
};

/** The step as the equations say it, with a pass of its own for each term. */
function termByTerm({ generator, discriminator, optimizers, perceptual }: Players) {
  const variables = (model: LayersModel) => model.trainableWeights.map((weight) => weight.read() as Variable);
  const logits = (clips: Tensor) => discriminator.apply(reshape(clips, [-1, SIDE, SIDE, 3])) as Tensor;
  return (clips: Tensor5D, weight: number) => {
    const rebuild = () => generator.apply(clips) as Tensor;
    const reconstruction = (rebuilt: Tensor) =>
      add<Scalar>(mean(abs(sub(rebuilt, clips))), mean(perceptual(clips, rebuilt)));
    const adversarial = (rebuilt: Tensor) => mean<Scalar>(generatorLoss('hinge', logits(rebuilt)));
    const rebuilt = rebuild();
    const ofGenerator = variables(generator);
    const lastLayer = ofGenerator.at(-2) as Variable;
    const balance = mul<Scalar>(
      weight,
      adaptiveWeight(
        () => reconstruction(rebuild()),
        () => adversarial(rebuild()),
        lastLayer,
      ),
    );
    optimizers.generator.minimize(
      () => add<Scalar>(reconstruction(rebuild()), mul(weight === 0 ? 0 : balance, adversarial(rebuild()))),
      false,
      ofGenerator,
    );
    if (weight === 0) return;
    optimizers.discriminator.minimize(
      () => mean<Scalar>(discriminatorLoss('hinge', logits(clips), logits(rebuilt))),
      false,
      variables(discriminator),
    );
  };
}

function trained(stepOf: (players: Players) => (clips: Tensor5D, weight: number) => unknown, weight: number) {
  const players = playersOf();
  const step = stepOf(players);
  for (let i = 0; i < STEPS; i++) step(clipsOf(i), weight);
  return [players.generator, players.discriminator].flatMap((model) =>
    model.getWeights().flatMap((values) => [...values.dataSync()]),
  );
}

await suiteOnBackend('a step of a generator and a discriminator', 'tensorflow', (name) => {
  describe(name, () => {
    it.each([0, WEIGHT])('with the weight %f: changes both as the equations say', (weight) => {
      expect(relativeError(trained(adversarialStep, weight), trained(termByTerm, weight))).toBeLessThan(ADAM);
    });

    it('captured, has the same bits', () => {
      let replays = 0;
      const captured = trained((players) => {
        const step = captureStep(adversarialStep(players), {
          onWarning: (message) => {
            throw new Error(message);
          },
        });
        return (clips, weight) => {
          step(clips, weight);
          replays = step.replays;
        };
      }, WEIGHT);
      expect(captured).toEqual(trained(adversarialStep, WEIGHT));
      expect(replays).toBeGreaterThan(2);
    });

    it('gives its losses and leaves no other tensor behind', () => {
      const step = adversarialStep(playersOf());
      const clips = clipsOf(1);
      for (const weight of [0, WEIGHT]) {
        const names =
          weight === 0 ? ['reconstruction'] : ['reconstruction', 'adversarialWeight', 'discriminator'];
        Object.values(step(clips, weight)).map((loss) => loss.dispose());
        const { numTensors } = memory();
        const losses = step(clips, weight);
        expect(Object.keys(losses)).toEqual(names);
        for (const loss of Object.values(losses)) {
          expect(Number.isFinite(loss.dataSync()[0])).toBe(true);
          loss.dispose();
        }
        expect(memory().numTensors).toBe(numTensors);
      }
    });
  });
});
