/**
 * @module
 * A gzipped tar archive as a folder, in one pass and a few megabytes of memory. Whatever an honest archive of images
 * does not hold is refused by name before it is written: paths that lead out of the folder, links, devices. What lies
 * beside the expected folder is left out.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, type Stats } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { invalid, LpipsError } from 'lpips-core';
import { codeOf } from 'lpips-node/command';
import { type ReadEntry, Unpack } from 'tar';

/** How an archive is unpacked. */
export interface UnpackOptions {
  /** The folder of the archive that is wanted; its content goes right into the target. */
  readonly root: string;
  /** Bytes of the archive that were read so far. */
  readonly onProgress?: (bytes: number) => void;
  readonly signal?: AbortSignal;
}

/** What was unpacked. */
export interface Unpacked {
  /** Digest of the archive. */
  readonly sha256: string;
  /** Number of files. */
  readonly files: number;
  /** Paths in the archive that lie beside the wanted folder, or are hidden. */
  readonly leftOut: readonly string[];
}

/** Larger files are no patches, nor their judgements. */
const MOST_BYTES = 64e6;
const CHUNK_BYTES = 1 << 20;
const DAMAGED = 'It is damaged: delete it, and download it again.';
const HOSTILE = 'Nothing of it was kept; do not trust this archive.';
const FILES: ReadonlySet<string> = new Set(['File', 'OldFile', 'ContiguousFile']);

/**
 * Unpacks an archive into a folder that exists.
 *
 * @throws LpipsError where the archive is damaged, cut short, empty, or holds what it should not
 */
export async function unpackArchive(
  path: string,
  folder: string,
  { root, onProgress = () => undefined, signal }: UnpackOptions,
): Promise<Unpacked> {
  const hash = createHash('sha256');
  const leftOut: string[] = [];
  let files = 0;
  let fault: Error | undefined;
  const filter = (entryPath: string, entry: Stats | ReadEntry): boolean => {
    const refusal = 'header' in entry ? refusalOf(path, entryPath, entry) : undefined;
    fault ??= refusal;
    if (fault !== undefined) return false;
    const inside = pathInside(entryPath, root);
    if (inside === undefined) leftOut.push(entryPath);
    if (!inside || !('header' in entry)) return false;
    if (FILES.has(entry.type)) files++;
    entry.path = inside;
    return true;
  };
  const unpack = new Unpack({
    cwd: folder,
    strict: true,

    filter,
    preserveOwner: false,
    noMtime: true,
  });
  unpack.on('error', (error: Error) => {
    fault ??= error;
  });
  let read = 0;
  try {
    await pipeline(
      createReadStream(path, { highWaterMark: CHUNK_BYTES }),
      async function* count(chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          hash.update(chunk);
          read += chunk.length;
          onProgress(read);
          yield chunk;
        }
      },
      createGunzip({ chunkSize: CHUNK_BYTES }),
      async (chunks: AsyncIterable<Buffer>) => {
        for await (const chunk of chunks) {
          const goesOn = unpack.write(chunk);
          if (fault !== undefined) throw fault;
          if (!goesOn) await once(unpack, 'drain');
          if (fault !== undefined) throw fault;
        }
        const closed = once(unpack, 'close');
        unpack.end();
        await closed;
        if (fault !== undefined) throw fault;
      },
      { ...(signal && { signal }) },
    );
  } catch (error) {
    throw describe(path, fault ?? error, signal);
  }
  if (files === 0) throw invalid('unpack', `files in ${root}`, path, 'none', 'Is it the right archive?');
  return { sha256: hash.digest('hex'), files, leftOut };
}

/** Why an entry makes the whole archive untrustworthy; undefined where it does not. */
function refusalOf(archive: string, path: string, { type, size }: ReadEntry): LpipsError | undefined {
  if (!FILES.has(type) && type !== 'Directory') {
    return invalid('unpack', 'files and folders alone', archive, `${path} (${type})`, HOSTILE);
  }
  const leadsOut = path.startsWith('/') || /^[a-z]:|\\|\0/i.test(path) || path.split('/').includes('..');
  if (leadsOut) return invalid('unpack', 'paths that stay inside', archive, path, HOSTILE);
  if (size > MOST_BYTES) {
    return invalid(
      'unpack',
      `files of at most ${MOST_BYTES / 1e6} MB`,
      archive,
      `${path} (${size} bytes)`,
      HOSTILE,
    );
  }
  return undefined;
}

/** A path relative to the wanted folder; empty for that folder, undefined beside it and for hidden files. */
function pathInside(path: string, root: string): string | undefined {
  const [first, ...rest] = path.split('/').filter((part) => part !== '' && part !== '.');
  return first === root && !rest.some((part) => part.startsWith('.')) ? rest.join('/') : undefined;
}

function describe(path: string, error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted || error instanceof LpipsError) return error;
  const code = codeOf(error) ?? '';
  const message = error instanceof Error ? error.message : String(error);
  if (code.startsWith('Z_')) return invalid('unpack', 'a whole gzip file', path, message, DAMAGED);
  if (code.startsWith('TAR_')) {
    return invalid('unpack', 'a whole tar archive', path, message.replace(/^TAR_\w+: /, ''), DAMAGED);
  }
  return error;
}
