/**
 * @module
 * The triplets of the recipe: what they are made from, and the files that hold them.
 */
import type { Lpips } from 'lpips-core';
import { calibrationName, identifyWeights } from 'lpips-node';
import { planShards } from './make-shards.js';
import type { CacheManifest, Shard } from './triplet-cache.js';

/** Triplets in one file. */
const PER_SHARD = 250;

/** The files of so many triplets of the recipe, in order. */
export function recipeShards(references: number): Shard[] {
  return planShards('recipe', references, PER_SHARD);
}

/**
 * What the triplets of a run and their labels are made from.
 *
 * @param photographs digest of the photographs
 */
export async function tripletsOf(
  photographs: string,
  seed: number,
  references: number,
  teacher: Lpips,
): Promise<CacheManifest> {
  const name = calibrationName(teacher, await identifyWeights(teacher));
  return { photographs, seed, references, teacher: `${teacher.net} ${name}` };
}
