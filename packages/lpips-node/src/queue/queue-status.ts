/**
 * @module
 * What a Redis knows of the plans in it: how far they are, who works on what, and what is set aside.
 */
import type { Redis } from 'ioredis';
import { type ListedPlan, listPlans, openQueue, type SetAside, shardsSetAside } from './plan-queue.js';

/** A shard in work. */
interface ShardInWork {
  readonly index: number;
  readonly name: string;
  /** Host and process of the worker. */
  readonly worker: string;
  /** Units of work that it has done of the shard. */
  readonly units: number;
  readonly seconds: number;
}

/** The state of a plan. */
export interface PlanStatus extends ListedPlan {
  /** Shards that left the queue: their files are there. */
  readonly done: number;
  readonly waiting: number;
  /** Shards that failed, and wait for another try. */
  readonly retrying: number;
  readonly inWork: readonly ShardInWork[];
  readonly setAside: readonly SetAside[];
}

/** The state of every plan, by path. */
export async function queueStatus(redis: Redis, now = Date.now()): Promise<PlanStatus[]> {
  const found: PlanStatus[] = [];
  for (const plan of await listPlans(redis)) {
    const queue = await openQueue(redis, plan);
    try {
      const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'failed');
      const { waiting = 0, delayed = 0 } = counts;
      const queued = Object.values(counts).reduce((sum, count) => sum + count, 0);
      const inWork = (await queue.getActive()).map(({ data, processedBy, progress, processedOn }) => ({
        ...data,
        worker: processedBy ?? 'unknown',
        units: typeof progress === 'number' ? progress : 0,
        seconds: processedOn === undefined ? 0 : (now - processedOn) / 1000,
      }));
      found.push({
        ...plan,
        done: Math.max(0, plan.shards - queued),
        waiting,
        retrying: delayed,
        inWork,
        setAside: await shardsSetAside(queue),
      });
    } finally {
      await queue.close();
    }
  }
  return found;
}
