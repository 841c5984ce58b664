/**
 * @module
 * What `--plan` asks of a command: to write the plan, to make some of its shards, to hand them to a queue, or to join them.
 */
import { basename, dirname, extname, resolve } from 'node:path';
import { invalid, printable, printableMessage } from 'lpips-core';
import { EXIT, type ExitCode, UsageError } from '../command-line/exit-code.js';
import { startProgress, type Terminal } from '../command-line/terminal.js';
import { makeFolder } from '../files/disk-faults.js';
import { checkOutput } from '../files/write-atomically.js';
import { findArrayTask, shardsInRanges, shardsOfTask } from '../shards/array-index.js';
import {
  checkSameFields,
  findPlan,
  type JsonRecord,
  type PlacedPlan,
  readPlan,
  shardFolder,
  writePlan,
} from '../shards/plan.js';
import { runShards, unitsOf } from '../shards/run-shards.js';
import { readShardContent, removeTemporaries } from '../shards/sealed-shards.js';
import type { KindContext, ShardKind } from '../shards/shard-kind.js';
import { checkComplete, rangesOf, verifyShards } from '../shards/verify-shards.js';
import { openPlan } from './open-plan.js';
import { checkPlanOptions, type PlanArguments } from './plan-options.js';

/** A command whose work is a plan. */
export interface PlannedCommand<Joined> {
  /** As its user types it. */
  readonly command: string;
  readonly kind: ShardKind<Joined>;
  /** The arguments that decide the result, with paths relative to the folder of the plan. */
  readonly inputs: (base: string) => JsonRecord;
  /** Folder of the shards, relative to that of the plan. Default: the name of the plan's file, with `.shards`. */
  readonly folder?: (base: string) => string;
  /** Prints the result. */
  readonly report: (joined: Joined, placed: PlacedPlan) => Promise<ExitCode>;
}

/** Options that are not in the plan, since they decide nothing of the result. */
export interface LocalArguments extends PlanArguments {
  readonly quiet: boolean;
  readonly json: boolean;
  readonly offline: boolean;
  readonly workers?: number | undefined;
}

/**
 * Does what `--plan` asks for.
 *
 * @returns undefined without `--plan`: the command then does all of its work at once
 * @throws UsageError where options contradict each other
 * @throws LpipsError as the kind does, or where the plan is missing, damaged or of other arguments
 */
export async function runPlanned<Joined>(
  planned: PlannedCommand<Joined>,
  options: LocalArguments,
  terminal: Terminal,
): Promise<ExitCode | undefined> {
  checkPlanOptions(options);
  const { plan: path, shards, merge, queue } = options;
  if (path === undefined) return undefined;
  if (merge) return await mergeShards(planned, await readSamePlan(planned, path), options, terminal);
  if (queue !== undefined) return await runInQueue(planned, path, queue, options, terminal);
  const task = findArrayTask();
  if (options.tasks !== undefined && task === undefined) {
    const what = 'the index of an array job beside --tasks, got none';
    throw new UsageError(
      `expected ${what}. Leave --tasks out to write the plan, or name the shards with --shards.`,
    );
  }
  if (shards !== undefined || task !== undefined) {
    const placed = await readSamePlan(planned, path);
    const { length } = placed.plan.shards;
    const numbers =
      shards !== undefined
        ? shardsInRanges(shards, length)
        : task && shardsOfTask(task.index, options.tasks ?? task.tasks ?? length, length);
    return await makeShards(planned, placed, numbers ?? [], options, terminal);
  }
  const placed = await writeNewPlan(planned, path, options, terminal);
  const { plan } = placed;
  const units = unitsOf(plan.shards);
  if (options.json) {
    terminal.out(`${JSON.stringify({ plan: path, kind: plan.kind, shards: plan.shards.length, units })}\n`);
  } else {
    const last = plan.shards.length - 1;
    const shards = last === 0 ? 'shard 0' : `shards 0-${last}`;
    terminal.out(`${printable(path)}  ${shards}, with ${units} ${planned.kind.unit}\n`);
  }
  return EXIT.done;
}

/** Writes the plan of a command. A plan of the same arguments is replaced: its data may have changed. */
async function writeNewPlan<Joined>(
  planned: PlannedCommand<Joined>,
  path: string,
  options: LocalArguments,
  terminal: Terminal,
): Promise<PlacedPlan> {
  await checkOutput(path);
  const base = dirname(resolve(path));
  const inputs = planned.inputs(base);
  const found = await findPlan(path);
  if (found) checkSameInputs(planned, found, inputs);
  const context = { ...contextOf(base, options, terminal), digests: true };
  const { plan, maker } = await planned.kind.prepare(inputs, context);
  await maker.dispose();
  const placed = { plan: { ...plan, folder: planned.folder?.(base) ?? besidePlan(path) }, base };
  await makeFolder(shardFolder(placed));
  await writePlan(path, placed.plan);
  return placed;
}

