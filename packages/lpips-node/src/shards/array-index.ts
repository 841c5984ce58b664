/**
 * @module
 * Which shards an array job runs: those that `--shards` names, or those of the index that a scheduler puts in the environment of
 * each of its tasks.
 */
import { invalid } from 'lpips-core';

/** Where schedulers put the index of a task, and how a person calls them. */
const VARIABLES = [
  ['SLURM_ARRAY_TASK_ID', 'SLURM'],
  ['JOB_COMPLETION_INDEX', 'Kubernetes'],
  ['AWS_BATCH_JOB_ARRAY_INDEX', 'AWS Batch'],
] as const;

/** Where AWS Batch states the number of tasks. Its arrays have no gaps, unlike those of SLURM. */
const AWS_SIZE = 'AWS_BATCH_JOB_ARRAY_SIZE';

/** The task of an array job. */
export interface ArrayTask {
  /** From 0 on. */
  readonly index: number;
  /** Number of tasks, where the environment states it. */
  readonly tasks: number | undefined;
  readonly variable: string;
}

/**
 * The task that a scheduler asks for.
 *
 * @returns undefined outside an array job
 * @throws LpipsError if the index is no whole number from 0 on
 */
export function findArrayTask(environment: Readonly<NodeJS.ProcessEnv> = process.env): ArrayTask | undefined {
  for (const [variable, scheduler] of VARIABLES) {
    const text = environment[variable];
    if (text === undefined || text === '') continue;
    const index = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!Number.isSafeInteger(index)) {
      const advice = 'Begin the array with 0.';
      throw invalid('shards', `an index from 0 on from ${scheduler}`, variable, text, advice);
    }
    const size = variable === 'AWS_BATCH_JOB_ARRAY_INDEX' ? environment[AWS_SIZE] : undefined;
    const tasks = size !== undefined && /^[1-9]\d*$/.test(size) ? Number(size) : undefined;
    return { index, tasks, variable };
  }
  return undefined;
}

/**
 * The shards of a task: `count` of them are cut into `tasks` ranges, whose lengths differ by 1 at most.
 *
 * @throws LpipsError if there is no such task
 */
export function shardsOfTask(index: number, tasks: number, count: number): number[] {
  if (index >= tasks) {
    const advice =
      'Start the array with as many tasks as --tasks says, or leave --tasks out: one task a shard.';
    throw invalid('shards', `an index below ${tasks}`, 'the array task', `${index}`, advice);
  }
  const first = Math.floor((index * count) / tasks);
  const last = Math.floor(((index + 1) * count) / tasks);
  return Array.from({ length: last - first }, (_, shard) => first + shard);
}

/** Shards from `first` to `last`. */
export interface ShardRange {
  readonly first: number;
  readonly last: number;
}

/**
 * The ranges that a text names, such as `40-59` or `3,7-9`.
 *
 * @returns undefined if the text is something else
 */
export function parseShards(text: string): ShardRange[] | undefined {
  const ranges: ShardRange[] = [];
  for (const range of text.split(',')) {
    const [, first, last = first] = /^\s*(\d{1,9})\s*(?:-\s*(\d{1,9})\s*)?$/.exec(range) ?? [];
    if (first === undefined || Number(first) > Number(last)) return undefined;
    ranges.push({ first: Number(first), last: Number(last) });
  }
  return ranges;
}

/**
 * The numbers of the shards in some ranges, each once, ascending.
 *
 * @throws LpipsError if the plan has fewer shards
 */
export function shardsInRanges(ranges: readonly ShardRange[], count: number): number[] {
  const numbers = new Set<number>();
  for (const { first, last } of ranges) {
    if (last >= count) throw invalid('shards', `numbers from 0 to ${count - 1}`, '--shards', `${last}`);
    for (let number = first; number <= last; number++) numbers.add(number);
  }
  return [...numbers].sort((a, b) => a - b);
}
