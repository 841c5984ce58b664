/**
 * @module
 * Where an install lies: `backends/` in the cache folder. That is `TFJS_NATIVE_CACHE`, else `LPIPS_CACHE`, else the
 * platform's own place for caches (`~/.cache/tfjs-native` on Linux, `~/Library/Caches/tfjs-native` on macOS,
 * `%LOCALAPPDATA%\tfjs-native\Cache` on Windows).
 */
import { join, resolve } from 'node:path';
import envPaths from 'env-paths';
import type { Device } from './native-platform.js';

/** Absolute path of the cache folder, which need not exist yet. */
export function nativeCacheDir(): string {
  const chosen = process.env['TFJS_NATIVE_CACHE'] || process.env['LPIPS_CACHE'];
  return chosen ? resolve(chosen) : envPaths('tfjs-native', { suffix: '' }).cache;
}

/** Folder of all installed backends. */
export function backendsDir(cacheDir: string = nativeCacheDir()): string {
  return join(resolve(cacheDir), 'backends');
}

/** Folder of one, with a node_modules of its own. It is there whole or not at all. */
export function backendFolder(device: Device, cacheDir?: string): string {
  return join(backendsDir(cacheDir), device === 'gpu' ? 'tfjs-node-gpu' : 'tfjs-node');
}
