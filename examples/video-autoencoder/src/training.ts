/**
 * @module
 * Trains the generator and the discriminator by turns, in the manner of CogVideo's autoencoder (Yang et al. 2024) and of
 * VQGAN (Esser et al. 2021):
 *
 *     generator      mean |x̂ − x| + LPIPS(x̂, x) + λ · w · hinge_G(D(x̂)),   λ = ‖∇rec‖ / (‖∇adv‖ + 10⁻⁴) at its last layer
 *     discriminator  hinge_D(D(x), D(x̂)), over the patches of single frames
 *
 * w is 0 until `start`, while the generator learns to reconstruct. Clips and frames follow from the seed and the step.
 */
import {
  abs,
  add,
  clone,
  keep,
  type LayersModel,
  mean,
  mul,
  reshape,
  type Scalar,
  sub,
  type Tensor,
  type Tensor5D,
  tidy,
  train,
  type Variable,
} from '@tensorflow/tfjs';
import { learn } from 'example-harness/training-state';
import type { Lpips, WeightMap } from 'lpips-core';
import {
  adaptiveWeight,
  adversarialWeight,
  checkLoss,
  discriminatorLoss,
  generatorLoss,
  videoLpipsLoss,
} from 'lpips-loss';
import { takeNumber } from 'lpips-node';
import { type RgbPixels, seedOf } from 'lpips-pictures';
import { drawClips, SIDE } from './clips.js';

/** How long, how fast, and when the discriminator begins to count. */
export interface Recipe {
  readonly seed: number;
  readonly steps: number;
  /** Steps between two checkpoints. */
  readonly stretch: number;
  /** Clips in a step. */
  readonly batch: number;
  readonly learningRate: number;
  /** First step in which the discriminator counts. */
  readonly start: number;
  /** Weight of the adversarial term, by which the adaptive weight is multiplied. */
  readonly weight: number;
}

/** Both players, the metric, and the photographs that clips are drawn from. */
export interface Game {
  readonly generator: LayersModel;
  readonly discriminator: LayersModel;
  readonly lpips: Lpips;
  readonly photographs: readonly RgbPixels[];
}

/** The losses of a step. */
export interface StepLog {
  readonly step: number;
  readonly reconstruction: number;
  /** λ · w; 0 before the discriminator counts. */
  readonly adversarialWeight: number;
  /** Undefined before it counts. */
  readonly discriminator: number | undefined;
}

/** Frames of a clip that LPIPS compares in a step. */
const COMPARED = 2;

/**
 * Trains both players by the steps after `first`, up to and including `last`.
 *
 * @param state without it, training begins with the players' own weights
 * @throws LpipsError naming the step, if a loss is not a finite number
 */
export async function trainStretch(
  { generator, discriminator, lpips, photographs }: Game,
  { seed, batch, learningRate, start, weight }: Recipe,
  first: number,
  last: number,
  state: WeightMap | undefined,
  onStep: (log: StepLog) => void,
): Promise<WeightMap> {
  const [players, judges] = [train.adam(learningRate, 0.5), train.adam(learningRate, 0.5)];
  const [ofGenerator, ofDiscriminator] = [variablesOf(generator), variablesOf(discriminator)];
  const lastLayer = ofGenerator.at(-2); // the kernel; the bias stands behind it
  if (!lastLayer) throw new RangeError('trainStretch: expected a generator with weights');
  const perceptual = videoLpipsLoss(lpips, { frames: COMPARED, seed: seedOf(seed, 'frames', first) });

  const takeStep = async (step: number): Promise<void> => {
    const clips = drawClips(photographs, seedOf(seed, 'step', step), batch);
    const rebuild = () => generator.apply(clips, { training: true }) as Tensor5D;
    const reconstruction = (rebuilt: Tensor5D) =>
      add<Scalar>(mean(abs(sub(rebuilt, clips))), mean(perceptual(clips, rebuilt)));
    const adversarial = (rebuilt: Tensor5D) =>
      mean<Scalar>(generatorLoss('hinge', logits(discriminator, rebuilt)));

    const share = adversarialWeight(step, { start, weight });
    const balance =
      share === 0
        ? 0
        : share *
          (await takeNumber(
            adaptiveWeight(
              () => reconstruction(rebuild()),
              () => adversarial(rebuild()),
              lastLayer,
            ),
          ));
    let reconstructed: Scalar | undefined;
    players.minimize(
      () => {
        const rebuilt = rebuild();
        const loss = reconstruction(rebuilt);
        reconstructed = keep(clone(loss)); // read after the step, since a GPU cannot be waited for within it
        return share === 0 ? loss : add<Scalar>(loss, mul(adversarial(rebuilt), balance));
      },
      false,
      ofGenerator,
    );
    if (!reconstructed) throw new Error('trainStretch: the optimizer computed no loss');
    const lossOfGenerator = await takeNumber(reconstructed);
    checkLoss(step, lossOfGenerator);
    let lossOfDiscriminator: number | undefined;
    if (share > 0) {
      const rebuilt = tidy(rebuild); // outside of minimize, so that it is a constant for the discriminator
      const cost = judges.minimize(
        () =>
          mean<Scalar>(
            discriminatorLoss('hinge', logits(discriminator, clips), logits(discriminator, rebuilt)),
          ),
        true,
        ofDiscriminator,
      );
      if (!cost) throw new Error('trainStretch: the optimizer returned no loss');
      lossOfDiscriminator = await takeNumber(cost);
      checkLoss(step, lossOfDiscriminator);
      rebuilt.dispose();
    }
    clips.dispose();
    onStep({
      step,
      reconstruction: lossOfGenerator,
      adversarialWeight: balance,
      discriminator: lossOfDiscriminator,
    });
  };
  const learners = { models: { generator, discriminator }, optimizers: { players, judges } };
  return learn(learners, state, async () => {
    for (let step = first + 1; step <= last; step++) await takeStep(step);
  });
}

/** `[batch, frames, 32, 32, 3]` → logits of `[batch · frames, rows, columns, 1]`. */
function logits(discriminator: LayersModel, clips: Tensor5D): Tensor {
  return discriminator.apply(reshape(clips, [-1, SIDE, SIDE, 3]), { training: true }) as Tensor;
}

function variablesOf(model: LayersModel): Variable[] {
  return model.trainableWeights.map((weight) => weight.read() as Variable);
}
