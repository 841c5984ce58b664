/**
 * @module
 * Takes single files out of a wheel, which is a zip archive. Each is streamed, since the largest has 1 GB.
 */
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { cannot } from '../errors.js';

export interface UnpackOptions {
  /** Called after each chunk. `totalBytes` is the size of all files that will be written. */
  readonly onBytes?: (writtenBytes: number, totalBytes: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Writes the chosen files into `folder`.
 *
 * @param choose gives the path in `folder` for a name in the archive, or undefined to leave the file out
 * @returns the names in the archive of the files that were written
 * @throws NativeError where the archive is damaged, or a name leads out of `folder`
 */
export async function unpackWheel(
  wheel: string,
  folder: string,
  choose: (name: string) => string | undefined,
  { onBytes, signal }: UnpackOptions = {},
): Promise<readonly string[]> {
  const zip = await open(wheel);
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
      if (checksum !== entry.crc32) throw damaged(wheel, `the checksum of ${entry.fileName} does not match`);
    }
    return chosen.map(({ entry }) => entry.fileName);
  } finally {
    zip.close();
  }
}

/** The text of the first file whose name `isIt` accepts, or undefined where there is none. */
export async function readFromWheel(
  wheel: string,
  isIt: (name: string) => boolean,
): Promise<string | undefined> {
  const zip = await open(wheel);
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

async function open(wheel: string): Promise<ZipFile> {
  return await openPromise(wheel, { autoClose: false, lazyEntries: true }).catch((error: unknown) => {
    throw damaged(wheel, error instanceof Error ? error.message : String(error));
  });
}

function inside(folder: string, name: string): string {
  const path = resolve(folder, name);
  if (path.startsWith(resolve(folder) + sep)) return path;
  throw cannot(
    'installNative',
    `unpack ${folder}`,
    `the name "${name}" in the wheel leads out of that folder`,
  );
}

function damaged(wheel: string, fault: string): Error {
  const why = `it is damaged (${fault.replace(/\.$/, '')})`;
  return cannot('installNative', `unpack ${wheel}`, why, 'Delete it and try again.');
}
