/**
 * @module
 * Plans of numbers, and processes that work on them.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { at } from 'lpips-core';
import { onTestFinished } from 'vitest';
import { tempDir } from '../../../../test/support/temp-dir.js';
import { fillQueue } from '../../src/queue/fill-queue.js';
import { type PlanStatus, queueStatus } from '../../src/queue/queue-status.js';
import { connect } from '../../src/queue/redis.js';
import { makePlan, type PlacedPlan, shardFolder, writePlan } from '../../src/shards/plan.js';
import { runShards } from '../../src/shards/run-shards.js';

const PROGRAM = fileURLToPath(new URL('./counting-worker.mjs', import.meta.url));

/** A plan of numbers in a folder of its own, which is gone when the test is over. */
export interface CountingJob extends PlacedPlan {
  readonly path: string;
  readonly folder: string;
  /** Has the shard of a number wait. */
  hold(number: number): Promise<void>;
  release(number: number): Promise<void>;
}

/** Writes a plan of so many numbers. */
export async function countingJob(numbers: number, poison: readonly number[] = []): Promise<CountingJob> {
  const base = await tempDir();
  const plan = makePlan({
    kind: 'count',
    tool: 'count 1',
    folder: 'shards',
    inputs: { poison, base },
    identity: {},
    notes: {},
    shards: Array.from({ length: numbers }, (_, part) => ({
      name: `part-${part}.safetensors`,
      size: 1,
      contents: createHash('sha256').update(`contents of ${part}`).digest('hex'),
      part,
    })),
  });
  const path = join(base, 'plan.json');
  await writePlan(path, plan);
  const folder = shardFolder({ plan, base });
  await mkdir(folder);
  return {
    plan,
    base,
    path,
    folder,
    hold: (number) => writeFile(join(base, `hold-${number}`), ''),
    release: (number) => rm(join(base, `hold-${number}`), { force: true }),
  };
}

/** The bytes of every shard by name, as one machine makes them in order. */
export async function onOneMachine(job: CountingJob): Promise<Map<string, string>> {
  const { countingKind } = (await import('./counting-worker.mjs' as string)) as {
    countingKind: {
      open: (plan: unknown, context: { base: string }) => Promise<Parameters<typeof runShards>[1]>;
    };
  };
  const base = await tempDir();
  await runShards({ plan: job.plan, base }, await countingKind.open(job.plan, { base }));
  return await bytesIn(join(base, 'shards'));
}

/** The bytes of every file of a folder by name, temporary ones too. */
export async function bytesIn(folder: string): Promise<Map<string, string>> {
  const names = (await readdir(folder)).sort();
  return new Map(
    await Promise.all(
      names.map(
        async (name): Promise<[string, string]> => [name, await readFile(join(folder, name), 'base64')],
      ),
    ),
  );
}

/** A worker that runs. */
export interface RunningWorker {
  readonly pid: number;
  readonly child: ChildProcess;
  /** What it wrote on stderr so far. */
  readonly notes: () => string;
  /** Its exit code, −1 for a signal. */
  readonly ended: Promise<number>;
}

/** Starts a worker. It is killed when the test is over. */
export function startWorker(
  redis: string,
  {
    lock = 30,
    tool = 'count 1',
    poison = [],
    prefix = [],
    map,
  }: {
    readonly lock?: number;
    readonly tool?: string;
    /** Numbers that fail with this worker, whatever the plan says. */
    readonly poison?: readonly number[];
    /** A program that starts it, with its arguments. */
    readonly prefix?: readonly string[];
    readonly map?: { from: string; to: string };
  } = {},
): RunningWorker {
  const argument = JSON.stringify({ redis, lock, map });
  const words = [...prefix, process.execPath, PROGRAM, argument];
  const child = spawn(at(words, 0), words.slice(1), {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, COUNT_TOOL: tool, COUNT_POISON: poison.join() },
  });
  let notes = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    notes += chunk.toString();
  });
  const ended = new Promise<number>((resolve) => {
    child.once('exit', (code) => resolve(code ?? -1));
  });
  onTestFinished(async () => {
    child.kill('SIGCONT');
    child.kill('SIGKILL');
    await ended;
  });
  return { pid: child.pid ?? 0, child, notes: () => notes, ended };
}

/** Fills the queue of a job, and waits for its end. */
export async function finish(
  redis: string,
  job: CountingJob,
  onNote: (note: string) => void = () => undefined,
): Promise<void> {
  const connection = await connect(redis);
  try {
    await fillQueue(connection, job.path, job, { command: 'count', onNote });
  } finally {
    connection.disconnect();
  }
}

/** Waits until the state of the only plan is as wished. */
export async function untilStatus(
  redis: string,
  isWished: (status: PlanStatus) => boolean,
): Promise<PlanStatus> {
  const connection = await connect(redis);
  try {
    for (;;) {
      const [status] = await queueStatus(connection);
      if (status !== undefined && isWished(status)) return status;
      await sleep(50);
    }
  } finally {
    connection.disconnect();
  }
}

/** The process of a worker, by the name that the queue has for it. */
export function pidOf(worker: string): number {
  return Number(worker.split(':').at(-1));
}
