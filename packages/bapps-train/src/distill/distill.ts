/**
 * @module
 * Distillation: `lite` learns the distances of a teacher. The run first makes the pictures and the teacher's distances,
 * and keeps both on disk. It then trains the student in three parts: the recipe, which is some epochs under one cycle
 * of the learning rate; the rounds, in each of which an autoencoder is trained under the student and the student learns
 * from its pictures; and one long cycle over all pictures. Every random number follows from the seed and the step, so
 * that a run that was killed goes on from its checkpoint to the same weights.
 */
import { join } from 'node:path';
import { cannot, checkText, Lpips, type WeightMap } from 'lpips-core';
import { asOnlyWriter, writeAtomically } from 'lpips-node/files';
import { type Random, seededRandom, seedOf } from 'lpips-pictures';
import { checkMetric, checkRecord } from '../check-arguments.js';
import { exists } from '../files/exists.js';
import { readSealed } from '../files/read-sealed.js';
import { copyWeights } from '../networks/copy-weights.js';
import { randomWeights } from '../networks/random-weights.js';
import { randomOrder, randomStream } from '../training/random-streams.js';
import { AUTOENCODER_TRAINING } from './autoencoder.js';
import { LargeTriplets } from './large-triplets.js';
import { makePictures, makeTargets } from './make-shards.js';
import { onPolicyCount, onPolicyTriplets } from './on-policy.js';
import { oneCycle } from './one-cycle.js';
import type { PhotographFolder } from './read-photographs.js';
import { recipeShards, tripletsOf } from './recipe-triplets.js';
import { type Batch, type Place, Student } from './student.js';
import { type Shard, TripletCache } from './triplet-cache.js';
import { TripletReader } from './triplet-reader.js';

/** The recipe, the rounds after it and the last cycle. */
export interface DistillRecipe {
  /** Crops of photographs, each with two copies. */
  references: number;
  epochs: number;
  batch: number;
  /** Largest learning rate of the cycle. */
  rate: number;
  /** Number of rounds, each with an autoencoder of its own. */
  rounds: number;
  /** Steps of the student in a round, half of each batch from the recipe and half from all rounds so far. */
  roundSteps: number;
  /** Largest learning rate of a round's cycle. */
  roundRate: number;
  /** Steps of a round's autoencoder. */
  autoencoderSteps: number;
  /** Steps after the rounds, an eighth of each batch from the rounds. */
  finishSteps: number;
  /** Largest learning rate of their cycle. */
  finishRate: number;
  /**
   * References of 128x128 pixels, and a quarter as many of 256x256. A quarter of the last steps is taken with them.
   */
  largeReferences: number;
}

export const DISTILL_RECIPE: Readonly<DistillRecipe> = {
  references: 40_000,
  epochs: 2,
  batch: 64,
  rate: 4e-3,
  rounds: 4,
  roundSteps: 250,
  roundRate: 1e-3,
  autoencoderSteps: AUTOENCODER_TRAINING.steps,
  finishSteps: 6000,
  finishRate: 3e-3,
  largeReferences: 0,
};

/** Share of a batch that comes from the rounds: in a round, and in the last cycle. */
const [ROUND_SHARE, FINISH_SHARE] = [1 / 2, 1 / 8];

/**
 * Activations of the autoencoders. The rounds take them in turn, so that the student meets several kinds of generator.
 */
const ACTIVATIONS = ['swish', 'swish', 'swish', 'relu', 'elu'] as const;

const CHECKPOINT = 'student.checkpoint';

/** Options of a run. */
export interface DistillOptions extends Partial<DistillRecipe> {
  seed: number;
  /** Folder for pictures, the teacher's distances and checkpoints. */
  cacheDir: string;
  /** Threads that make pictures; 0 = this thread. Default: one for each core. */
  workers?: number;
  /** Steps between two checkpoints; every cycle ends with one. Default 100. */
  checkpointSteps?: number;
  onProgress?: (progress: DistillProgress) => void;
}

/** The stage that is running, and its progress. */
export interface DistillProgress {
  /** 0 = the recipe; from 1 the rounds; the last cycle counts as one more round. */
  readonly round: number;
  readonly stage: 'pictures' | 'teacher' | 'training' | 'autoencoder';
  readonly done: number;
  readonly total: number;
  /** Moving mean of the loss, while training. */
  readonly loss?: number;
}

