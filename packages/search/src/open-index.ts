/**
 * @module
 * Opens an index, and encodes a small one: the heads of its blocks and the names of its images are read, rows are not.
 */
import { checkOptions, checkText, invalid, kindOf } from 'lpips-core';
import { type ByteSource, readAt, readBody } from './byte-source.js';
import {
  BLOCK_HEAD_BYTES,
  type BlockPlaces,
  damaged,
  encodeBlock,
  type IndexEntry,
  type IndexedImage,
  isBlockStart,
  parseBlockHead,
  parseEntries,
} from './index-blocks.js';
import { encodeHeader, type IndexHeader, PAGE_BYTES, parseHeader } from './index-header.js';
import { SearchIndex } from './search-index.js';

/** Bytes that are looked at together. */
const CHUNK_BYTES = 2 ** 20;

/** How an index is opened. */
export interface OpenOptions {
  /** What messages call it. */
  readonly name?: string;
}

/**
 * Opens an index. What a killed writer left behind its last whole block is not read.
 *
 * @param source the bytes of an index file, or what reads them
 * @throws LpipsError where it is no index, damaged, or of another version
 */
export async function openIndex(
  source: Uint8Array | ByteSource,
  options: OpenOptions = {},
): Promise<SearchIndex> {
  const where = 'openIndex';
  checkOptions(where, options, ['name']);
  const { name = 'the index' } = options;
  checkText(where, 'name', name);
  const bytes = asSource(source);
  const header = parseHeader(where, name, await readAt(bytes, 0, PAGE_BYTES));
  const blocks: BlockPlaces[] = [];
  const entries: IndexEntry[] = [];
  const slacks: Uint8Array[] = [];
  for (let offset = PAGE_BYTES; offset < bytes.size; ) {
    const block = parseBlockHead(where, name, await readAt(bytes, offset, BLOCK_HEAD_BYTES), offset, header);
    if (block === undefined || block.end > bytes.size) {
      await checkUnfinished(where, name, bytes, offset);
      break;
    }
    const tail = await readAt(bytes, block.slacks, 4 * block.count + block.entriesBytes);
    // The last block is what a fault of the power may have left unwritten.
    if (block.end === bytes.size) await readBody(where, name, bytes, block);
    slacks.push(tail.subarray(0, 4 * block.count));
    for (const entry of parseEntries(where, name, tail.subarray(4 * block.count), block.count)) {
      entries.push(entry);
    }
    blocks.push(block);
    offset = block.end;
  }
  return new SearchIndex(name, bytes, header, blocks, entries, joinFloats(slacks));
}

/**
 * The bytes of an index of a small collection, as a page makes it, or the bytes of an index file.
 *
 * @param images at least one
 * @throws LpipsError where a summary is not one of this header
 */
export async function encodeIndex(
  header: IndexHeader,
  images: readonly IndexedImage[],
): Promise<Uint8Array<ArrayBuffer>> {
  if (typeof header !== 'object' || header === null) {
    throw invalid('encodeIndex', 'a header', 'header', kindOf(header), 'indexHeader makes one.');
  }
  if (!Array.isArray(images) || images.length === 0) {
    throw invalid('encodeIndex', 'a list of images', 'images', kindOf(images));
  }
  const head = encodeHeader(header);
  const block = await encodeBlock('encodeIndex', header, images);
  const index = new Uint8Array(head.length + block.length);
  index.set(head);
  index.set(block, head.length);
  return index;
}

/** What was being written is the end of a file. @throws LpipsError where another block follows: then it was whole once */
async function checkUnfinished(
  where: string,
  name: string,
  source: ByteSource,
  start: number,
): Promise<void> {
  for (let offset = start + PAGE_BYTES; offset < source.size; offset += CHUNK_BYTES) {
    const bytes = await readAt(source, offset, CHUNK_BYTES);
    for (let place = 0; place < bytes.length; place += PAGE_BYTES) {
      if (!isBlockStart(bytes.subarray(place))) continue;
      throw damaged(where, name, `no whole block begins at byte ${start}, and others follow`);
    }
  }
}

function asSource(source: Uint8Array | ByteSource): ByteSource {
  if (source instanceof Uint8Array) {
    const read = async (offset: number, into: Uint8Array) =>
      into.set(source.subarray(offset, offset + into.length));
    return { size: source.length, read };
  }
  const { size, read } = (source ?? {}) as Partial<ByteSource>;
  if (typeof size === 'number' && typeof read === 'function') return source;
  throw invalid('openIndex', 'bytes or a source of bytes', 'source', kindOf(source));
}

function joinFloats(parts: readonly Uint8Array[]): Float32Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  const view = new DataView(bytes.buffer);
  return Float32Array.from({ length: bytes.length / 4 }, (_, index) => view.getFloat32(4 * index, true));
}
