/**
 * @module
 * The sha256 of files, and its comparison with a digest of which only the beginning may be known.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { cannot, checkOptions, checkText } from 'lpips-core';
import { codeOf } from '../errors/foreign-error.js';

/**
 * The sha256 of a file in hex digits. The file is read as a stream.
 *
 * @throws LpipsError where it cannot be read
 */
export async function sha256OfFile(path: string, options: { signal?: AbortSignal } = {}): Promise<string> {
  checkText('sha256OfFile', 'path', path);
  checkOptions('sha256OfFile', options, ['signal']);
  try {
    return await hashFile(path, options.signal);
  } catch (error) {
    const code = codeOf(error);
    if (options.signal?.aborted === true || code === undefined) throw error;
    const why = code === 'ENOENT' ? 'there is no such file' : `the system reports ${code}`;
    throw cannot('sha256OfFile', `read ${path}`, why);
  }
}

/** Does what `sha256OfFile` does, and throws the system's own errors. */
export async function hashFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash, { ...(signal && { signal }) });
  return hash.digest('hex');
}

/**
 * Whether a digest begins with the known digits, whose letters may be of either case.
 *
 * @throws LpipsError unless both are strings
 */
export function matchesDigest(digest: string, known: string): boolean {
  checkText('matchesDigest', 'digest', digest);
  checkText('matchesDigest', 'known', known);
  return digest.startsWith(known.toLowerCase());
}
