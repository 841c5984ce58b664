/**
 * @module
 * The program that makes shards for `bapps work`.
 */
import { enableProdMode } from '@tensorflow/tfjs-core';
import { serveShards } from 'lpips-node/plan-commands';
import { SHARD_KINDS } from './shard-kinds.js';

enableProdMode();
serveShards(SHARD_KINDS);
