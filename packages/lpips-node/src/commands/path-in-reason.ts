/**
 * @module
 * Reasons why files are left out, without the paths of the files: so they are the same on every machine.
 */

/** Stands for the path of the file. */
const PATH = '$path';

/** A reason without the path of its file, as a plan or a shard states it. */
export function withoutPath(reason: string, path: string): string {
  return reason.replaceAll(path, () => PATH);
}

/** A reason with the path of its file. */
export function withPath(reason: string, path: string): string {
  return reason.replaceAll(PATH, () => path);
}
