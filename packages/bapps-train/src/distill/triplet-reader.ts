/**
 * @module
 * Triplets of several shards under consecutive numbers, read from disk as they are needed.
 */
import { at } from 'lpips-core';
import { type Random, SIDE, wholeBetween } from 'lpips-pictures';
import type { Batch } from './student.js';
import type { Shard, TripletCache } from './triplet-cache.js';
import { tripletBytes } from './triplets.js';

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
    readonly side: number,
  ) {}

  /** Number of triplets. */
  get length(): number {
    return this.places.length;
  }

  /** Opens shards whose pictures and targets exist, all of one side. */
  static async open(cache: TripletCache, shards: readonly Shard[]): Promise<TripletReader> {
    const places: Place[] = [];
    for (const shard of shards) {
      const targets = await cache.readTargets(shard);
      for (let within = 0; within < shard.triplets; within++) places.push({ shard, targets, within });
    }
    return new TripletReader(cache, places, shards[0]?.side ?? SIDE);
  }

  /** So many triplets at random; one may come more than once. */
  draw(count: number, random: Random): Promise<Batch> {
    return this.read(Array.from({ length: count }, () => wholeBetween(random, 0, this.length - 1)));
  }

  /** The triplets of these numbers, in their order. */
  async read(numbers: ArrayLike<number>): Promise<Batch> {
    const count = numbers.length;
    const { side } = this;
    const size = tripletBytes(side);
    const batch = { pictures: new Uint8Array(count * size), targets: new Float32Array(2 * count), side };
    for (let index = 0; index < count; index++) {
      const { shard, targets, within } = at(this.places, at(numbers, index));
      batch.pictures.set(await this.cache.readPictures(shard, within, 1), index * size);
      batch.targets.set(targets.subarray(2 * within, 2 * within + 2), 2 * index);
    }
    return batch;
  }
}
