/**
 * @module
 * Distillation: `lite` learns to give the distances of a teacher. First the pictures and the teacher's distances, both
 * kept on disk; then the recipe, some epochs under one cycle of the learning rate. All that is random follows from the
 * seed and the step, so a run that was killed goes on from its checkpoint to the same weights.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lpips, WeightMap } from 'lpips-core';
import { writeAtomically } from 'lpips-node/command';
import { randomWeights } from '../networks/random-weights.js';
import { randomStream, shuffled } from '../training/random-streams.js';
import { makePictures, makeTargets, planShards } from './make-shards.js';
import { oneCycle } from './one-cycle.js';
import type { PhotographFolder } from './photographs.js';
import { type Batch, type Place, Student } from './student.js';
import { type Shard, TripletCache } from './triplet-cache.js';
import { TRIPLET_BYTES } from './triplets.js';

/** The recipe. */
export interface DistillRecipe {
  /** Crops of photographs, each with two copies. */
  references: number;
  epochs: number;
  batch: number;
  /** Largest learning rate of the cycle. */
  rate: number;
}

export const DISTILL_RECIPE: Readonly<DistillRecipe> = { references: 20_000, epochs: 5, batch: 64, rate: 4e-3 };

/** Triplets of one file. */
const PER_SHARD = 250;
const CHECKPOINT = 'student.checkpoint';
const CHECKPOINT_STEPS = 100;

/** What a run is told, and what it tells. */
export interface DistillOptions extends Partial<DistillRecipe> {
  seed: number;
  /** Folder for pictures, the teacher's distances and checkpoints. */
  cacheDir: string;
  workers?: number;
  /** What is being done and how far it is. */
  onProgress?: (progress: DistillProgress) => void;
}

export interface DistillProgress {
  readonly stage: 'pictures' | 'teacher' | 'training';
  readonly done: number;
  readonly total: number;
  /** Mean over the last steps, while training. */
  readonly loss?: number;
}

/**
 * Trains `lite` against a teacher.
 *
 * @returns the weights, float32
 * @throws LpipsError where the cache is of another run, or the loss is no longer finite
 */
export async function distill(
  { photographs, digest }: PhotographFolder,
  teacher: Lpips,
  options: DistillOptions,
): Promise<WeightMap> {
  const { seed, cacheDir, workers, onProgress } = options;
  const recipe: DistillRecipe = {
    references: options.references ?? DISTILL_RECIPE.references,
    epochs: options.epochs ?? DISTILL_RECIPE.epochs,
    batch: options.batch ?? DISTILL_RECIPE.batch,
    rate: options.rate ?? DISTILL_RECIPE.rate,
  };
  const teacherName = `${teacher.net} ${teacher.version}`;
  const manifest = { photographs: digest, seed, references: recipe.references, teacher: teacherName, perShard: PER_SHARD };
  const cache = await TripletCache.open(cacheDir, manifest);
  const shards = planShards('recipe', recipe.references, PER_SHARD);
  await makePictures(cache, shards, { photographs, seed, mixture: 'training' }, {
    ...(workers !== undefined && { workers }),
    onMade: (done, total) => onProgress?.({ stage: 'pictures', done, total }),
  });
  await makeTargets(cache, shards, teacher, (done, total) => onProgress?.({ stage: 'teacher', done, total }));

  const student = new Student('lite', randomWeights('lite', seed));
  try {
    const run = JSON.stringify({ ...manifest, ...recipe });
    const path = join(cacheDir, CHECKPOINT);
    const saved = await readFile(path).catch(() => undefined);
    const place: Place = saved ? student.restore(saved, run, path) : { phase: 0, step: 0 };
    await followRecipe(student, cache, shards, recipe, {
      seed,
      first: place.step,
      save: (step) => writeAtomically(path, student.checkpoint(run, { phase: 0, step })),
      ...(onProgress && { onProgress }),
    });
    return new Map([...student.weights].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]));
  } finally {
    student.dispose();
  }
}

async function followRecipe(
  student: Student,
  cache: TripletCache,
  shards: readonly Shard[],
  { references, epochs, batch, rate }: DistillRecipe,
  {
    seed,
    first,
    save,
    onProgress,
  }: {
    seed: number;
    first: number;
    save: (step: number) => Promise<void>;
    onProgress?: (progress: DistillProgress) => void;
  },
): Promise<void> {
  const perEpoch = Math.floor(references / batch);
  const total = perEpoch * epochs;
  const targets = await Promise.all(shards.map((shard) => cache.readTargets(shard)));
  let order: Uint32Array = new Uint32Array();
  let orderOf = -1;
  let loss: number | undefined;
  for (let step = first; step < total; step++) {
    const epoch = Math.floor(step / perEpoch);
    if (epoch !== orderOf) {
      order = shuffled(references, randomStream(seed, 'order', epoch));
      orderOf = epoch;
    }
    const at = (step % perEpoch) * batch;
    const picked = await readBatch(cache, shards, targets, order.subarray(at, at + batch));
    const value = await student.learn(picked, oneCycle(step, total, rate));
    loss = loss === undefined ? value : 0.98 * loss + 0.02 * value;
    onProgress?.({ stage: 'training', done: step + 1, total, loss });
    if ((step + 1) % CHECKPOINT_STEPS === 0 || step + 1 === total) await save(step + 1);
  }
}

async function readBatch(
  cache: TripletCache,
  shards: readonly Shard[],
  targets: readonly Float32Array[],
  numbers: Uint32Array,
): Promise<Batch> {
  const batch = { pictures: new Uint8Array(numbers.length * TRIPLET_BYTES), targets: new Float32Array(2 * numbers.length) };
  for (const [index, number] of numbers.entries()) {
    const place = Math.floor(number / PER_SHARD);
    const shard = shards[place];
    const distances = targets[place];
    if (!shard || !distances) throw new RangeError(`distill: no triplet ${number}`);
    const within = number % PER_SHARD;
    batch.pictures.set(await cache.readPictures(shard, within, 1), index * TRIPLET_BYTES);
    batch.targets.set(distances.subarray(2 * within, 2 * within + 2), 2 * index);
  }
  return batch;
}
