/**
 * @module
 * `bapps work` takes shards from a queue: extractions, a teacher's labels, and whatever `lpips work` takes.
 */
import type { ExitCode, Terminal } from 'lpips-node/command-line';
import { runWork as runWorkOf, type WorkArguments } from 'lpips-node/plan-commands';
import { SHARD_KINDS } from './shard-kinds.js';

/** Takes shards, or prints the state of the queue. */
export function runWork(options: WorkArguments, terminal: Terminal): Promise<ExitCode> {
  const process = new URL('./shard-process.js', import.meta.url);
  return runWorkOf({ command: 'bapps work', kinds: SHARD_KINDS, process }, options, terminal);
}
