/**
 * @module
 * The queue of a plan, on BullMQ. Each plan has a queue of its own, so that a worker can refuse a plan without taking a shard of
 * it. Digest and path name it: two copies of a plan make the same shards in two folders. A hash lists the plans. The queue says
 * who does what; the files alone say what is done.
 */
import { createHash } from 'node:crypto';
import type { Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { digestOfPlan, type Plan } from '../shards/plan.js';
import { unitsOf } from '../shards/run-shards.js';
import { loadBullmq } from './redis.js';

/** All keys of ours in Redis begin with it. */
export const PREFIX = 'lpips';
const PLANS_KEY = `${PREFIX}:plans`;
/** How often a shard is tried, and how long after the first failure. Each further wait is twice as long, less up to half. */
const [ATTEMPTS, BACKOFF_MS] = [3, 2000];

/** What BullMQ says of a job whose workers were not heard of any more. */
const STALLED = 'job stalled more than allowable limit';

/** What Redis states of a plan. */
export interface ListedPlan {
  readonly digest: string;
  /** Absolute path of its file, as the command that wrote it sees it. */
  readonly path: string;
  readonly kind: string;
  readonly tool: string;
  readonly shards: number;
  readonly units: number;
}

/** One shard in the queue. */
export interface ShardJob {
  /** Its number in the plan. */
  readonly index: number;
  readonly name: string;
}

/** A job of a queue of shards. */
export type QueuedShard = Job<ShardJob>;

/** A shard that is set aside, and why. */
export interface SetAside extends ShardJob {
  readonly reason: string;
  readonly attempts: number;
}

/** What is listed of a plan. */
export function listingOf(plan: Plan, path: string): ListedPlan {
  const { kind, tool, shards } = plan;
  return { digest: digestOfPlan(plan), path, kind, tool, shards: shards.length, units: unitsOf(shards) };
}

/** Name of the queue of a plan, which no other plan has. */
export function queueName({ digest, path }: Pick<ListedPlan, 'digest' | 'path'>): string {
  return `plan-${createHash('sha256').update(`${digest} ${path}`).digest('hex').slice(0, 16)}`;
}

/** The plans that Redis lists, by path. */
export async function listPlans(redis: Redis): Promise<ListedPlan[]> {
  const found = await redis.hgetall(PLANS_KEY);
  const plans = Object.values(found).flatMap((text) => parsePlan(text));
  return plans.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Adds a plan to the list. */
export async function listPlan(redis: Redis, plan: ListedPlan): Promise<void> {
  await redis.hset(PLANS_KEY, queueName(plan), JSON.stringify(plan));
}

/** Takes a plan from the list, and its queue out of Redis. */
export async function unlistPlan(redis: Redis, queue: Queue<ShardJob>, plan: ListedPlan): Promise<void> {
  await redis.hdel(PLANS_KEY, queueName(plan));
  await queue.obliterate({ force: true });
}

/** The queue of a plan. The caller calls `close`. */
export async function openQueue(redis: Redis, plan: ListedPlan): Promise<Queue<ShardJob>> {
  const { Queue } = await loadBullmq();
  const queue = new Queue<ShardJob>(queueName(plan), {
    connection: redis,
    prefix: PREFIX,
    defaultJobOptions: {
      attempts: ATTEMPTS,
      backoff: { type: 'exponential', delay: BACKOFF_MS, jitter: 0.5 },
      removeOnComplete: true,
      removeOnFail: false,
    },
  });
  queue.on('error', () => undefined); // the connection is ours, and comes back by itself
  return queue;
}

/** Adds shards, but for those that are in the queue. */
export async function addShards(queue: Queue<ShardJob>, shards: readonly ShardJob[]): Promise<void> {
  await queue.addBulk(
    shards.map((shard) => ({ name: 'shard', data: shard, opts: { jobId: `shard-${shard.index}` } })),
  );
}

/** The shards that failed as often as they may. */
export async function shardsSetAside(queue: Queue<ShardJob>): Promise<SetAside[]> {
  const jobs = await queue.getFailed(0, -1);
  const found = jobs.map(({ data, failedReason, attemptsMade }) => ({
    ...data,
    reason: failedReason === STALLED ? 'its worker died or was cut off, again and again' : failedReason,
    attempts: attemptsMade,
  }));
  return found.sort((a, b) => a.index - b.index);
}

function parsePlan(text: string): ListedPlan[] {
  try {
    const plan = JSON.parse(text) as Partial<ListedPlan>;
    const texts = [plan.digest, plan.path, plan.kind, plan.tool];
    const numbers = [plan.shards, plan.units];
    const isPlan = texts.every((value) => typeof value === 'string') && numbers.every(Number.isSafeInteger);
    return isPlan ? [plan as ListedPlan] : [];
  } catch {
    return []; // another program wrote there
  }
}
