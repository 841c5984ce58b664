/**
 * @module
 * The worker that trains two autoencoders by turns, from the same seed on the same patches in the same order. One learns
 * by squared error, the other by L1 + LPIPS.
 */
import 'tfjs-wasm-kernels';
import {
  add,
  clipByValue,
  div,
  io,
  mean,
  mul,
  reshape,
  square,
  sub,
  type Tensor4D,
  tidy,
  train,
  transpose,
} from '@tensorflow/tfjs-core';
import { transfer } from 'comlink';
import { autoencoder, type CodeSize } from 'example-harness/autoencoder';
import { drawBatch, type Learner, stepOf, trainStep } from 'example-harness/train-step';
import { at, type Lpips, LpipsError } from 'lpips-core';
import { loadLite } from 'lpips-core/browser';
import { reconstructionLoss, type SampleLoss } from 'lpips-loss';
import { drawPatches, type RgbPixels, seedOf, toBytes } from 'lpips-pictures';
import { type BackendName, startBackend } from './backends.js';
import { bitmapOf, rasterOf } from './drawable.js';
import { exposePlainly } from './expose-plainly.js';

/** Which loss a model learns by. */
export type LossName = 'mse' | 'lpips';

/** The photographs to train on, and how. */
export interface Plan {
  readonly backend: BackendName;
  readonly seed: number;
  /** Photographs to learn from, and those that are kept out. */
  readonly learn: readonly Blob[];
  readonly held: readonly Blob[];
}

/** How far a model has come. */
export interface Progress {
  readonly loss: LossName;
  readonly step: number;
  /** Mean of its own loss since the last report. */
  readonly value: number;
  /** Means over the held-out patches. */
  readonly lpips: number;
  readonly psnr: number;
  /** The held-out patches as it rebuilds them, three in a row. */
  readonly picture: ImageBitmap;
  readonly stepMs: number;
}

/** The two files of a tfjs model. */
export interface ModelFiles {
  readonly json: string;
  readonly weights: ArrayBuffer;
}

interface NamedLearner extends Learner {
  readonly loss: LossName;
}

interface Session {
  readonly seed: number;
  readonly lpips: Lpips;
  readonly patches: Tensor4D;
  readonly held: Tensor4D;
  readonly learners: readonly NamedLearner[];
  step: number;
}

const PATCHES = 384;
const HELD = 6;
/** Number of held-out patches that are shown in a row. */
const COLUMNS = 3;
const BATCH = 4;
const LEARNING_RATE = 2e-3;
/** The code keeps 3 of the 48 values of a block of 4x4 pixels, enough to see what is on a patch after a minute. */
const CODE: CodeSize = { halvings: 2, channels: 3 };
/** Steps between two reports. */
const EACH = 10;
/** Patches are cropped at random by up to this many pixels before LPIPS sees them, so that its pooling grid moves. */
const SHIFT = 7;

let session: Session | undefined;
let isRunning = false;
let run: Promise<void> = Promise.resolve();

const trainer = {
  /** Begins anew, without training. Returns the held-out patches, three in a row. */
  prepare: async ({ backend, seed, learn, held }: Plan): Promise<ImageBitmap> => {
    dispose();
    await startBackend(backend, 'train');
    const lpips = await loadLite();
    const losses: Readonly<Record<LossName, SampleLoss>> = {
      mse: reconstructionLoss({ lpips, pixel: 'l2', perceptualWeight: 0 }),
      lpips: reconstructionLoss({ lpips, pixel: 'l1', randomShift: SHIFT, seed }),
    };
    session = {
      seed,
      lpips,
      patches: drawPatches(await photographsOf(learn), seedOf(seed, 'train'), PATCHES),
      held: drawPatches(await photographsOf(held), seedOf(seed, 'held out'), HELD),
      learners: (['mse', 'lpips'] as const).map((loss) => ({
        loss,
        model: autoencoder(seed, CODE),
        optimizer: train.adam(LEARNING_RATE),
        lossOf: losses[loss],
      })),
      step: 0,
    };
    return grid(session.held);
  },

  /** Trains until `stop` is called. Called again, it goes on from there. */
  go: async (onProgress: (progress: Progress) => Promise<void>): Promise<void> => {
    if (isRunning) return;
    const current = opened();
    isRunning = true;
    run = trainSteps(current, onProgress).finally(() => {
      isRunning = false;
    });
    await run;
  },

  /** Ends the training after its present step, and returns the number of steps. */
  stop: async (): Promise<number> => {
    isRunning = false;
    await run.catch(() => undefined);
    return session?.step ?? 0;
  },

  /** A model as `tf.loadLayersModel` reads it, with `name.weights.bin` beside it. */
  save: async (loss: LossName, name: string): Promise<ModelFiles> => {
    const model = opened().learners.find((each) => each.loss === loss)?.model;
    if (!model) throw new LpipsError(`There is no model that learned by ${loss}.`);
    const files: ModelFiles[] = [];
    await model.save(
      io.withSaveHandler(async (artifacts) => {
        files.push(filesOf(artifacts, name));
        return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
      }),
    );
    const [saved] = files;
    if (!saved) throw new Error('save: nothing was saved');
    return transfer(saved, [saved.weights]);
  },
};

