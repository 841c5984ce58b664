/**
 * @module
 * The blocks of an index file. Each holds the summaries of some images, and begins at a multiple of 4 KiB:
 *
 *     bytes 0 to 7     "LPIPSBLK"
 *     bytes 8 to 15    images, and bytes of the JSON below, little-endian
 *     bytes 16 to 47   sha256 of all that follows the head
 *     byte 48          1 as long as a writer adds to the block, 0 once it is ended
 *     from 64          rows of float16, 16 bytes aligned
 *                      slack of each row, float32
 *                      a JSON list of the images
 *
 * A writer writes the first 64 bytes last, in one sector. Where it was interrupted they are zeros, and the block does not count.
 */
import { cannot, checkNumber, checkText, digestOf, invalid, kindOf } from 'lpips-core';
import { type IndexHeader, PAGE_BYTES } from './index-header.js';
import { encodeRow, rowBytes } from './stored-summary.js';
import type { Summary } from './summary.js';

/** The image that a row is of. */
export interface IndexEntry {
  /** Its path from the folder of the index, with `/` between folders; in a page, its name. */
  readonly path: string;
  /** Of its file, so that a changed one is noticed. */
  readonly bytes: number;
  /** When the file was changed last, in whole milliseconds since 1970. */
  readonly time: number;
}

/** An image and its summary. */
export interface IndexedImage extends IndexEntry {
  readonly summary: Summary;
}

/** Where the parts of a block lie. */
export interface BlockPlaces {
  readonly count: number;
  readonly rows: number;
  readonly slacks: number;
  readonly entries: number;
  readonly entriesBytes: number;
  /** Where the next block begins. */
  readonly end: number;
  readonly digest: string;
  /** Whether its writer was going to add to it. The next writer does. */
  readonly isOpen: boolean;
}

/** Bytes of the head of a block. */
export const BLOCK_HEAD_BYTES = 64;
const MAGIC = 'LPIPSBLK';
const OPEN_BYTE = 48;
/** So many images make a block of full size. */
export const BLOCK_IMAGES = 64;

/**
 * A block, whose first 64 bytes are its head.
 *
 * @param isOpen whether its writer is going to add to it
 */
export async function encodeBlock(
  where: string,
  header: IndexHeader,
  images: readonly IndexedImage[],
  isOpen = false,
): Promise<Uint8Array<ArrayBuffer>> {
  const row = rowBytes(header);
  const entries = images.map((image) => checkEntry(where, image));
  const json = new TextEncoder().encode(JSON.stringify(entries));
  const { slacks, entries: start, end } = placesOf(0, images.length, json.length, header);
  const block = new Uint8Array(end);
  const view = new DataView(block.buffer);
  for (const [index, { summary }] of images.entries()) {
    const stored = encodeRow(where, summary, header);
    block.set(stored.bytes, BLOCK_HEAD_BYTES + index * row);
    view.setFloat32(slacks + 4 * index, stored.slack, true);
  }
  block.set(json, start);
  block.set(new TextEncoder().encode(MAGIC));
  view.setUint32(8, images.length, true);
  view.setUint32(12, json.length, true);
  block[OPEN_BYTE] = isOpen ? 1 : 0;
  const digest = await digestOf(block.slice(BLOCK_HEAD_BYTES));
  for (let i = 0; i < 32; i++) block[16 + i] = Number.parseInt(digest.slice(2 * i, 2 * i + 2), 16);
  return block;
}

/**
 * @param head the first 64 bytes of a block that begins at `offset` of the file
 * @returns undefined where none was finished there
 * @throws LpipsError where what stands there is no block
 */
export function parseBlockHead(
  where: string,
  name: string,
  head: Uint8Array,
  offset: number,
  header: IndexHeader,
): BlockPlaces | undefined {
  if (head.length < BLOCK_HEAD_BYTES || head.every((byte) => byte === 0)) return undefined;
  const view = new DataView(head.buffer, head.byteOffset);
  const [count, entriesBytes] = [view.getUint32(8, true), view.getUint32(12, true)];
  if (!isBlockStart(head) || count === 0) {
    throw damaged(where, name, `no block begins at byte ${offset}`);
  }
  const digest = Array.from(head.subarray(16, 48), (byte) => byte.toString(16).padStart(2, '0')).join('');
  const isOpen = head[OPEN_BYTE] === 1;
  return { ...placesOf(offset, count, entriesBytes, header), digest, isOpen };
}

/** Whether bytes begin as a block does. */
export function isBlockStart(bytes: Uint8Array): boolean {
  return new TextDecoder().decode(bytes.subarray(0, MAGIC.length)) === MAGIC;
}

/** The images of a block. */
export function parseEntries(where: string, name: string, json: Uint8Array, count: number): IndexEntry[] {
  let found: unknown;
  try {
    found = JSON.parse(new TextDecoder().decode(json));
  } catch {
    found = undefined;
  }
  if (!Array.isArray(found) || found.length !== count)
    throw damaged(where, name, 'a list of images is not whole');
  return found.map((entry: unknown) => {
    try {
      return checkEntry(where, entry as IndexEntry);
    } catch {
      throw damaged(where, name, 'a list of images is not whole');
    }
  });
}

/** An error about an index that is not as it was written. */
export function damaged(where: string, name: string, why: string): Error {
  return cannot(where, `read ${name}`, `it is damaged: ${why}`, 'Make the index anew.');
}

function placesOf(offset: number, count: number, entriesBytes: number, header: IndexHeader) {
  const rows = offset + BLOCK_HEAD_BYTES;
  const slacks = rows + count * rowBytes(header);
  const entries = slacks + 4 * count;
  const end = Math.ceil((entries + entriesBytes) / PAGE_BYTES) * PAGE_BYTES;
  return { count, rows, slacks, entries, entriesBytes, end };
}

function checkEntry(where: string, entry: IndexEntry): IndexEntry {
  if (typeof entry !== 'object' || entry === null) throw invalid(where, 'an image', 'images', kindOf(entry));
  const { path, bytes, time } = entry;
  checkText(where, 'path', path);
  checkNumber(where, 'bytes', bytes, { isWhole: true });
  checkNumber(where, 'time', time, { least: Number.NEGATIVE_INFINITY, isWhole: true });
  return { path, bytes, time };
}