/**
 * Trains `lite` against a teacher.
 *
 * @returns the weights, float32
 * @throws LpipsError if the cache belongs to another run, another run writes there, or the loss is not finite
 */
export async function distill(
  photographs: PhotographFolder,
  teacher: Lpips,
  options: DistillOptions,
): Promise<WeightMap> {
  checkRecord('distill', 'photographs', photographs, ['photographs', 'digest']);
  checkMetric('distill', 'teacher', teacher);
  checkRecord('distill', 'options', options, ['seed', 'cacheDir']);
  checkText('distill', 'cacheDir', options.cacheDir);
  const { cacheDir } = options;
  const writer = { where: 'distill', what: cacheDir };
  return await asOnlyWriter(join(cacheDir, '.writer'), writer, () =>
    distillAlone(photographs, teacher, options),
  );
}

async function distillAlone(
  { photographs, digest }: PhotographFolder,
  teacher: Lpips,
  { seed, cacheDir, workers, checkpointSteps = 100, onProgress, ...options }: DistillOptions,
): Promise<WeightMap> {
  const recipe: DistillRecipe = { ...DISTILL_RECIPE, ...options };
  const { references, batch, epochs } = recipe;
  const manifest = await tripletsOf(digest, seed, references, teacher);
  const cache = await TripletCache.open(cacheDir, manifest);
  const shards = recipeShards(references);
  await makePictures(
    cache,
    shards,
    { photographs, seed, mixture: 'training' },
    {
      ...(workers !== undefined && { workers }),
      onMade: (done, total) => onProgress?.({ round: 0, stage: 'pictures', done, total }),
    },
  );
  await makeTargets(cache, shards, teacher, (done, total) =>
    onProgress?.({ round: 0, stage: 'teacher', done, total }),
  );
  const triplets = await TripletReader.open(cache, shards);

  const student = new Student('lite', randomWeights('lite', seed));
  try {
    const run = JSON.stringify({ ...manifest, ...recipe });
    const path = join(cacheDir, CHECKPOINT);
    const place = await resume(student, run, path);
    /** A cycle of the learning rate, from its first step or from the checkpoint. */
    const cycle = async (round: number, lesson: Pick<Lesson, 'steps' | 'rate' | 'batchOf'>) => {
      if (round < place.phase) return;
      await learn(student, {
        ...lesson,
        first: round === place.phase ? place.step : 0,
        checkpointSteps,
        save: (step) => writeAtomically(path, student.checkpoint(run, { phase: round, step })),
        onLoss: (done, total, loss) => onProgress?.({ round, stage: 'training', done, total, loss }),
      });
    };
    await cycle(0, {
      steps: epochs * Math.floor(references / batch),
      rate: recipe.rate,
      batchOf: (step) => readEpochs(triplets, batch, seed, step),
    });
    const roundShards: Shard[] = [];
    /** A cycle over a mixture of the recipe and all rounds so far, with large pictures in some steps. */
    const mixedCycle = async (
      round: number,
      steps: number,
      rate: number,
      share: number,
      large?: LargeTriplets,
    ) => {
      if (round < place.phase) return;
      const rounds = await TripletReader.open(cache, roundShards);
      const fromRounds = Math.floor(batch * share);
      await cycle(round, {
        steps,
        rate,
        batchOf: (step) => {
          const random = seededRandom(seedOf(seed, 'round', round, step));
          return (
            large?.batchOf(step, batch, random) ??
            readMixed([triplets, batch - fromRounds], [rounds, fromRounds], random)
          );
        },
      });
    };
    for (let round = 1; round <= recipe.rounds; round++) {
      const shard = { kind: 'round', index: round, triplets: onPolicyCount(recipe.autoencoderSteps) };
      if (round <= place.phase && !(await cache.has(shard, 'pictures'))) {
        const why = `its pictures are missing from ${cacheDir}`;
        throw cannot('distill', `repeat round ${round}`, why, 'Delete the checkpoint to begin anew.');
      }
      const made = { student, teacher, triplets, seed, steps: recipe.autoencoderSteps };
      await makeRound(cache, shard, { ...made, ...(onProgress && { onProgress }) });
      roundShards.push(shard);
      await mixedCycle(round, recipe.roundSteps, recipe.roundRate, ROUND_SHARE);
    }
    const last = recipe.rounds + 1;
    const large = await LargeTriplets.open(recipe.largeReferences, {
      cache,
      photographs,
      seed,
      teacher,
      ...(workers !== undefined && { workers }),
      onProgress: (stage, done, total) => onProgress?.({ round: last, stage, done, total }),
    });
    await mixedCycle(last, recipe.finishSteps, recipe.finishRate, FINISH_SHARE, large);
    return copyWeights(student.weights);
  } finally {
    student.dispose();
  }
}

