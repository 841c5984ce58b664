/**
 * @module
 * Verifies every seal of a plan before its shards are joined.
 */
import { cannot } from 'lpips-core';
import { type PlacedPlan, type PlannedShard, shardFolder } from './plan.js';
import { findShard } from './sealed-shards.js';

/** So many shards are named in an error. */
const MOST_NAMED = 10;

/** What the seals of a plan say. */
export interface VerifiedShards {
  /** Shards that are not there, not whole, or made from something else, each with its number. */
  readonly lacking: readonly { readonly index: number; readonly shard: PlannedShard; readonly why: string }[];
  /** Number of shards that each processor made. */
  readonly processors: ReadonlyMap<string, number>;
}

/** Reads every shard of a plan and checks its seal. */
export async function verifyShards(
  placed: PlacedPlan,
  onVerified?: (shards: number) => void,
): Promise<VerifiedShards> {
  const lacking: VerifiedShards['lacking'][number][] = [];
  const processors = new Map<string, number>();
  for (const [index, shard] of placed.plan.shards.entries()) {
    const { state, processor = 'unknown' } = await findShard(placed, shard);
    if (state === 'sealed') processors.set(processor, (processors.get(processor) ?? 0) + 1);
    else lacking.push({ index, shard, why: state });
    onVerified?.(index + 1);
  }
  return { lacking, processors };
}

/** @throws LpipsError naming what is missing, if anything is */
export function checkComplete(command: string, placed: PlacedPlan, { lacking }: VerifiedShards): void {
  if (lacking.length === 0) return;
  const { length } = placed.plan.shards;
  const named = lacking
    .slice(0, MOST_NAMED)
    .map(({ index, shard, why }) => `${index} ${shard.name} (${why})`);
  const more = lacking.length > MOST_NAMED ? ` and ${lacking.length - MOST_NAMED} more` : '';
  const why = `${lacking.length} of ${length} shards are not there: ${named.join(', ')}${more}`;
  const ranges = rangesOf(lacking.map(({ index }) => index));
  throw cannot(command, `join ${shardFolder(placed)}`, why, `Run --shards ${ranges}, then --merge again.`);
}

/** Numbers as `--shards` takes them: `3,7-9`. */
export function rangesOf(numbers: readonly number[]): string {
  const ranges: { first: number; last: number }[] = [];
  for (const number of numbers) {
    const range = ranges.at(-1);
    if (range && range.last + 1 === number) range.last = number;
    else ranges.push({ first: number, last: number });
  }
  return ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}
