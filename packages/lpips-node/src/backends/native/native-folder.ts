/**
 * @module
 * Where `lpips backend install` puts things: `backends/` in the cache folder, beside the weights.
 */
import { join, resolve } from 'node:path';
import { defaultCacheDir } from '../../weights/cache.js';
import type { Device } from './native-platform.js';

/** Folder of all installed backends. */
export function backendsDir(cacheDir: string = defaultCacheDir()): string {
  return join(resolve(cacheDir), 'backends');
}

/** Folder of one, with a node_modules of its own. It is there whole or not at all. */
export function backendFolder(device: Device, cacheDir?: string): string {
  return join(backendsDir(cacheDir), device === 'gpu' ? 'tfjs-node-gpu' : 'tfjs-node');
}
