export { digestOfWeights } from './digest-of-weights.js';
export {
  checkSameFields,
  identityOfShard,
  type Json,
  type JsonRecord,
  makePlan,
  type PlacedPlan,
  type Plan,
  type PlannedShard,
  pathFromPlan,
  pathInPlan,
} from './plan.js';
export { processorName } from './processor.js';
export { type RanShards, runShards, type ShardProgress } from './run-shards.js';
export { checkSeal, serializeSealed } from './sealed-safetensors.js';
export { removeTemporaries, sealOf, sealShard } from './sealed-shards.js';
export type {
  KindContext,
  MadeShard,
  PreparedPlan,
  ShardContent,
  ShardKind,
  ShardMaker,
} from './shard-kind.js';
