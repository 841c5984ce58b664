/**
 * @module
 * A worker: takes shards of any plan that it may make, one after the other, until it is told to stop.
 */
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { firstLine } from '../errors/foreign-error.js';
import {
  type ListedPlan,
  listPlans,
  openQueue,
  PREFIX,
  type QueuedShard,
  queueName,
  type ShardJob,
} from './plan-queue.js';
import { loadBullmq } from './redis.js';
import type { ShardProcess } from './shard-process.js';

const POLL_MS = 1000;
/** A plan that is refused is looked at again after that long: a shared folder may show its file late. */
const REFUSED_MS = 30_000;
/** A worker that fails with so many shards and with none between them leaves the plan to others for a while. */
const MOST_FAILED = 3;
/** A shard whose worker died so often is set aside: it may be what kills them. */
const MOST_STALLS = 2;

/** How a worker works. */
export interface WorkOptions {
  /** Kinds of work that it can do, and the version of each. */
  readonly kinds: ReadonlyMap<string, string>;
  readonly process: ShardProcess;
  /** The place of a plan's file on this machine. */
  readonly placeOf: (path: string) => string;
  readonly offline: boolean;
  readonly weights: string | undefined;
  readonly workers: number | undefined;
  /** How long a shard stays with a worker that is not heard of. */
  readonly lockMs: number;
  /** Whether it ends where nothing is left to do. */
  readonly untilIdle: boolean;
  /** Aborted to end after the shard in work. */
  readonly stop: AbortSignal;
  readonly onNote: (note: string) => void;
  /** Called with each shard that is done. */
  readonly onShard: (plan: ListedPlan, shard: { name: string; seconds: number; won: boolean }) => void;
}

/**
 * Takes shards.
 *
 * @param redis a connection that comes back by itself
 * @returns the number of shards that it made
 */
export async function takeShards(redis: Redis, options: WorkOptions): Promise<number> {
  const refused = new Map<string, { readonly why: string; readonly until: number }>();
  const plansHere = async () => {
    const now = performance.now();
    return (await listPlans(redis)).filter((plan) => (refused.get(queueName(plan))?.until ?? 0) <= now);
  };
  let made = 0;
  while (!options.stop.aborted) {
    const plan = await nextPlan(redis, await plansHere());
    if (plan === undefined) {
      const mayGoOn = [...refused.values()].some(({ why }) => why === FAILED_HERE);
      if (options.untilIdle && !mayGoOn) return made;
      await sleep(POLL_MS, undefined, { signal: options.stop }).catch(() => undefined);
      for (const [name, { why, until }] of refused) {
        if (why === FAILED_HERE && until <= performance.now()) refused.delete(name);
      }
      continue;
    }
    const others = async () => (await plansHere()).filter((other) => queueName(other) !== queueName(plan));
    let why = await refusal(plan, options);
    if (why === undefined) {
      const worked = await workOn(redis, plan, options, others);
      made += worked.made;
      if (!worked.isInTrouble) continue;
      why = FAILED_HERE;
    }
    const isKnown = refused.get(queueName(plan))?.why === why && why !== FAILED_HERE;
    refused.set(queueName(plan), { why, until: performance.now() + REFUSED_MS });
    if (!isKnown) options.onNote(`${plan.path} is refused: ${why}`);
  }
  return made;
}

/** Why a worker leaves a plan to others for a while. */
const FAILED_HERE = `${MOST_FAILED} shards in a row failed here. It is tried again in ${REFUSED_MS / 1000} s.`;

/** A plan with a shard to take, or else one with shards in work, whose workers may die. */
async function nextPlan(redis: Redis, plans: readonly ListedPlan[]): Promise<ListedPlan | undefined> {
  let inWork: ListedPlan | undefined;
  for (const plan of plans) {
    const queue = await openQueue(redis, plan);
    try {
      if ((await queue.getWaitingCount()) > 0) return plan;
      if (inWork === undefined && (await hasWork(queue))) inWork = plan;
    } finally {
      await queue.close();
    }
  }
  return inWork;
}

