/**
 * @module
 * The worker that trains: the autoencoder of the autoencoder example twice, from the same seed, on the same patches in
 * the same order; one learns by squared error, the other by L1 + LPIPS. A step of one, a step of the other.
 */
import 'tfjs-wasm-kernels';
import {
  type AdamOptimizer,
  add,
  clipByValue,
  div,
  gather,
  io,
  mean,
  mul,
  reshape,
  type Scalar,
  square,
  sub,
  type Tensor,
  type Tensor4D,
  tidy,
  train,
  transpose,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { expose, transfer } from 'comlink';
import { autoencoder, type CodeSize } from 'example-harness/autoencoder';
import { type Lpips, LpipsError } from 'lpips-core';
import { loadLite } from 'lpips-core/browser';
import { checkLoss, reconstructionLoss, type SampleLoss } from 'lpips-loss';
import { drawPatches, type RgbPixels, seededRandom, seedOf, toBytes, wholeBetween } from 'lpips-pictures';
import { type BackendName, startBackend } from './backends.js';
import { bitmapOf, rasterOf } from './drawable.js';

/** Which loss a model learns by. */
export type LossName = 'mse' | 'lpips';

/** What is trained on, and how. */
export interface Plan {
  readonly backend: BackendName;
  readonly seed: number;
  /** Photographs to learn from, and those that are kept out. */
  readonly learn: readonly Blob[];
  readonly held: readonly Blob[];
}

/** How a model did so far. */
export interface Progress {
  readonly loss: LossName;
  readonly step: number;
  /** Its own loss, the mean since the last report. */
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

interface Learner {
  readonly loss: LossName;
  readonly model: LayersModel;
  readonly optimizer: AdamOptimizer;
  readonly lossOf: SampleLoss;
}

interface Session {
  readonly seed: number;
  readonly lpips: Lpips;
  readonly patches: Tensor4D;
  readonly held: Tensor4D;
  readonly learners: readonly Learner[];
  step: number;
}

const PATCHES = 384;
const HELD = 6;
/** Of the held-out patches, as they are shown. */
const COLUMNS = 3;
const BATCH = 4;
const LEARNING_RATE = 2e-3;
/** Of the 48 values of a block of 4x4 pixels it keeps 3: enough to tell what is on a patch after a minute. */
const CODE: CodeSize = { halvings: 2, channels: 3 };
/** Steps between two reports. */
const EACH = 10;
/** Pixels by which patches are cropped at random before LPIPS sees them: its pooling grid falls elsewhere each time. */
const SHIFT = 7;

let session: Session | undefined;
let isRunning = false;
let run: Promise<void> = Promise.resolve();

const trainer = {
  /** Begins anew. Nothing is trained yet. The held-out patches come back, three in a row. */
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

  /** Trains until `stop` is called; after that, from where it stopped. */
  go: async (onProgress: (progress: Progress) => Promise<void>): Promise<void> => {
    if (isRunning) return;
    const current = opened();
    isRunning = true;
    run = trainSteps(current, onProgress).finally(() => {
      isRunning = false;
    });
    await run;
  },

  /** Ends the training after its present step. */
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

expose(trainer);

async function trainSteps(
  current: Session,
  onProgress: (progress: Progress) => Promise<void>,
): Promise<void> {
  const sums = new Map<LossName, { value: number; milliseconds: number; steps: number }>();
  while (isRunning) {
    const random = seededRandom(seedOf(current.seed, 'step', current.step));
    const drawn = Array.from({ length: BATCH }, () => wholeBetween(random, 0, PATCHES - 1));
    const pictures = gather(current.patches, drawn);
    for (const learner of current.learners) {
      const started = performance.now();
      const value = await trainStep(learner, pictures, current.step + 1);
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
        const { value = Number.NaN, milliseconds = 0, steps = 1 } = sums.get(learner.loss) ?? {};
        const report = {
          ...(await judge(learner, current)),
          value: value / steps,
          stepMs: milliseconds / steps,
        };
        await onProgress(transfer(report, [report.picture]));
      }
      sums.clear();
    }
    await nextTask(); // so that "stop" is heard
  }
}

async function trainStep(
  { model, optimizer, lossOf }: Learner,
  pictures: Tensor4D,
  step: number,
): Promise<number> {
  const cost = optimizer.minimize(
    () => mean<Scalar>(lossOf(pictures, model.apply(pictures, { training: true }) as Tensor)),
    true,
  );
  const [value = Number.NaN] = cost ? await cost.data() : [];
  cost?.dispose();
  checkLoss(step, value);
  return value;
}

async function judge({ loss, model }: Learner, { lpips, held, step }: Session) {
  const rebuilt = tidy(() => clipByValue(model.predict(held) as Tensor4D, -1, 1));
  const distance = tidy(() => mean(lpips.distance(rebuilt, held)));
  // Values in [-1, 1]: a difference of 2 is one of white and black.
  const error = tidy(() => mean(square(div(sub(rebuilt, held), 2)), [1, 2, 3]));
  const [lpipsValue = Number.NaN] = await distance.data();
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
