/**
 * @module
 * The sha256 of a file.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** @returns hex digits */
export async function sha256OfFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    signal?.throwIfAborted();
    hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}
