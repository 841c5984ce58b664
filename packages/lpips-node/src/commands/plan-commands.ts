export { type PlanArguments, planOptions } from '../plan-commands/plan-options.js';
export { runPlanned } from '../plan-commands/run-planned.js';
export { serveShards } from '../plan-commands/serve-shards.js';
export { runWork, type WorkArguments, workOptions } from '../plan-commands/work.js';
export type { ShardRange } from '../shards/array-index.js';
export { SHARD_KINDS } from './shard-kinds.js';
