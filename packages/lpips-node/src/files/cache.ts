/**
 * @module
 * The cache folder: `LPIPS_CACHE`, else the platform's own place for caches (`~/.cache/lpips` on Linux,
 * `~/Library/Caches/lpips` on macOS, `%LOCALAPPDATA%\lpips\Cache` on Windows).
 */
import { join, resolve } from 'node:path';
import { checkText } from 'lpips-core';
import { platformCacheDir } from 'tfjs-native/platform-cache';

/** Absolute path of the cache folder, which need not exist yet. */
export function defaultCacheDir(): string {
  const chosen = process.env['LPIPS_CACHE'];
  return chosen ? resolve(chosen) : platformCacheDir('lpips');
}

/** The folder of the weights in a cache folder. */
export function weightsCacheDir(cacheDir: string = defaultCacheDir()): string {
  checkText('weightsCacheDir', 'cacheDir', cacheDir);
  return join(resolve(cacheDir), 'weights');
}
