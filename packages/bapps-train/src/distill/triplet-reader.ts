/**
 * @module
 * Triplets of several shards under consecutive numbers, read from disk as they are needed.
 */
import { at } from 'lpips-core';
import type { Batch } from './student.js';
import type { Shard, TripletCache } from './triplet-cache.js';
import { TRIPLET_BYTES } from './triplets.js';

interface Place {
  readonly shard: Shard;
  readonly targets: Float32Array;
  readonly within: number;
}

/** A sequence of shards. */
export class TripletReader {
  private constructor(
    readonly cache: TripletCache,
    readonly places: readonly Place[],
  ) {}

  /** Number of triplets. */
  get length(): number {
    return this.places.length;
  }

  /** Opens shards whose pictures and targets exist. */
  static async open(cache: TripletCache, shards: readonly Shard[]): Promise<TripletReader> {
    const places: Place[] = [];
    for (const shard of shards) {
      const targets = await cache.readTargets(shard);
      for (let within = 0; within < shard.triplets; within++) places.push({ shard, targets, within });
    }
    return new TripletReader(cache, places);
  }

  /** The triplets of these numbers, in their order. */
  async read(numbers: ArrayLike<number>): Promise<Batch> {
    const count = numbers.length;
    const batch = { pictures: new Uint8Array(count * TRIPLET_BYTES), targets: new Float32Array(2 * count) };
    for (let index = 0; index < count; index++) {
      const { shard, targets, within } = at(this.places, at(numbers, index));
      batch.pictures.set(await this.cache.readPictures(shard, within, 1), index * TRIPLET_BYTES);
      batch.targets.set(targets.subarray(2 * within, 2 * within + 2), 2 * index);
    }
    return batch;
  }
}
