/**
 * @module
 * Opens a plan on this machine, or says why this machine must not make its shards.
 */
import { invalid } from 'lpips-core';
import type { PlacedPlan } from '../shards/plan.js';
import type { KindContext, ShardKind, ShardMaker } from '../shards/shard-kind.js';

/**
 * Opens a plan.
 *
 * @returns a maker, which the caller disposes
 * @throws LpipsError if the plan was written by another version, or for other weights or another backend
 */
export async function openPlan(
  kind: ShardKind,
  { plan }: PlacedPlan,
  context: KindContext,
): Promise<ShardMaker> {
  checkVersion(kind, plan.tool);
  return await kind.open(plan, context);
}

/** @throws LpipsError if the plan was written by another version */
function checkVersion({ name, tool }: ShardKind, planned: string): void {
  if (planned === tool) return;
  const advice = 'Install that version here, or write the plan anew.';
  throw invalid(name, `a plan by ${tool}`, 'the plan', `one by ${planned}`, advice);
}
