/**
 * @module
 * Index files that grow. A block of images counts once its first bytes are there, which are written after all others have reached
 * the disk. A writer that is killed loses at most the images of one block. The next one goes on behind the last whole block, and in it
 * where it was still to grow, so that the bytes in the end do not tell of the kill. One writer at a time: whoever calls keeps others
 * out.
 */
import { randomBytes } from 'node:crypto';
import { type FileHandle, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { checkNumber, checkOptions, checkText, invalid, kindOf } from 'lpips-core';
import { BLOCK_HEAD_BYTES, BLOCK_IMAGES, encodeBlock, type IndexedImage } from '../index-blocks.js';
import { checkSameHeader, encodeHeader, type IndexHeader } from '../index-header.js';
import { openIndex } from '../open-index.js';
import type { SearchIndex } from '../search-index.js';
import { fileFault, fileSource, openFile } from './file-source.js';

/** What is not on the disk is written after so many milliseconds, however few images it is: then in a block that is written again. */
const PATIENCE_MS = 5000;

/** An index file that images are added to, which `openWriter` opens. */
export class IndexWriter {
  /** What the file held when it was opened. */
  readonly index: SearchIndex;
  readonly #file: FileHandle;
  readonly #name: string;
  #end: number;
  #waiting: IndexedImage[];
  #written = Date.now();
  /** Whether a part of the last block was written. */
  #isBegun: boolean;
  readonly #patienceMs: number;

  /** For `openWriter`. */
  constructor(
    name: string,
    file: FileHandle,
    index: SearchIndex,
    begun: { readonly start: number; readonly images: IndexedImage[] } | undefined,
    patienceMs: number,
  ) {
    this.#patienceMs = patienceMs;
    this.index = index;
    this.#name = name;
    this.#file = file;
    this.#end = begun?.start ?? index.end;
    this.#waiting = begun?.images ?? [];
    this.#isBegun = begun !== undefined;
  }

  /**
   * Adds an image. It is on the disk when a block is full, some seconds have passed, or the writer is closed. An image that the
   * index has already is replaced.
   */
  async add(image: IndexedImage): Promise<void> {
    this.#waiting.push(image);
    const isFull = this.#waiting.length >= BLOCK_IMAGES;
    if (!isFull && Date.now() - this.#written <= this.#patienceMs) return;
    const length = await this.#writeBlock(!isFull);
    if (isFull) this.#endBlock(length);
  }

  /** Writes what waits, and ends its block. */
  async flush(): Promise<void> {
    if (this.#waiting.length > 0) this.#endBlock(await this.#writeBlock(false));
  }

  #endBlock(length: number): void {
    this.#end += length;
    this.#waiting = [];
    this.#isBegun = false;
  }

  /** Writes the block of what waits, in the place of a shorter one that was written before. Its rows stay where they are. */
  async #writeBlock(isOpen: boolean): Promise<number> {
    const block = await encodeBlock('IndexWriter', this.index.header, this.#waiting, isOpen);
    try {
      if (this.#isBegun) {
        await this.#write(new Uint8Array(BLOCK_HEAD_BYTES), this.#end);
        await this.#file.datasync();
      }
      this.#isBegun = true;
      await this.#write(block.subarray(BLOCK_HEAD_BYTES), this.#end + BLOCK_HEAD_BYTES);
      await this.#file.datasync();
      await this.#write(block.subarray(0, BLOCK_HEAD_BYTES), this.#end);
      await this.#file.datasync();
    } catch (error) {
      throw fileFault('IndexWriter', this.#name, error, 'write');
    }
    this.#written = Date.now();
    return block.length;
  }

  /** Writes what waits, and closes the file. */
  async close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      await this.#file.close();
    }
  }

  async #write(bytes: Uint8Array, position: number): Promise<void> {
    let done = 0;
    while (done < bytes.length) {
      done += (await this.#file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
    }
  }
}

/** How an index is written. */
export interface WriterOptions {
  /**
   * What is not on the disk is written after so many milliseconds, default 5000. The bytes of the file do not depend on it once the
   * writer is closed.
   */
  readonly patienceMs?: number;
  /** What messages call the file. Default: its path. */
  readonly name?: string;
}

/**
 * Opens an index file to add images, or makes it. What a killed writer left unfinished is cut off.
 *
 * @param header what its summaries are of; an index of others is refused, and so is any other file
 * @throws LpipsError where it cannot be written, or holds something else
 */
export async function openWriter(
  path: string,
  header: IndexHeader,
  options: WriterOptions = {},
): Promise<IndexWriter> {
  const where = 'openWriter';
  checkText(where, 'path', path);
  if (typeof header !== 'object' || header === null) {
    throw invalid(where, 'a header', 'header', kindOf(header), 'indexHeader makes one.');
  }
  checkOptions(where, options, ['patienceMs', 'name']);
  const { patienceMs = PATIENCE_MS, name = path } = options;
  const anyNumber = { least: Number.NEGATIVE_INFINITY };
  if (patienceMs !== Number.POSITIVE_INFINITY) checkNumber(where, 'patienceMs', patienceMs, anyNumber);
  checkText(where, 'name', name);
  if (!(await isThere(path))) await writeWhole(where, path, name, encodeHeader(header));
  const file = await openFile(where, path, 'r+');
  try {
    const index = await openIndex(await fileSource(where, path, file), { name });
    checkSameHeader(where, name, index.header, header);
    await file.truncate(index.end);
    return new IndexWriter(name, file, index, await index.openBlock(), patienceMs);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

async function writeWhole(where: string, path: string, name: string, bytes: Uint8Array): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    await writeFile(temporary, bytes, { flag: 'wx', flush: true });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw fileFault(where, name, error, 'write');
  }
}
