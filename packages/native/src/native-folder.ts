/**
 * @module
 * The folders of installs: `backends/` in the cache folder. The cache folder is the one that `TFJS_NATIVE_CACHE` names,
 * else the one that `LPIPS_CACHE` names, else the platform's own (`~/.cache/tfjs-native` on Linux,
 * `~/Library/Caches/tfjs-native` on macOS, `%LOCALAPPDATA%\tfjs-native\Cache` on Windows; see `platform-cache.ts`).
 */
import { join, resolve } from 'node:path';
import type { Device } from './native-platform.js';
import { platformCacheDir } from './platform-cache.js';

/** Absolute path of the cache folder, which need not exist yet. */
export function nativeCacheDir(): string {
  const chosen = process.env['TFJS_NATIVE_CACHE'] || process.env['LPIPS_CACHE'];
  return chosen ? resolve(chosen) : platformCacheDir('tfjs-native');
}

/** Folder of all installed backends. */
export function backendsDir(cacheDir: string = nativeCacheDir()): string {
  return join(resolve(cacheDir), 'backends');
}

/** Folder of one installed backend, with a node_modules of its own. It is complete or does not exist. */
export function backendFolder(device: Device, cacheDir?: string): string {
  return join(backendsDir(cacheDir), device === 'gpu' ? 'tfjs-node-gpu' : 'tfjs-node');
}
