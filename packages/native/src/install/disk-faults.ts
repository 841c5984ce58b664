/**
 * @module
 * Faults of the disk in words.
 */
import { cannot } from '../errors.js';
import { codeOf } from './run-tool.js';

const FAULTS: ReadonlyMap<string | undefined, string> = new Map([
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', 'the quota is exhausted'],
  ['EROFS', 'the file system is read-only'],
  ['EACCES', 'there is no permission'],
  ['EPERM', 'there is no permission'],
  ['ENOTDIR', 'a file stands where a folder should be'],
  ['EEXIST', 'a file stands where a folder should be'],
]);

/** What to do where an install finds no room, or no right to write. */
export const DISK_ADVICE =
  'Free some space, or set TFJS_NATIVE_CACHE to a folder that can be written and has room.';

/** The error of a disk that could not be written, or the error itself where it is of another kind. */
export function translateDiskFault(where: string, folder: string, advice: string, error: unknown): unknown {
  const why = FAULTS.get(codeOf(error));
  return why === undefined ? error : cannot(where, `write ${folder}`, why, advice);
}
