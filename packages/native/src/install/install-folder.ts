/**
 * @module
 * The folder of an install and what stands beside it: the folder of an install in the making, an older install while
 * it is replaced, and a wheel that is kept for another try after a failure.
 */
import { randomBytes } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

const STAGING = '.staging-';
const OLD = '.old';
const DOWNLOADS = '.wheel';

/** A new name for a folder in which an install is made. */
export function stagingFolder(folder: string): string {
  return `${folder}${STAGING}${randomBytes(6).toString('hex')}`;
}

/** Where a wheel is kept until an install that uses it succeeds. */
export function downloadsFolder(folder: string): string {
  return folder + DOWNLOADS;
}

/**
 * Replaces an older install. If the process dies between the two renames there is none, and the next install makes
 * one.
 */
export async function putInPlace(staging: string, folder: string): Promise<void> {
  const old = folder + OLD;
  await rm(old, { recursive: true, force: true });
  await rename(folder, old).catch(() => undefined);
  await rename(staging, folder);
  await rm(old, { recursive: true, force: true });
}

/** Deletes what interrupted installs left. To be called under the lock alone. */
export async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(dirname(folder))) {
    const start = basename(folder);
    if (name.startsWith(start + STAGING) || name === start + OLD) {
      await rm(join(dirname(folder), name), { recursive: true, force: true, maxRetries: 3 });
    }
  }
}
