/**
 * @module
 * Folders that are there whole or not at all: they grow beside their place, hidden, and are renamed into it. What
 * an interrupted run left is cleared by the next; a lock keeps two runs apart.
 */
import { mkdir, readdir, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { invalid } from 'lpips-core';
import { translateDiskFault, withFileLock } from 'lpips-node/files';

/** Marks a folder of an unfinished run, which may be deleted. */
const MARKER = '.unfinished';
const DISK_ADVICE = 'Free some space, or choose another folder; nothing of it was left behind.';

/** How a folder grows. */
export interface GrowOptions {
  /** Who says so in errors. */
  readonly where: string;
  readonly signal?: AbortSignal;
}

/**
 * Makes a folder.
 *
 * @param path where it will be; an empty folder there is replaced
 * @param work fills the folder that it is given; where it fails, the folder is deleted
 * @throws LpipsError where something is there already, or the disk is full
 */
export async function growFolder<Result>(
  path: string,
  work: (folder: string, signal: AbortSignal) => Promise<Result>,
  { where, signal }: GrowOptions,
): Promise<Result> {
  const target = resolve(path);
  const hidden = join(dirname(target), `.${basename(target)}`);
  try {
    await checkEmpty(path, where);
    await mkdir(dirname(target), { recursive: true });
    return await withFileLock(
      hidden,
      async (lockSignal) => {
        await checkEmpty(path, where); // another run may have made it meanwhile
        const part = `${hidden}.part`;
        await startOver(part, where);
        try {
          const result = await work(part, lockSignal);
          lockSignal.throwIfAborted();
          await rm(join(part, MARKER));
          await rmdir(target).catch(() => undefined);
          await rename(part, target);
          return result;
        } catch (error) {
          await rm(part, { recursive: true, force: true, maxRetries: 5 }); // writes may still be under way
          throw error;
        }
      },
      signal === undefined ? {} : { signal },
    );
  } catch (error) {
    throw translateDiskFault(where, path, DISK_ADVICE, error);
  }
}

/** @throws LpipsError where a folder holds anything, or is none */
export async function checkEmpty(path: string, where: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return;
  const [first] = found.isDirectory() ? await readdir(path) : ['no folder'];
  if (first === undefined) return;
  const got = found.isDirectory() ? `one that holds ${first}` : 'a file';
  throw invalid(where, 'a new or empty folder', path, got, 'Name another, or delete it.');
}

/** Makes the folder anew; an unfinished one of an earlier run is deleted. */
async function startOver(part: string, where: string): Promise<void> {
  const names = await readdir(part).catch((): string[] => []);
  const [first] = names;
  if (first !== undefined && !names.includes(MARKER)) {
    throw invalid(where, 'a folder of its own', part, `one that holds ${first}`, 'Move it away.');
  }
  await rm(part, { recursive: true, force: true });
  await mkdir(part);
  await writeFile(join(part, MARKER), '');
}
