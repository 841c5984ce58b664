/**
 * @module
 * The bytes of an index, wherever they are, and the blocks in them.
 */
import { digestOf } from 'lpips-core';
import { BLOCK_HEAD_BYTES, type BlockPlaces, damaged } from './index-blocks.js';

/** Bytes that can be read in any order. */
export interface ByteSource {
  readonly size: number;
  /** Fills `into` with the bytes from `offset` on. */
  readonly read: (offset: number, into: Uint8Array) => Promise<void>;
}

/** The bytes from a place on, as many as there are. */
export async function readAt(
  source: ByteSource,
  offset: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(Math.max(0, Math.min(length, source.size - offset)));
  await source.read(offset, bytes);
  return bytes;
}

/** The bytes of a block behind its head. @throws LpipsError unless they have the digest that it states */
export async function readBody(
  where: string,
  name: string,
  source: ByteSource,
  { rows, end, digest }: BlockPlaces,
): Promise<Uint8Array> {
  const body = await readAt(source, rows, end - rows);
  if ((await digestOf(body)) === digest) return body;
  throw damaged(where, name, `the block at byte ${rows - BLOCK_HEAD_BYTES} is not as it was written`);
}
