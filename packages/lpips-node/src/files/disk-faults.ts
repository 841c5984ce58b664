/**
 * @module
 * Faults of the disk in words.
 */
import { mkdir } from 'node:fs/promises';
import { cannot, checkText } from 'lpips-core';
import { codeOf } from '../errors/foreign-error.js';

const FAULTS: ReadonlyMap<string, string> = new Map([
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', 'the quota is exhausted'],
  ['EROFS', 'the file system is read-only'],
  ['EACCES', 'there is no permission'],
  ['EPERM', 'there is no permission'],
  ['ENOTDIR', 'a file stands where a folder should be'],
  ['EEXIST', 'a file stands where a folder should be'],
  ['ENAMETOOLONG', 'the name is too long'],
  ['ELOOP', 'its links go in a circle'],
  ['EMFILE', 'too many files are open'],
  ['EIO', 'the disk reports a fault'],
  ['EISDIR', 'a folder stands where the file should be'],
]);

/** The error of a disk that could not be written, or the error itself where it is of another kind. */
export function translateDiskFault(where: string, path: string, advice: string, error: unknown): unknown {
  const why = FAULTS.get(codeOf(error) ?? '');
  return why === undefined ? error : cannot(where, `write ${path}`, why, advice);
}

/**
 * Makes a folder for output, and those above it.
 *
 * @throws LpipsError where it cannot be made
 */
export async function makeFolder(folder: string): Promise<void> {
  checkText('makeFolder', 'folder', folder);
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw translateDiskFault('output', folder, 'Choose another folder.', error);
  }
}
