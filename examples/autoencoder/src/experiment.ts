/**
 * @module
 * The whole comparison: one autoencoder is trained under MSE and under L1 + LPIPS, from the same start on the same patches.
 * Both then rebuild photographs that neither has seen.
 */
import { join } from 'node:path';
import { clipByValue, mul, round, sub, type Tensor4D, tidy } from '@tensorflow/tfjs';
import { autoencoder, type CodeSize } from 'example-harness/autoencoder';
import { type Collection, wholePicture } from 'example-harness/collection';
import { rastersOf } from 'example-harness/rasters';
import { resumeTraining, type TrainingPlan, trainInStretches } from 'example-harness/stretches';
import { restoreModel } from 'example-harness/training-state';
import { at, type Lpips, type WeightMap } from 'lpips-core';
import { reconstructionLoss, type SampleLoss } from 'lpips-loss';
import { drawPatches, type Raster, type RgbPixels, seedOf } from 'lpips-pictures';
import { type Judges, judge, meanVerdict, quickestOf, type Verdict } from './judges.js';
import { type Recipe, trainStretch } from './training.js';

/** The losses, in the order of training. */
const LOSSES = ['mse', 'l1-lpips'] as const;
export type LossName = (typeof LOSSES)[number];
export const LOSS_NAMES: Readonly<Record<LossName, string>> = { mse: 'MSE', 'l1-lpips': 'L1 + LPIPS' };

/** The code keeps 4 of the 48 values of a block of 4x4 pixels: so few that the losses must choose what to give up. */
export const CODE: CodeSize = { halvings: 2, channels: 4 };

/** How much of everything. */
export interface Size extends Omit<Recipe, 'seed'> {
  /** Patches to learn from, and held-out ones that judge. */
  readonly patches: number;
  readonly held: number;
  /** Largest height and width of the held-out photographs that are shown whole, in pixels. */
  readonly shown: number;
}

export const FULL: Size = {
  steps: 450,
  stretch: 45,
  batch: 4,
  learningRate: 2e-3,
  patches: 1024,
  held: 48,
  shown: 400,
};

/** For tests: enough for the perceptual term to show. */
export const QUICK: Size = { ...FULL, steps: 60, stretch: 15, patches: 128, held: 12, shown: 64 };

/** Patches are cropped at random by up to this many pixels before LPIPS sees them, so that its pooling grid moves. */
const SHIFT = 7;
/** Held-out patches that each point of the curves is measured on. */
const CURVE_PATCHES = 16;

/** What to compare, and what is called after each step. */
export interface ExperimentOptions {
  readonly collection: Collection;
  /** The metric in the loss. */
  readonly teacher: Lpips;
  readonly judges: Judges;
  readonly size: Size;
  readonly seed: number;
  /** Folder of the checkpoints. */
  readonly out: string;
  readonly resume: boolean;
  readonly onStep: (loss: LossName, step: number, value: number) => void;
}

/** What one training came to. */
export interface Outcome {
  readonly loss: LossName;
  readonly curve: readonly Point[];
  /** Mean time of a training step, in milliseconds. */
  readonly stepMs: number;
  /** Held-out patches and photographs as the model rebuilt them. */
  readonly patches: Rebuilt;
  readonly wholes: readonly Rebuilt[];
}

/** A point of the curves. */
export interface Point {
  readonly step: number;
  /** mean over the steps since the last point */
  readonly loss: number;
  /** means over held-out patches */
  readonly lpips: number;
  readonly haarPsi: number;
  readonly psnr: number;
}

/** Where a training stands. */
interface Standing {
  readonly step: number;
  readonly curve: readonly Point[];
  /** Time of training alone, over all steps so far. */
  readonly seconds: number;
}

/** Rebuilt pictures, and how close each is to its original. */
interface Rebuilt {
  readonly pictures: readonly Raster[];
  readonly verdicts: readonly Verdict[];
  readonly mean: Verdict;
}

/** The comparison. */
export interface Comparison {
  readonly outcomes: readonly Outcome[];
  /** Originals of the held-out patches, and of the photographs that are shown whole. */
  readonly patches: readonly Raster[];
  readonly wholes: readonly Raster[];
}

