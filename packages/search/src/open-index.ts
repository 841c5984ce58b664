/**
 * @module
 * Opens an index, and encodes a small one: the heads of its blocks and the names of its images are read, rows are not.
 */
import { checkOptions, checkText, digestOf, invalid, kindOf } from 'lpips-core';
import {
  BLOCK_HEAD_BYTES,
  type BlockPlaces,
  damaged,
  encodeBlock,
  type IndexEntry,
  type IndexedImage,
  parseBlockHead,
  parseEntries,
} from './index-blocks.js';
import { encodeHeader, type IndexHeader, PAGE_BYTES, parseHeader } from './index-header.js';
import { type ByteSource, SearchIndex } from './search-index.js';

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
    if (block === undefined || block.end > bytes.size) break;
    const tail = await readAt(bytes, block.slacks, 4 * block.count + block.entriesBytes);
    if (block.end === bytes.size) await checkDigest(where, name, bytes, block, offset);
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

/** The last block is what a fault of the power may have left unwritten. */
async function checkDigest(
  where: string,
  name: string,
  source: ByteSource,
  { end, digest }: BlockPlaces,
  offset: number,
): Promise<void> {
  const body = await readAt(source, offset + BLOCK_HEAD_BYTES, end - offset - BLOCK_HEAD_BYTES);
  if ((await digestOf(body)) !== digest)
    throw damaged(where, name, 'its last block is not as it was written');
}

async function readAt(source: ByteSource, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(Math.max(0, Math.min(length, source.size - offset)));
  await source.read(offset, bytes);
  return bytes;
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
