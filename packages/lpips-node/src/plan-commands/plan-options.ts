/**
 * @module
 * The options of a command whose work is a plan: `--plan`, `--shards`, `--tasks`, `--merge` and `--queue`.
 */
import type { Argv } from 'yargs';
import { UsageError } from '../command-line/exit-code.js';
import { wholeNumber } from '../command-line/numbers.js';
import { withoutPassword } from '../queue/address.js';
import { parseShards, type ShardRange } from '../shards/array-index.js';

/** Values of the options. */
export interface PlanArguments {
  readonly plan: string | undefined;
  readonly shards: readonly ShardRange[] | undefined;
  readonly tasks: number | undefined;
  readonly merge: boolean;
  readonly queue: string | undefined;
}

/** Adds the options to a command. */
export function planOptions<Options>(parser: Argv<Options>) {
  const text = (describe: string) => ({ describe, string: true, requiresArg: true }) as const;
  return parser
    .option('plan', text('write the work as shards into this file, for many machines; see the README'))
    .option('shards', {
      ...text('make these of the plan, such as 40-59; in an array job, those of its index'),
      coerce: (value: string | undefined) => (value === undefined ? undefined : shardsOption(value)),
    })
    .option('tasks', {
      ...text('tasks of the array job (default: one for each shard)'),
      coerce: (value: string | undefined) =>
        value === undefined ? undefined : wholeNumber('--tasks', value, 1),
    })
    .option('merge', {
      describe: 'verify every shard of the plan, and join them',
      boolean: true,
      default: false,
    })
    .option('queue', {
      ...text(
        'hand the shards to workers by way of this Redis, such as redis://host:6379, and wait for them',
      ),
      coerce: (value: string | undefined) =>
        value === undefined ? undefined : redisOption('--queue', value),
    });
}

/** @throws UsageError where options contradict each other */
export function checkPlanOptions({ plan, shards, tasks, merge, queue }: PlanArguments): void {
  const asked = [
    ...(shards === undefined ? [] : ['--shards']),
    ...(merge ? ['--merge'] : []),
    ...(queue === undefined ? [] : ['--queue']),
  ];
  if (plan === undefined && (asked.length > 0 || tasks !== undefined)) {
    const what = asked[0] ?? '--tasks';
    throw new UsageError(`expected --plan beside ${what}, got none. Name the file of the plan.`);
  }
  if (asked.length > 1) throw new UsageError(`cannot do both ${asked.join(' and ')}. Leave one of them out.`);
  if (tasks !== undefined && asked.length > 0) {
    throw new UsageError(`cannot use --tasks with ${asked[0]}. It belongs to an array job.`);
  }
}

/**
 * The address of a Redis.
 *
 * @throws UsageError unless it begins with redis:// or rediss:// and ends with the host or the number of a database
 */
export function redisOption(option: string, value: string): string {
  const isAddress = /^rediss?:\/\/[^/\s]/.test(value) && URL.canParse(value);
  if (isAddress && /^\/?\d*$/.test(new URL(value).pathname)) return value;
  throw new UsageError(
    `expected an address like redis://host:6379 for ${option}, got "${withoutPassword(value)}".`,
  );
}

function shardsOption(value: string): readonly ShardRange[] {
  const ranges = parseShards(value);
  if (ranges !== undefined) return ranges;
  throw new UsageError(`expected numbers like 40-59 or 3,7-9 for --shards, got "${value}".`);
}
