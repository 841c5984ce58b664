/**
 * @module
 * One step after the other, in the manner of CogVideo's autoencoder (Yang et al. 2024) and of VQGAN (Esser et al. 2021):
 *
 *     generator      mean |x̂ − x| + LPIPS(x̂, x) + λ · w · hinge_G(D(x̂)),   λ = ‖∇rec‖ / (‖∇adv‖ + 10⁻⁴) at its last layer
 *     discriminator  hinge_D(D(x), D(x̂)), over the patches of single frames
 *
 * w is 0 until `start`, while the generator learns to reconstruct. A training is a row of stretches, each begun from a
 * checkpoint alone: clips and frames follow from the seed and the step.
 */
import {
  abs,
  add,
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
import { restoreState, saveState } from 'example-autoencoder/training-state';
import type { Lpips, WeightMap } from 'lpips-core';
import {
  adaptiveWeight,
  adversarialWeight,
  checkLoss,
  discriminatorLoss,
  generatorLoss,
  videoLpipsLoss,
} from 'lpips-loss';
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
  readonly start: number;
  /** Of the adversarial term, beside the adaptive one. */
  readonly weight: number;
}

/** Both players, the metric, and what is learned from. */
export interface Game {
  readonly generator: LayersModel;
  readonly discriminator: LayersModel;
  readonly lpips: Lpips;
  readonly photographs: readonly RgbPixels[];
}

/** What a step came to. */
export interface StepLog {
  readonly step: number;
  readonly reconstruction: number;
  /** λ · w; 0 before the discriminator counts. */
  readonly adversarialWeight: number;
  /** Undefined before it counts. */
  readonly discriminator: number | undefined;
}

/** Frames of a clip that LPIPS looks at in a step. */
const LOOKED_AT = 2;

/** Where a training stands; without state, it begins with the players' own weights. */
export interface Standing {
  readonly step: number;
  readonly state?: WeightMap;
}

/**
 * Trains both players from a checkpoint to the next one.
 *
 * @throws LpipsError naming the step, if a loss is no finite number
 */
export async function trainStretch(
  { generator, discriminator, lpips, photographs }: Game,
  recipe: Recipe,
  { step: first, state }: Standing,
  onStep: (log: StepLog) => void,
): Promise<Required<Standing>> {
  const { seed, steps, stretch, batch, learningRate, start, weight } = recipe;
  const [players, judges] = [train.adam(learningRate, 0.5), train.adam(learningRate, 0.5)];
  const learners = { models: { generator, discriminator }, optimizers: { players, judges } };
  if (state) await restoreState(learners, state);
  const [ofGenerator, ofDiscriminator] = [variablesOf(generator), variablesOf(discriminator)];
  const lastLayer = ofGenerator.at(-2); // the kernel; behind it stands the bias
  if (!lastLayer) throw new RangeError('trainStretch: expected a generator with weights');
  const perceptual = videoLpipsLoss(lpips, { frames: LOOKED_AT, seed: seedOf(seed, 'frames', first) });

  const last = Math.min(first + stretch, steps);
  for (let step = first + 1; step <= last; step++) {
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
          read(
            adaptiveWeight(
              () => reconstruction(rebuild()),
              () => adversarial(rebuild()),
              lastLayer,
            ),
          );
    let told = Number.NaN;
    players.minimize(
      () => {
        const rebuilt = rebuild();
        const loss = reconstruction(rebuilt);
        told = loss.dataSync()[0] ?? Number.NaN;
        return share === 0 ? loss : add<Scalar>(loss, mul(adversarial(rebuilt), balance));
      },
      false,
      ofGenerator,
    );
    checkLoss(step, told);
    let judged: number | undefined;
    if (share > 0) {
      const rebuilt = tidy(rebuild); // outside of minimize: a constant for the discriminator
      const cost = judges.minimize(
        () =>
          mean<Scalar>(
            discriminatorLoss('hinge', logits(discriminator, clips), logits(discriminator, rebuilt)),
          ),
        true,
        ofDiscriminator,
      );
      judged = cost ? read(cost) : Number.NaN;
      checkLoss(step, judged);
      rebuilt.dispose();
    }
    clips.dispose();
    onStep({ step, reconstruction: told, adversarialWeight: balance, discriminator: judged });
  }
  const saved = await saveState(learners);
  players.dispose();
  judges.dispose();
  return { step: last, state: saved };
}

/** `[batch, frames, 32, 32, 3]` → logits of `[batch · frames, rows, columns, 1]`. */
function logits(discriminator: LayersModel, clips: Tensor5D): Tensor {
  return discriminator.apply(reshape(clips, [-1, SIDE, SIDE, 3]), { training: true }) as Tensor;
}

function variablesOf(model: LayersModel): Variable[] {
  return model.trainableWeights.map((weight) => weight.read() as Variable);
}

function read(scalar: Scalar): number {
  const [value = Number.NaN] = scalar.dataSync();
  scalar.dispose();
  return value;
}
