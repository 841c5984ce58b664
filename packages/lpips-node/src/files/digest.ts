/**
 * @module
 * The sha256 of files, and its comparison with a digest of which only the beginning may be known.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

/** The sha256 of a file in hex digits. The file is read as a stream. */
export async function sha256OfFile(path: string, { signal }: { signal?: AbortSignal } = {}): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash, { ...(signal && { signal }) });
  return hash.digest('hex');
}

/** Whether a digest begins with the known digits, whose letters may be of either case. */
export function matchesDigest(digest: string, known: string): boolean {
  return digest.startsWith(known.toLowerCase());
}
