/**
 * @module
 * The kinds of work that `lpips work` knows. To add one, write its file (`shards/shard-kind.ts` says what is in it) and name it
 * here. A package above this one adds its kinds to these in a `work` command of its own, as bapps-train does.
 */
import type { ShardKind } from '../shards/shard-kind.js';
import { folderKind } from './folder-kind.js';
import { indexKind } from './index-kind.js';

/** Every kind of this package. */
export const SHARD_KINDS: readonly ShardKind[] = [folderKind, indexKind];
