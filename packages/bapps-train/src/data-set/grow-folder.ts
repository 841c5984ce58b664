/**
 * @module
 * Folders that are complete or not there at all. They are filled under a hidden name next to their place and then
 * renamed. The next run deletes what an interrupted one left, and there is one writer at a time.
 */
import { mkdir, readdir, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { checkOptions, checkText, invalid } from 'lpips-core';
import { asOnlyWriter, replaceFile, translateDiskFault } from 'lpips-node/files';
import { checkFunction } from '../check-arguments.js';

/** Marks a folder of an unfinished run, which may be deleted. */
const MARKER = '.unfinished';
const DISK_ADVICE = 'Free some space, or choose another folder. Nothing was left behind.';

/** How a folder grows. */
export interface GrowOptions {
  /** Function that refuses, as its caller knows it. */
  readonly where: string;
  readonly signal?: AbortSignal;
}

/**
 * Makes a folder and fills it.
 *
 * @param path of the folder; an empty folder there is replaced
 * @param work fills the folder that it is given, which is deleted if it throws
 * @throws LpipsError if something is already there, another run is making it, or the disk is full
 */
export async function growFolder<Result>(
  path: string,
  work: (folder: string, signal: AbortSignal) => Promise<Result>,
  options: GrowOptions,
): Promise<Result> {
  checkText('growFolder', 'path', path);
  checkFunction('growFolder', 'work', work);
  checkOptions('growFolder', options, ['where', 'signal']);
  checkText('growFolder', 'where', options.where);
  const { where, signal = new AbortController().signal } = options;
  const target = resolve(path);
  const hidden = join(dirname(target), `.${basename(target)}`);
  try {
    await checkEmpty(path, where);
    return await asOnlyWriter(`${hidden}.writer`, { where, what: path }, async () => {
      await checkEmpty(path, where); // another run may have made it in the meantime
      const part = `${hidden}.part`;
      await startOver(part, where);
      try {
        const result = await work(part, signal);
        signal.throwIfAborted();
        await rm(join(part, MARKER));
        await rmdir(target).catch(() => undefined);
        await replaceFile(part, target);
        return result;
      } catch (error) {
        await rm(part, { recursive: true, force: true, maxRetries: 5 }); // writes may still be running
        throw error;
      }
    });
  } catch (error) {
    throw translateDiskFault(where, path, DISK_ADVICE, error);
  }
}

/** @throws LpipsError unless the path is free or an empty folder */
export async function checkEmpty(path: string, where: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return;
  const [first] = found.isDirectory() ? await readdir(path) : ['no folder'];
  if (first === undefined) return;
  const got = found.isDirectory() ? `one that holds ${first}` : 'a file';
  throw invalid(where, 'a new or empty folder', path, got, 'Name another, or delete it.');
}

/** Makes an empty folder, and first deletes one that an earlier run did not finish. */
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
