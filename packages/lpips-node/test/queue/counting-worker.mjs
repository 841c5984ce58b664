/**
 * @module
 * A worker whose shards cost nothing: each holds the sha256 of its number. A shard whose `hold-N` file is in the folder of the plan
 * waits until that is gone, and one of the plan's `poison` fails. Both the worker and, as its child, the process for shards.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { serveShards } from '../../dist/plan-commands/serve-shards.js';
import { runWork } from '../../dist/plan-commands/work.js';

/** Numbers that fail in this process. */
const poisonHere = (process.env.COUNT_POISON || '-1').split(',').map(Number);

export const countingKind = {
  name: 'count',
  tool: process.env.COUNT_TOOL ?? 'count 1',
  unit: 'numbers',
  prepare: () => Promise.reject(new Error('not used')),
  join: () => Promise.reject(new Error('not used')),
  async open(plan, { base }) {
    return {
      async *make(shards) {
        for (const shard of shards) {
          while (existsSync(join(base, `hold-${shard.part}`))) await sleep(20);
          if (plan.inputs.poison?.includes(shard.part) || poisonHere.includes(shard.part))
            throw new Error(`number ${shard.part} is poisoned.`);
          const digest = createHash('sha256').update(`${shard.part}`).digest('hex');
          yield { shard, content: { tensors: new Map(), metadata: { digest } } };
        }
      },
      dispose: () => undefined,
    };
  },
};

if (process.send) {
  serveShards([countingKind]);
} else if (process.argv[2]) {
  const options = { status: false, json: false, quiet: false, offline: true, untilIdle: false, lock: 30 };
  const terminal = {
    out: (text) => process.stdout.write(text),
    error: (text) => process.stderr.write(text),
    letSignalsKill: async () => undefined,
  };
  const command = { command: 'count work', kinds: [countingKind], process: new URL(import.meta.url) };
  process.exitCode = await runWork(command, { ...options, ...JSON.parse(process.argv[2]) }, terminal);
}
