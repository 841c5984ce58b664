/**
 * @module
 * Reads a file, or says in one sentence why not.
 */
import { cannot, invalid, type LpipsError } from 'lpips-core';
import { codeOf } from 'lpips-node/files';
import { NoRegularFile, readRegularFile } from './regular-file.js';

/** What is read, in messages. */
export interface WhatIsRead {
  /** Function that refuses, as its caller knows it. */
  readonly where: string;
  /** `a NumPy array file` */
  readonly what: string;
  /** A larger file is refused. Default: none is. */
  readonly mostBytes?: number;
  /** What to do if there is no such file. */
  readonly whereMissing?: string;
}

/**
 * Reads a file whole.
 *
 * @throws LpipsError if there is none, or it is too large, no file but a folder, pipe or device, or cannot be read
 */
export async function readFileOf(path: string, about: WhatIsRead): Promise<Buffer> {
  const found = await findFileOf(path, about);
  if (found !== undefined) return found;
  throw invalid(about.where, about.what, path, 'no such file', about.whereMissing);
}

/**
 * Does what `readFileOf` does.
 *
 * @returns undefined if there is no such file
 */
export async function findFileOf(path: string, about: WhatIsRead): Promise<Buffer | undefined> {
  try {
    return await readRegularFile(path, about.mostBytes);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw faultOf(path, error, about);
  }
}

/** The sentence about a file that cannot be read. */
export function faultOf(path: string, error: unknown, { where, what, mostBytes }: WhatIsRead): LpipsError {
  if (!(error instanceof NoRegularFile)) return cannot(where, `read ${path}`, codeOf(error) ?? String(error));
  const limit = error.isTooLarge ? ` of at most ${mostBytes} bytes` : '';
  return invalid(where, `${what}${limit}`, path, error.got);
}