/** Why this worker must not make shards of a plan; undefined if it may. */
async function refusal(plan: ListedPlan, options: WorkOptions): Promise<string | undefined> {
  const { kinds, process, placeOf, offline, weights, workers, onNote } = options;
  const tool = kinds.get(plan.kind);
  if (tool === undefined) {
    const known = [...kinds.keys()].join(', ');
    return `its kind is ${plan.kind}, and this command knows ${known}. Run "work" of the command that wrote it.`;
  }
  if (tool !== plan.tool) return `it is a plan by ${plan.tool}, and this is ${tool}.`;
  try {
    await process.open(
      { path: placeOf(plan.path), digest: plan.digest, offline, weights, workers },
      { onNote },
    );
    return undefined;
  } catch (error) {
    return firstLine(error);
  }
}

/** Takes shards of one plan until none is left, it is told to stop, or only another plan has shards to take. */
async function workOn(
  redis: Redis,
  plan: ListedPlan,
  options: WorkOptions,
  others: () => Promise<ListedPlan[]>,
): Promise<{ made: number; isInTrouble: boolean }> {
  const { process: maker, lockMs, stop, onNote, onShard } = options;
  const { Worker } = await loadBullmq();
  const queue = await openQueue(redis, plan);
  let made = 0;
  const failed = new Set<string>();
  const isInTrouble = () => failed.size >= MOST_FAILED;
  const work = async (job: QueuedShard) => {
    const start = performance.now();
    const report = (units: number) => void job.updateProgress(units).catch(() => undefined);
    const won = await maker
      .make(job.data.index, { onProgress: report, onNote })
      .catch(async (error: unknown) => {
        failed.add(job.data.name);
        if (isInTrouble()) await worker.pause(true); // takes no other one
        throw error;
      });
    failed.clear();
    if (won) made++;
    onShard(plan, { name: job.data.name, seconds: (performance.now() - start) / 1000, won });
  };
  const worker = new Worker(queueName(plan), work, {
    connection: redis,
    prefix: PREFIX,
    name: `${hostname()}:${process.pid}`,
    lockDuration: lockMs,
    stalledInterval: lockMs,
    maxStalledCount: MOST_STALLS,
    drainDelay: POLL_MS / 1000,
    removeOnComplete: { count: 0 },
  });
  worker.on('error', () => undefined); // Redis is away, or a lock was lost; the shard's file counts all the same
  worker.on('failed', (job, error) => {
    const name = job === undefined ? 'a shard' : job.data.name;
    const isLast = job !== undefined && job.attemptsMade >= (job.opts.attempts ?? 1);
    onNote(`${name}: ${firstLine(error)}${isLast ? ' It is set aside.' : ' It is tried again.'}`);
  });
  try {
    while (!stop.aborted && !isInTrouble() && (await hasWork(queue))) {
      await sleep(POLL_MS, undefined, { signal: stop }).catch(() => undefined);
      const isIdle = !maker.isBusy && (await queue.getWaitingCount()) === 0;
      if (isIdle && (await isOneWaiting(redis, await others()))) break;
    }
  } finally {
    await worker.close(); // after the shard in work
    await queue.close();
  }
  return { made, isInTrouble: isInTrouble() };
}

async function isOneWaiting(redis: Redis, plans: readonly ListedPlan[]): Promise<boolean> {
  for (const plan of plans) {
    const queue = await openQueue(redis, plan);
    try {
      if ((await queue.getWaitingCount()) > 0) return true;
    } finally {
      await queue.close();
    }
  }
  return false;
}

/** Whether a shard waits, or is in work. One in work may be that of a worker that died. */
async function hasWork(queue: Queue<ShardJob>): Promise<boolean> {
  const counts = await queue.getJobCounts('waiting', 'delayed', 'active');
  return Object.values(counts).some((count) => count > 0);
}
