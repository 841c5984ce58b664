/**
 * @module
 * Fills the queue of a plan, and watches the files until all shards are there. What Redis forgets is added again: the files say
 * what is missing.
 */
import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { cannot } from 'lpips-core';
import { type PlacedPlan, type PlannedShard, shardFolder } from '../shards/plan.js';
import { unitsOf } from '../shards/run-shards.js';
import { findShard } from '../shards/sealed-shards.js';
import {
  addShards,
  type ListedPlan,
  listingOf,
  listPlan,
  openQueue,
  type SetAside,
  type ShardJob,
  shardsSetAside,
  unlistPlan,
} from './plan-queue.js';

const POLL_MS = 500;
/** So long the files may take to be seen before a shard that left the queue is added again. */
const ADD_AGAIN_MS = 3000;
/** So many shards are named in an error. */
const MOST_NAMED = 5;

/** How far all workers are. */
interface QueueProgress {
  /** Units of work in sealed files. */
  readonly done: number;
  /** What is going on, for the end of a bar. */
  readonly note: string;
}

/** How a queue is filled. */
export interface FillOptions {
  /** The command, as its user types it. */
  readonly command: string;
  readonly onProgress?: (progress: QueueProgress) => void;
  readonly onNote?: (note: string) => void;
}

/**
 * Hands the missing shards to workers and waits until all are there. If it is stopped, workers go on with what is in the queue.
 * Called again, it goes on, and tries shards again that were set aside.
 *
 * @param redis a connection that comes back by itself
 * @param path absolute path of the plan's file
 * @throws LpipsError naming the shards that are set aside, once nothing else is left to do
 */
export async function fillQueue(
  redis: Redis,
  path: string,
  placed: PlacedPlan,
  { command, onProgress, onNote }: FillOptions,
): Promise<void> {
  const listing = listingOf(placed.plan, path);
  const queue = await openQueue(redis, listing);
  let isAway = false;
  const lost = () => {
    if (!isAway) onNote?.('Redis is away. Workers finish the shards that they have.');
    isAway = true; // each attempt to come back closes again
  };
  const back = () => {
    isAway = false;
  };
  redis.on('close', lost).on('ready', back);
  try {
    await queue.clean(0, Number.MAX_SAFE_INTEGER, 'failed'); // they get another chance
    await untilAllAreThere(redis, queue, listing, await missingShards(placed), placed, {
      command,
      ...(onProgress && { onProgress }),
      ...(onNote && { onNote }),
    });
    await unlistPlan(redis, queue, listing);
  } finally {
    redis.off('close', lost).off('ready', back);
    await queue.close();
  }
}

/** Shards that are not there, or not whole, by their numbers. Every file is read. */
async function missingShards(placed: PlacedPlan): Promise<Map<number, PlannedShard>> {
  const missing = new Map<number, PlannedShard>();
  for (const [index, shard] of placed.plan.shards.entries()) {
    const { state } = await findShard(placed, shard);
    if (state !== 'sealed') missing.set(index, shard);
  }
  return missing;
}

async function untilAllAreThere(
  redis: Redis,
  queue: Queue<ShardJob>,
  listing: ListedPlan,
  missing: Map<number, PlannedShard>,
  placed: PlacedPlan,
  { command, onProgress, onNote }: FillOptions,
): Promise<void> {
  const folder = shardFolder(placed);
  const outdated = new Set(await namesIn(folder)); // files of these names are replaced, and there already
  const unread = new Map([...missing].filter(([, { name }]) => outdated.has(name)));
  let addedAt = Number.NEGATIVE_INFINITY;
  const told = new Set<number>();
  while (missing.size > 0) {
    // The queue first: a shard that has left it is in the folder by the time that is read.
    const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'failed');
    const names = new Set(await namesIn(folder));
    for (const [index, shard] of missing) {
      const isThere = unread.has(index)
        ? (await findShard(placed, shard)).state === 'sealed'
        : names.has(shard.name);
      if (isThere) missing.delete(index);
    }
    const { active = 0, delayed = 0, failed = 0 } = counts;
    const queued = Object.values(counts).reduce((sum, count) => sum + count, 0);
    if (queued < missing.size && performance.now() - addedAt > ADD_AGAIN_MS) {
      addedAt = performance.now();
      await addShards(queue, jobsOf(missing));
      await listPlan(redis, listing);
    }
    const workers = `${active} shard${active === 1 ? '' : 's'} in work`;
    const troubles = `${delayed > 0 ? `, ${delayed} wait for another try` : ''}${failed > 0 ? `, ${failed} set aside` : ''}`;
    onProgress?.({ done: listing.units - unitsOf([...missing.values()]), note: `${workers}${troubles}` });
    if (missing.size > 0 && failed > 0 && (failed > told.size || failed >= missing.size)) {
      const aside = (await shardsSetAside(queue)).filter(({ index }) => missing.has(index));
      if (aside.length >= missing.size && failed === queued) throw failure(command, listing, aside);
      for (const { index, name, reason } of aside) {
        if (!told.has(index) && told.size < MOST_NAMED) onNote?.(`${name} is set aside: ${reason}`);
        told.add(index);
      }
    }
    if (missing.size > 0) await sleep(POLL_MS);
  }
}

function jobsOf(missing: ReadonlyMap<number, PlannedShard>): ShardJob[] {
  return [...missing].map(([index, { name }]) => ({ index, name }));
}

async function namesIn(folder: string): Promise<string[]> {
  return await readdir(folder).catch(() => []);
}

function failure(command: string, { shards }: ListedPlan, aside: readonly SetAside[]): Error {
  const named = aside.slice(0, MOST_NAMED).map(({ index, name, reason }) => `${index} ${name} (${reason})`);
  const more = aside.length > MOST_NAMED ? `, and ${aside.length - MOST_NAMED} more` : '';
  const why = `${aside.length} of ${shards} shards failed again and again: ${named.join(', ')}${more}`;
  return cannot(command, 'finish', why, 'Mend what is wrong and start the command again: it goes on.');
}
