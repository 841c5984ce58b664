/**
 * @module
 * Faults of the disk in words.
 */
import { cannot } from '../errors.js';
import { codeOf } from './run-tool.js';

const FAULTS: ReadonlyMap<string, string> = new Map([
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', 'the quota is exhausted'],
  ['EROFS', 'the file system is read-only'],
  ['EACCES', 'there is no permission'],
  ['EPERM', 'there is no permission'],
  ['ENOTDIR', 'a file stands where a folder should be'],
  ['EEXIST', 'a file stands where a folder should be'],
]);

/** The error of a disk that could not be written, or the error itself where it is of another kind. */
export function translateDiskFault(where: string, folder: string, advice: string, error: unknown): unknown {
  const why = FAULTS.get(codeOf(error) ?? '');
  return why === undefined ? error : cannot(where, `write ${folder}`, why, advice);
}
