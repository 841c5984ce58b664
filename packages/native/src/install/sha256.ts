/**
 * @module
 * Digests of files.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** Hex digits of the sha256 of a file, read in pieces. */
export async function sha256OfFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    signal?.throwIfAborted();
    hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}