/** Trains and judges both; the checkpoints stay in `out`. */
export async function compareLosses(options: ExperimentOptions): Promise<Comparison> {
  const { collection, size, seed } = options;
  const photographs = ({ photograph }: { photograph: RgbPixels }) => photograph;
  const patches = drawPatches(collection.train.map(photographs), seedOf(seed, 'train'), size.patches);
  const held = drawPatches(collection.held.map(photographs), seedOf(seed, 'held out'), size.held);
  const wholes = await Promise.all(
    collection.held.map(async ({ photograph }) => wholePicture(photograph, size.shown)),
  );
  const outcomes: Outcome[] = [];
  for (const loss of LOSSES) {
    const model = autoencoder(seed, CODE);
    const { state, curve, seconds } = await trainUnder(loss, model, { patches, held }, options);
    restoreModel(model, 'model', state);
    const rebuildAndJudge = async (originals: Tensor4D): Promise<Rebuilt> => {
      const rebuilt = rebuild(model, originals);
      const verdicts = await judge(options.judges, rebuilt, originals);
      const pictures = await rastersOf(rebuilt);
      rebuilt.dispose();
      return { pictures, verdicts, mean: meanVerdict(verdicts) };
    };
    const whole: Rebuilt[] = [];
    for (const original of wholes) whole.push(await rebuildAndJudge(original));
    outcomes.push({
      loss,
      curve,
      stepMs: (1000 * seconds) / size.steps,
      patches: await rebuildAndJudge(held),
      wholes: whole,
    });
    model.dispose();
  }
  const comparison = {
    outcomes,
    patches: await rastersOf(held),
    wholes: (await Promise.all(wholes.map(rastersOf))).flat(),
  };
  for (const images of [patches, held, ...wholes]) images.dispose();
  return comparison;
}

/** Trains from the last checkpoint, or from the start, to the end. */
async function trainUnder(
  loss: LossName,
  model: ReturnType<typeof autoencoder>,
  { patches, held }: { patches: Tensor4D; held: Tensor4D },
  { collection, teacher, judges, size, seed, out, resume, onStep }: ExperimentOptions,
): Promise<Standing & { readonly state: WeightMap }> {
  const { shown: _, ...learned } = size;
  const plan: TrainingPlan = {
    program: 'autoencoder',
    path: join(out, `${loss}.safetensors`),
    asked: { loss, net: teacher.net, seed, ...learned, photographs: collection.digest },
    steps: size.steps,
    stretch: size.stretch,
    resume,
  };
  const stretch = {
    model,
    patches,
    recipe: { seed, ...size },
    lossFrom: (offsets: number) => lossOf(loss, teacher, offsets),
    onStep: (step: number, value: number) => onStep(loss, step, value),
  };
  const curves = held.slice([0, 0, 0, 0], [Math.min(CURVE_PATCHES, size.held), -1, -1, -1]);
  const start = await resumeTraining<Standing>(plan, { step: 0, curve: [], seconds: 0 });
  const { state, standing } = await trainInStretches(plan, start, async (from, last) => {
    const { step, curve, seconds } = from.standing;
    const end = await trainStretch(stretch, step, last, from.state);
    const rebuilt = rebuild(model, curves);
    const { lpips, haarPsi, psnr } = meanVerdict(await judge(quickestOf(judges), rebuilt, curves));
    rebuilt.dispose();
    const point: Point = { step: last, loss: end.loss, lpips: at(lpips, 0), haarPsi, psnr };
    return {
      state: end.state,
      standing: { step: last, curve: [...curve, point], seconds: seconds + end.seconds },
    };
  });
  curves.dispose();
  return { state, ...standing };
}

/** The loss that is minimised. */
function lossOf(loss: LossName, lpips: Lpips, seed: number): SampleLoss {
  return loss === 'mse'
    ? reconstructionLoss({ lpips, pixel: 'l2', perceptualWeight: 0 })
    : reconstructionLoss({ lpips, pixel: 'l1', randomShift: SHIFT, seed });
}

/** What the model makes of pictures, rounded to 8 bits; the caller disposes. */
function rebuild(model: ReturnType<typeof autoencoder>, originals: Tensor4D): Tensor4D {
  return tidy(() => {
    const output = clipByValue(model.predict(originals) as Tensor4D, -1, 1);
    return sub(mul(round(mul(sub(output, -1), 127.5)), 1 / 127.5), 1);
  });
}
