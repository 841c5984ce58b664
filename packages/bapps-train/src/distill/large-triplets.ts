/**
 * @module
 * Triplets of larger pictures for the last cycle. Features near the border of a picture are made of its padding too, and
 * that border is a smaller part of a larger picture, so that the student meets pictures of more than one size.
 */
import type { Lpips } from 'lpips-core';
import { type Random, SIDE, seedOf } from 'lpips-pictures';
import { makePictures, makeTargets, type OnMade, planShards } from './make-shards.js';
import type { PhotographFolder } from './read-photographs.js';
import type { Batch } from './student.js';
import type { Shard, TripletCache } from './triplet-cache.js';
import { TripletReader } from './triplet-reader.js';

/** Sides of the pictures, and the share of `references` that each has: with the side, the work grows fourfold. */
const SIZES = [
  { side: 128, share: 1 },
  { side: 256, share: 1 / 4 },
] as const;
/** Side that every photograph needs. */
export const LARGEST_SIDE = 256;
/** One of so many steps is taken with large pictures. */
const EVERY = 4;
/** Triplets in one file, if they were of 64x64 pixels. */
const PER_SHARD = 500;

/** What large triplets are made of. */
export interface LargeSource {
  readonly cache: TripletCache;
  readonly photographs: PhotographFolder['photographs'];
  readonly seed: number;
  readonly teacher: Lpips;
  readonly workers?: number;
  readonly onProgress: (stage: 'pictures' | 'teacher', done: number, total: number) => void;
}

/** Large triplets on disk. */
export class LargeTriplets {
  readonly #readers: readonly TripletReader[];

  private constructor(readers: readonly TripletReader[]) {
    this.#readers = readers;
  }

  /**
   * Makes the triplets that are missing, and opens all.
   *
   * @param references of 128x128 pixels; of 256x256 there are a quarter as many. 0 = none
   */
  static async open(references: number, source: LargeSource): Promise<LargeTriplets> {
    const { cache, photographs, seed, teacher, workers, onProgress } = source;
    const readers: TripletReader[] = [];
    for (const { side, share } of SIZES) {
      const shards = shardsOf(side, Math.ceil(references * share));
      const start = { photographs, seed: seedOf(seed, 'large', side), mixture: 'training', side } as const;
      const onMade: OnMade = (done, total) => onProgress('pictures', done, total);
      await makePictures(cache, shards, start, { ...(workers !== undefined && { workers }), onMade });
      await makeTargets(cache, shards, teacher, (done, total) => onProgress('teacher', done, total));
      if (references > 0) readers.push(await TripletReader.open(cache, shards));
    }
    return new LargeTriplets(readers);
  }

  /**
   * The batch of a step that is taken with large pictures; undefined for the others.
   *
   * @param batch triplets of 64x64 pixels in a step: the large ones are fewer, with as many pixels
   */
  batchOf(step: number, batch: number, random: Random): Promise<Batch> | undefined {
    const reader = step % EVERY === 0 ? this.#readers[(step / EVERY) % SIZES.length] : undefined;
    if (!reader) return undefined;
    return reader.draw(Math.max(2, Math.round(batch * (SIDE / reader.side) ** 2)), random);
  }
}

function shardsOf(side: number, references: number): Shard[] {
  const perShard = Math.round(PER_SHARD * (SIDE / side) ** 2);
  return planShards(`large-${side}`, references, perShard).map((shard) => ({ ...shard, side }));
}