async function makeShards<Joined>(
  { command, kind }: PlannedCommand<Joined>,
  placed: PlacedPlan,
  numbers: readonly number[],
  options: LocalArguments,
  terminal: Terminal,
): Promise<ExitCode> {
  const { quiet, json } = options;
  const { length } = placed.plan.shards;
  const wanted = new Set(numbers);
  const shards = placed.plan.shards.filter((_, index) => wanted.has(index));
  const maker = await openPlan(kind, placed, contextOf(placed.base, options, terminal));
  await terminal.letSignalsKill();
  const progress = startProgress(terminal, 'shards', unitsOf(shards), { unit: kind.unit, rate: true, quiet });
  try {
    const { made, kept } = await runShards(placed, maker, shards, {
      onProgress: ({ made, kept, total }) => progress.update(kept + made, total),
    });
    progress.stop();
    const which = numbers.length === 0 ? 'none' : rangesOf(numbers);
    if (json) terminal.out(`${JSON.stringify({ command, shards: numbers, made, kept })}\n`);
    else terminal.out(`shards ${which} of ${length}: ${made} ${kind.unit} made, ${kept} were there\n`);
    return EXIT.done;
  } finally {
    progress.stop();
    await maker.dispose();
  }
}

async function runInQueue<Joined>(
  planned: PlannedCommand<Joined>,
  path: string,
  queue: string,
  options: LocalArguments,
  terminal: Terminal,
): Promise<ExitCode> {
  const { fillQueue } = await import('../queue/fill-queue.js');
  const { connect } = await import('../queue/redis.js');
  const redis = await connect(queue); // before any data are read
  try {
    const found = await findPlan(path);
    if (found) checkSameInputs(planned, found, planned.inputs(found.base));
    const placed = found ?? (await writeNewPlan(planned, path, options, terminal));
    await makeFolder(shardFolder(placed));
    const { kind, command } = planned;
    const total = unitsOf(placed.plan.shards);
    const progress = startProgress(terminal, `${kind.name} on all workers`, total, {
      unit: kind.unit,
      rate: true,
      quiet: options.quiet,
    });
    try {
      await fillQueue(redis, resolve(path), placed, {
        command,
        onProgress: ({ done, note }) => progress.update(done, total, note),
        onNote: (note) => {
          if (!options.quiet) terminal.error(`${command}: ${printableMessage(note)}\n`);
        },
      });
    } finally {
      progress.stop();
    }
    return await mergeShards(planned, placed, options, terminal);
  } finally {
    redis.disconnect();
  }
}

/** Verifies every seal, and joins. */
async function mergeShards<Joined>(
  { command, kind, report }: PlannedCommand<Joined>,
  placed: PlacedPlan,
  { quiet }: LocalArguments,
  terminal: Terminal,
): Promise<ExitCode> {
  const { length } = placed.plan.shards;
  const progress = startProgress(terminal, 'verifying', length, { unit: 'shards', quiet });
  const verified = await verifyShards(placed, (shards) => progress.update(shards)).finally(() =>
    progress.stop(),
  );
  checkComplete(command, placed, verified);
  await removeTemporaries(placed);
  const { processors } = verified;
  if (processors.size > 1 && !quiet) {
    const each = [...processors].map(([name, shards]) => `${name} made ${shards} shards`).join(', ');
    terminal.error(`${command}: ${each}. Their results may differ in the last bits.\n`);
  }
  const joined = await kind.join(placed, (shard) => readShardContent(placed, shard));
  return await report(joined, placed);
}

async function readSamePlan<Joined>(planned: PlannedCommand<Joined>, path: string): Promise<PlacedPlan> {
  const placed = await readPlan(path);
  checkSameInputs(planned, placed, planned.inputs(placed.base));
  return placed;
}

function checkSameInputs<Joined>(
  { command, kind }: PlannedCommand<Joined>,
  { plan }: PlacedPlan,
  inputs: JsonRecord,
): void {
  const advice = 'Give the command as the plan was written, or name another plan.';
  if (plan.kind !== kind.name)
    throw invalid(command, `a plan of ${kind.name}`, 'the plan', plan.kind, advice);
  checkSameFields(command, plan.inputs, inputs, advice);
}

function besidePlan(path: string): string {
  return `${basename(path, extname(path))}.shards`;
}

function contextOf(
  base: string,
  { quiet, offline, workers }: LocalArguments,
  terminal: Terminal,
): KindContext {
  return { base, terminal, quiet, offline, workers };
}
