/**
 * @module
 * Takes single files out of a wheel, a zip archive, each in a stream: the largest, of 1 GB, never lies in memory.
 */
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { type Entry, openPromise } from 'yauzl';
import { invalid } from '../errors.js';

export interface UnpackOptions {
  /** Told after each piece. `totalBytes` is the size of all that will be written. */
  readonly onBytes?: (writtenBytes: number, totalBytes: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Writes the chosen files into `folder`.
 *
 * @param choose path in `folder` for a name in the archive, undefined to leave it out
 * @returns names in the archive of what was written
 * @throws NativeError where the archive is damaged, or a name leads out of `folder`
 */
export async function unpackWheel(
  wheel: string,
  folder: string,
  choose: (name: string) => string | undefined,
  { onBytes, signal }: UnpackOptions = {},
): Promise<readonly string[]> {
  const zip = await openPromise(wheel, { autoClose: false, lazyEntries: true }).catch((error: unknown) => {
    throw damaged(wheel, error);
  });
  try {
    const chosen: { entry: Entry; path: string }[] = [];
    for await (const entry of zip.eachEntry()) {
      const name = entry.fileName.endsWith('/') ? undefined : choose(entry.fileName);
      if (name !== undefined) chosen.push({ entry, path: inside(folder, name) });
    }
    const totalBytes = chosen.reduce((sum, { entry }) => sum + entry.uncompressedSize, 0);
    let written = 0;
    for (const { entry, path } of chosen) {
      await mkdir(dirname(path), { recursive: true });
      let checksum = 0;
      const meter = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          checksum = crc32(chunk, checksum);
          written += chunk.length;
          onBytes?.(written, totalBytes);
          done(null, chunk);
        },
      });
      const source = await zip.openReadStreamPromise(entry);
      await pipeline(source, meter, createWriteStream(path), { ...(signal && { signal }) });
      if (checksum !== entry.crc32) throw damaged(wheel, `the checksum of ${entry.fileName}`);
    }
    return chosen.map(({ entry }) => entry.fileName);
  } finally {
    zip.close();
  }
}

/** The text of one small file, undefined where there is none. */
export async function readFromWheel(
  wheel: string,
  isIt: (name: string) => boolean,
): Promise<string | undefined> {
  const zip = await openPromise(wheel, { autoClose: false, lazyEntries: true });
  try {
    for await (const entry of zip.eachEntry()) {
      if (!isIt(entry.fileName)) continue;
      const parts: Buffer[] = [];
      for await (const part of await zip.openReadStreamPromise(entry)) parts.push(Buffer.from(part));
      return Buffer.concat(parts).toString();
    }
    return undefined;
  } finally {
    zip.close();
  }
}

function inside(folder: string, name: string): string {
  const path = resolve(folder, name);
  if (path.startsWith(resolve(folder) + sep)) return path;
  throw invalid('backend install', 'names within the archive', 'wheel', `"${name}"`);
}

function damaged(wheel: string, error: unknown): Error {
  const fault = (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
  return invalid(
    'backend install',
    'a whole zip archive',
    wheel,
    `a fault (${fault})`,
    'Delete it and try again.',
  );
}
