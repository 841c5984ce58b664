/**
 * @module
 * Runs shards of a plan in order on this machine: those that are sealed already are kept.
 */
import { checkOptions } from 'lpips-core';
import { makeFolder } from '../files/disk-faults.js';
import { type PlacedPlan, type PlannedShard, shardFolder } from './plan.js';
import { commitShard, type FoundShard, findShard } from './sealed-shards.js';
import type { ShardMaker } from './shard-kind.js';

/** How far a run is, in units of work. */
export interface ShardProgress {
  /** Made in this run, and kept from an earlier one. */
  readonly made: number;
  readonly kept: number;
  readonly total: number;
}

/** What a run did, in units of work. */
export interface RanShards extends ShardProgress {
  /** Those of `made` whose shard was there, made from something else. */
  readonly renewed: number;
}

/** How shards are run. */
export interface RunOptions {
  readonly onProgress?: (progress: ShardProgress) => void;
}

/**
 * Makes the shards that are not there.
 *
 * @param shards those to look after. Default: all of the plan
 * @throws LpipsError as the maker does, or where a file cannot be written
 */
export async function runShards(
  placed: PlacedPlan,
  maker: ShardMaker,
  shards: readonly PlannedShard[] = placed.plan.shards,
  options: RunOptions = {},
): Promise<RanShards> {
  checkOptions('runShards', options, ['onProgress']);
  await makeFolder(shardFolder(placed));
  const found = new Map<PlannedShard, FoundShard>();
  for (const shard of shards) found.set(shard, await findShard(placed, shard));
  const todo = shards.filter((shard) => found.get(shard)?.state !== 'sealed');
  const total = unitsOf(shards);
  const kept = total - unitsOf(todo);
  let made = 0;
  let before = 0;
  const report = (units: number) => {
    made = units;
    options.onProgress?.({ made, kept, total });
  };
  for await (const { shard, content } of maker.make(todo, report)) {
    await commitShard(placed, shard, content);
    before += shard.size;
  }
  if (made !== before) report(before);
  const renewed = unitsOf(todo.filter((shard) => found.get(shard)?.state === 'outdated'));
  return { made, kept, total, renewed };
}

/** Units of work of some shards. */
export function unitsOf(shards: readonly PlannedShard[]): number {
  return shards.reduce((sum, { size }) => sum + size, 0);
}
