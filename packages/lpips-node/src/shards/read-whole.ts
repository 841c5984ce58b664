/**
 * @module
 * Reads plans and shards: files, and nothing else of their name.
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { cannot, invalid } from 'lpips-core';
import { codeOf } from '../errors/foreign-error.js';

/** Without the second flag, to open a pipe is to wait for its writer. Windows has neither. */
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * Reads a file whole.
 *
 * @param where function that refuses, as its caller knows it
 * @param what what the file is, such as `a plan`
 * @returns undefined if there is no such file
 * @throws LpipsError if it is too large, no file but a folder, pipe or device, or cannot be read
 */
export async function readWhole(
  path: string,
  { where, what, mostBytes }: { readonly where: string; readonly what: string; readonly mostBytes: number },
): Promise<Buffer | undefined> {
  const file = await open(path, READ).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw cannot(where, `read ${path}`, codeOf(error) ?? String(error));
  });
  if (file === undefined) return undefined;
  try {
    const found = await file.stat();
    if (!found.isFile())
      throw invalid(where, what, path, found.isDirectory() ? 'a folder' : 'a pipe or a device');
    if (found.size > mostBytes)
      throw invalid(where, `${what} of at most ${mostBytes} bytes`, path, `${found.size} bytes`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}
