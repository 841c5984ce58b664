/**
 * @module
 * The process that makes shards for a worker. A computation does not yield to the event loop, so that the worker could not renew
 * its lock meanwhile if it computed itself. The plan stays open from one shard to the next.
 */
import { invalid, LpipsError } from 'lpips-core';
import type { Terminal } from '../command-line/terminal.js';
import { firstLine } from '../errors/foreign-error.js';
import type { Answer, Request } from '../queue/messages.js';
import { digestOfPlan, type PlacedPlan, readPlan } from '../shards/plan.js';
import { commitShard, findShard } from '../shards/sealed-shards.js';
import type { ShardKind, ShardMaker } from '../shards/shard-kind.js';
import { openPlan } from './open-plan.js';

/** A plan that is open, and what makes its shards. */
interface OpenedPlan {
  readonly placed: PlacedPlan;
  readonly maker: ShardMaker;
}

/** Serves the process that started this one, until it ends. */
export function serveShards(kinds: readonly ShardKind[]): void {
  const tell = (answer: Answer) => process.send?.(answer);
  let opened: OpenedPlan | undefined;
  const answer = async (request: Request): Promise<Answer> => {
    try {
      if (request.ask === 'make') return { tell: 'done', won: await make(opened, request.index, tell) };
      await opened?.maker.dispose();
      opened = undefined;
      opened = await open(kinds, request, tell);
      return { tell: 'done', won: true };
    } catch (error) {
      return { tell: 'failed', reason: error instanceof LpipsError ? error.message : firstLine(error) };
    }
  };
  process.on('message', (request: Request) => void answer(request).then(tell));
  process.on('disconnect', () => process.exit()); // the worker has ended
  process.on('SIGINT', () => undefined); // the worker decides when this process ends
}

async function open(
  kinds: readonly ShardKind[],
  { path, digest, offline, weights, workers }: Extract<Request, { ask: 'open' }>,
  tell: (answer: Answer) => void,
): Promise<OpenedPlan> {
  const placed = await readPlan(path);
  if (digestOfPlan(placed.plan) !== digest) {
    const advice = 'Start the command again that fills the queue.';
    throw invalid('work', 'the plan that is in the queue', path, 'another one', advice);
  }
  const kind = kinds.find(({ name }) => name === placed.plan.kind);
  if (kind === undefined) throw invalid('work', 'a kind of work that is known here', path, placed.plan.kind);
  const terminal: Terminal = {
    out: () => undefined,
    error: (text) => tell({ tell: 'note', note: text.trim() }),
    bars: undefined,
    letSignalsKill: async () => undefined,
  };
  const context = { base: placed.base, terminal, quiet: false, offline, weights, workers };
  return { placed, maker: await openPlan(kind, placed, context) };
}

/** @returns whether the file that was made here is the one that stands */
async function make(
  opened: OpenedPlan | undefined,
  index: number,
  tell: (answer: Answer) => void,
): Promise<boolean> {
  const shard = opened?.placed.plan.shards[index];
  if (opened === undefined || shard === undefined)
    throw invalid('work', 'a shard of the plan', 'index', `${index}`);
  const { placed, maker } = opened;
  if ((await findShard(placed, shard)).state === 'sealed') return false;
  let won = false;
  for await (const made of maker.make([shard], (units) => tell({ tell: 'progress', units }))) {
    won = await commitShard(placed, made.shard, made.content);
  }
  return won;
}
