/**
 * @module
 * The program that makes shards for `lpips work`.
 */
import { enableProdMode } from '@tensorflow/tfjs-core';
import { serveShards } from '../plan-commands/serve-shards.js';
import { SHARD_KINDS } from './shard-kinds.js';

enableProdMode();
serveShards(SHARD_KINDS);
