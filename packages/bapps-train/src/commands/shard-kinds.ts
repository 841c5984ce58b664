/**
 * @module
 * The kinds of work that `bapps work` knows: those of this package, and those of lpips-node.
 */
import { SHARD_KINDS as OF_LPIPS_NODE } from 'lpips-node/plan-commands';
import type { ShardKind } from 'lpips-node/shards';
import { extractKind } from './extract-kind.js';
import { labelsKind } from './labels-kind.js';

/** Every kind that is known here. */
export const SHARD_KINDS: readonly ShardKind[] = [extractKind, labelsKind, ...OF_LPIPS_NODE];
