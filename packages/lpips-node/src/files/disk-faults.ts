/**
 * @module
 * Faults of the disk in words: full, read-only, not ours.
 */
import { mkdir } from 'node:fs/promises';
import { invalid } from 'lpips-core';

const FAULTS: ReadonlyMap<string, string> = new Map([
  ['ENOSPC', 'a full disk'],
  ['EDQUOT', 'an exhausted quota'],
  ['EROFS', 'a read-only file system'],
  ['EACCES', 'no permission to write'],
  ['EPERM', 'no permission to write'],
  ['ENOTDIR', 'a file where a folder should be'],
  ['EEXIST', 'a file where a folder should be'],
  ['EISDIR', 'a folder where the file should be'],
]);

/** The `code` of a system error, such as `'ENOSPC'`, or undefined. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** The error of a disk that could not be written, or the error itself where it is of another kind. */
export function translateDiskFault(where: string, path: string, advice: string, error: unknown): unknown {
  const got = FAULTS.get(codeOf(error) ?? '');
  return got === undefined ? error : invalid(where, 'a place that can be written', path, got, advice);
}

/**
 * Makes a folder for output, and those above it.
 *
 * @throws LpipsError where it cannot be made
 */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw translateDiskFault('output', folder, 'Choose another folder.', error);
  }
}
