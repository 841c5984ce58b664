/**
 * @module
 * Unpacks a gzipped tar archive in one pass, with a few megabytes of memory. Entries that no honest archive of images
 * holds are refused by name before anything of them is written: paths that lead out of the folder, links, devices, a file
 * that is there twice. An archive that unpacks to more than twenty times its size is refused too. Files outside the expected
 * folder are left out.
 */
import { createHash } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { invalid, LpipsError } from 'lpips-core';
import { codeOf } from 'lpips-node/files';
import { Parser, type ReadEntry } from 'tar';

/** How an archive is unpacked. */
export interface UnpackOptions {
  /** The folder of the archive whose content goes directly into the target. */
  readonly root: string;
  /** Called with the number of bytes of the archive that have been read. */
  readonly onProgress?: (bytes: number) => void;
  readonly signal?: AbortSignal;
}

/** What was unpacked. */
export interface Unpacked {
  /** Digest of the archive. */
  readonly sha256: string;
  /** Number of files. */
  readonly files: number;
  /** Paths in the archive that are outside the wanted folder, or hidden. */
  readonly leftOut: readonly string[];
}

/** A larger file is neither a patch nor a judgement. */
const MOST_BYTES = 64e6;
const CHUNK_BYTES = 1 << 20;
/** PNGs do not shrink. What shrinks are headers and judgements, which are less than half of an archive of tiny patches. */
const MOST_EXPANSION = 20;
/** Content that any archive may have. */
const FREE_BYTES = 64e6;
/** Beginnings of gzip and zstd, which the parser would decompress once more. */
const COMPRESSED = ['1f8b', '28b52ffd'] as const;
const DAMAGED = 'It is damaged: delete it, and download it again.';
const HOSTILE = 'No file of it was kept. Do not trust this archive.';
/** How a new file cannot be written where another file or a folder is. */
const TWICE: ReadonlySet<string> = new Set(['EEXIST', 'EISDIR', 'ENOTDIR']);
const FILES: ReadonlySet<string> = new Set(['File', 'OldFile', 'ContiguousFile']);

/**
 * Unpacks an archive into an empty folder.
 *
 * @throws LpipsError if the archive is damaged, truncated or empty, or holds an entry that it should not
 */
export async function unpackArchive(
  path: string,
  folder: string,
  { root, onProgress = () => undefined, signal }: UnpackOptions,
): Promise<Unpacked> {
  const hash = createHash('sha256');
  let read = 0;
  let contents: ArchiveContents;
  try {
    const found = await stat(path);
    if (!found.isFile()) throw invalid('unpack', 'an archive file', path, 'something else');
    contents = new ArchiveContents(path, folder, root, FREE_BYTES + MOST_EXPANSION * found.size);
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
        for await (const chunk of chunks) await contents.take(chunk);
        await contents.end();
      },
      { ...(signal && { signal }) },
    );
  } catch (error) {
    throw describe(path, error, signal);
  }
  const { files, leftOut } = contents;
  if (files === 0) throw invalid('unpack', `files in ${root}`, path, 'none', 'Is it the right archive?');
  return { sha256: hash.digest('hex'), files, leftOut };
}

/** Takes a tar archive in chunks and writes its files. It never holds more than the content of one chunk. */
class ArchiveContents {
  readonly leftOut: string[] = [];
  files = 0;
  readonly #folder: string;
  readonly #parser: Parser;
  readonly #folders = new Set<string>();
  readonly #archive: string;
  readonly #mostBytes: number;
  #writing: Promise<void>[] = [];
  #bytes = 0;
  #fault: unknown;

  constructor(archive: string, folder: string, root: string, mostBytes: number) {
    this.#archive = archive;
    this.#folder = folder;
    this.#mostBytes = mostBytes;
    this.#parser = new Parser({
      strict: true,
      filter: (path, entry) => this.#admit(archive, root, path, entry),
    });
    this.#parser.on('error', (error) => this.#fail(error));
    this.#parser.on('entry', (entry: ReadEntry) => this.#receive(entry));
  }

  /** @throws what is wrong with this part of the archive, or with the disk */
  async take(chunk: Buffer): Promise<void> {
    const start = chunk.toString('hex', 0, 4);
    if (this.#bytes === 0 && COMPRESSED.some((beginning) => start.startsWith(beginning))) {
      throw invalid(
        'unpack',
        'a tar archive in gzip',
        this.#archive,
        'one that is compressed twice',
        HOSTILE,
      );
    }
    this.#bytes += chunk.length;
    if (this.#bytes > this.#mostBytes) {
      const requirement = `at most ${this.#mostBytes} bytes when unpacked`;
      throw invalid('unpack', requirement, this.#archive, 'more', HOSTILE);
    }
    this.#parser.write(chunk);
    await this.#settle();
  }

  /** @throws if the archive is truncated */
  async end(): Promise<void> {
    this.#parser.end();
    await this.#settle();
  }

  /** Refuses an entry, leaves it out, or admits it under its path in the folder. */
  #admit(archive: string, root: string, path: string, entry: Stats | ReadEntry): boolean {
    if (this.#fault !== undefined || !('header' in entry)) return false;
    const refusal = refusalOf(archive, path, entry);
    if (refusal !== undefined) this.#fail(refusal);
    else {
      const inside = pathInside(path, root);
      if (inside === undefined) this.leftOut.push(path);
      else if (FILES.has(entry.type) && inside !== '') {
        entry.path = inside;
        return true;
      }
    }
    return false;
  }

  #receive(entry: ReadEntry): void {
    const parts: Buffer[] = [];
    entry.on('data', (part: Buffer) => parts.push(part));
    entry.on('end', () => {
      this.files++;
      const writing = this.#write(join(this.#folder, entry.path), Buffer.concat(parts));
      this.#writing.push(writing.catch((error: unknown) => this.#fail(error)));
    });
  }

  async #write(path: string, bytes: Buffer): Promise<void> {
    const above = dirname(path);
    try {
      if (!this.#folders.has(above)) await mkdir(above, { recursive: true });
      this.#folders.add(above);
      await writeFile(path, bytes, { flag: 'wx' });
    } catch (error) {
      if (!TWICE.has(codeOf(error) ?? '')) throw error;
      const name = relative(this.#folder, path);
      throw invalid('unpack', 'one file of each name', this.#archive, `${name} twice, or in a file`, HOSTILE);
    }
  }

  async #settle(): Promise<void> {
    const writing = this.#writing;
    this.#writing = [];
    await Promise.all(writing);
    if (this.#fault !== undefined) throw this.#fault;
  }

  #fail(error: unknown): void {
    this.#fault ??= error;
  }
}

/** Why an entry makes the whole archive untrustworthy; undefined if it does not. */
function refusalOf(archive: string, path: string, { type, size }: ReadEntry): LpipsError | undefined {
  if (!FILES.has(type) && type !== 'Directory') {
    return invalid('unpack', 'files and folders alone', archive, `${path} (${type})`, HOSTILE);
  }
  const leadsOut = path.startsWith('/') || /^[a-z]:|\\|\0/i.test(path) || path.split('/').includes('..');
  if (leadsOut) return invalid('unpack', 'paths that stay inside', archive, path, HOSTILE);
  // On Windows a.png:b is another stream of a.png.
  if (path.includes(':')) return invalid('unpack', 'names without a colon', archive, path, HOSTILE);
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

/** A path relative to the wanted folder: empty for that folder, undefined outside it and for hidden files. */
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