/** What the page sees of this worker. */
export type Trainer = typeof trainer;

exposePlainly(trainer);

async function trainSteps(
  current: Session,
  onProgress: (progress: Progress) => Promise<void>,
): Promise<void> {
  const sums = new Map<LossName, { value: number; milliseconds: number; steps: number }>();
  while (isRunning) {
    const pictures = drawBatch(current.patches, BATCH, seedOf(current.seed, 'step', current.step));
    for (const learner of current.learners) {
      const started = performance.now();
      const value = await trainStep(stepOf(learner), pictures, current.step + 1);
      const sum = sums.get(learner.loss) ?? { value: 0, milliseconds: 0, steps: 0 };
      sum.value += value;
      sum.milliseconds += performance.now() - started;
      sum.steps++;
      sums.set(learner.loss, sum);
    }
    pictures.dispose();
    current.step++;
    if (current.step % EACH === 0 || current.step === 1) {
      for (const learner of current.learners) {
        const sum = sums.get(learner.loss);
        if (!sum) throw new RangeError(`trainSteps: no steps of ${learner.loss}`);
        const report = {
          ...(await judge(learner, current)),
          value: sum.value / sum.steps,
          stepMs: sum.milliseconds / sum.steps,
        };
        await onProgress(transfer(report, [report.picture]));
      }
      sums.clear();
    }
    await nextTask(); // so that "stop" is heard
  }
}

async function judge({ loss, model }: NamedLearner, { lpips, held, step }: Session) {
  const rebuilt = tidy(() => clipByValue(model.predict(held) as Tensor4D, -1, 1));
  const distance = tidy(() => mean(lpips.distance(rebuilt, held)));
  // Values lie in [-1, 1], so the difference of white and black is 2.
  const error = tidy(() => mean(square(div(sub(rebuilt, held), 2)), [1, 2, 3]));
  const lpipsValue = at(await distance.data(), 0);
  const errors = await error.data<'float32'>();
  const psnr = errors.reduce((sum, each) => sum - 10 * Math.log10(each), 0) / errors.length;
  const picture = await grid(rebuilt);
  for (const made of [rebuilt, distance, error]) made.dispose();
  return { loss, step, lpips: lpipsValue, psnr, picture };
}

/** Patches in rows of three. */
async function grid(patches: Tensor4D): Promise<ImageBitmap> {
  const [count, height, width] = patches.shape;
  const rows = count / COLUMNS;
  const joined = tidy(() => {
    const table = reshape(patches, [rows, COLUMNS, height, width, 3]);
    return mul(add(transpose(table, [0, 2, 1, 3, 4]), 1), 127.5); // [row, y, column, x, channel], 0 to 255
  });
  const values = await joined.data();
  joined.dispose();
  return bitmapOf(Uint8ClampedArray.from(values), { width: COLUMNS * width, height: rows * height });
}

async function photographsOf(files: readonly Blob[]): Promise<RgbPixels[]> {
  const photographs: RgbPixels[] = [];
  for (const file of files) {
    const bitmap = await createImageBitmap(file);
    const raster = rasterOf(bitmap);
    bitmap.close();
    photographs.push({ ...raster, data: new Uint8Array(toBytes(raster)) });
  }
  return photographs;
}

function filesOf(artifacts: io.ModelArtifacts, name: string): ModelFiles {
  const { modelTopology, weightSpecs = [], weightData = new ArrayBuffer(0), format, generatedBy } = artifacts;
  const paths = [`${name}.weights.bin`];
  const json = { modelTopology, format, generatedBy, weightsManifest: [{ paths, weights: weightSpecs }] };
  return { json: JSON.stringify(json), weights: io.concatenateArrayBuffers([weightData].flat()) };
}

function opened(): Session {
  if (!session) throw new LpipsError('The training has not been prepared.');
  return session;
}

function dispose(): void {
  if (!session) return;
  for (const { model, optimizer } of session.learners) {
    model.dispose();
    optimizer.dispose();
  }
  session.lpips.dispose();
  session.patches.dispose();
  session.held.dispose();
  session = undefined;
}

function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}