/** Restores the checkpoint, if there is one. */
async function resume(student: Student, run: string, path: string): Promise<Place> {
  if (!(await exists(path))) return { phase: 0, step: 0 };
  return student.restore(await readSealed(path, 'checkpoint', 'Delete it to begin anew.'), run, path);
}

interface Lesson {
  readonly steps: number;
  /** The step to begin with. */
  readonly first: number;
  readonly rate: number;
  readonly batchOf: (step: number) => Promise<Batch>;
  readonly checkpointSteps: number;
  readonly save: (step: number) => Promise<void>;
  readonly onLoss: (done: number, total: number, loss: number) => void;
}

/** Trains under one cycle of the learning rate, and saves every few steps and at the end. */
async function learn(student: Student, lesson: Lesson): Promise<void> {
  const { steps, first, rate, batchOf, checkpointSteps, save, onLoss } = lesson;
  let loss: number | undefined;
  for (let step = first; step < steps; step++) {
    const value = await student.learn(await batchOf(step), oneCycle(step, steps, rate));
    loss = loss === undefined ? value : 0.98 * loss + 0.02 * value;
    onLoss(step + 1, steps, loss);
    if ((step + 1) % checkpointSteps === 0 || step + 1 === steps) await save(step + 1);
  }
}

/** Every triplet once in an epoch, in another order each time. The rest that fills no batch is left out. */
function readEpochs(triplets: TripletReader, batch: number, seed: number, step: number): Promise<Batch> {
  const perEpoch = Math.floor(triplets.length / batch);
  const order = randomOrder(triplets.length, randomStream(seed, 'order', Math.floor(step / perEpoch)));
  const at = (step % perEpoch) * batch;
  return triplets.read(order.subarray(at, at + batch));
}

/** A batch with so many triplets of the recipe and of the rounds; without rounds, all are of the recipe. */
async function readMixed(
  [recipe, fromRecipe]: readonly [TripletReader, number],
  [rounds, fromRounds]: readonly [TripletReader, number],
  random: Random,
): Promise<Batch> {
  if (rounds.length === 0) return recipe.draw(fromRecipe + fromRounds, random);
  const a = await recipe.draw(fromRecipe, random);
  const b = await rounds.draw(fromRounds, random);
  const pictures = new Uint8Array(a.pictures.length + b.pictures.length);
  pictures.set(a.pictures);
  pictures.set(b.pictures, a.pictures.length);
  return { pictures, targets: Float32Array.of(...a.targets, ...b.targets) };
}

/** Makes the pictures of a round and the teacher's distances, unless they exist: see on-policy.ts. */
async function makeRound(
  cache: TripletCache,
  shard: Shard,
  {
    student,
    teacher,
    triplets,
    seed,
    steps,
    onProgress,
  }: {
    student: Student;
    teacher: Lpips;
    triplets: TripletReader;
    seed: number;
    steps: number;
    onProgress?: (progress: DistillProgress) => void;
  },
): Promise<void> {
  const round = shard.index;
  if (!(await cache.has(shard, 'pictures'))) {
    const roundSeed = seedOf(seed, 'round', round);
    const lpips = Lpips.fromWeights(student.weights, { net: 'lite' });
    try {
      const pictures = await onPolicyTriplets(lpips, teacher, {
        seed: roundSeed,
        activation: ACTIVATIONS[(round - 1) % ACTIVATIONS.length] ?? 'swish',
        steps,
        batchOf: async (step, count) => {
          const random = seededRandom(seedOf(roundSeed, 'batch', step));
          return (await triplets.draw(count, random)).pictures;
        },
        onStep: (done, total) => onProgress?.({ round, stage: 'autoencoder', done, total }),
      });
      await cache.writePictures(shard, pictures);
    } finally {
      lpips.dispose();
    }
  }
  await makeTargets(cache, [shard], teacher, (done, total) =>
    onProgress?.({ round, stage: 'teacher', done, total }),
  );
}
