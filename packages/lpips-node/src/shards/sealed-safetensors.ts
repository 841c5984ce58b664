/**
 * @module
 * Safetensors files that show whether they are whole. Their metadata holds the sha256 of the file, computed with zeros
 * in its own place, so that a flipped bit is found anywhere: in the values, the names or the metadata.
 */
import { createHash } from 'node:crypto';
import { at, invalid, serializeSafetensors, type WeightMap } from 'lpips-core';

const KEY = 'sha256';
const UNSET = '0'.repeat(64);
const SEAL = new RegExp(`"${KEY}":"([0-9a-f]{64})"`);
const LENGTH_BYTES = 8;
const MAX_HEADER_BYTES = 1 << 26;

/** Bytes of a sealed file. The same tensors and metadata give the same bytes. */
export function serializeSealed(
  tensors: WeightMap,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const bytes = serializeSafetensors(tensors, { ...metadata, [KEY]: UNSET });
  const place = placeOfSeal(bytes);
  if (place === undefined) throw new Error('serializeSealed: no place for the seal');
  bytes.set(Buffer.from(createHash('sha256').update(bytes).digest('hex'), 'latin1'), place.start);
  return bytes;
}

/**
 * Checks the seal of a file that was read.
 *
 * @param path names the file in errors
 * @param kind what the file is, in errors
 * @param advice what to do if it is damaged
 * @throws LpipsError if its sha256 does not match
 */
export function checkSeal(bytes: Uint8Array, path: string, kind: string, advice: string): void {
  const place = placeOfSeal(bytes);
  if (place === undefined) {
    throw invalid('readSealed', `a ${kind}`, path, 'a damaged or another file', advice);
  }
  const hash = createHash('sha256')
    .update(bytes.subarray(0, place.start))
    .update(UNSET)
    .update(bytes.subarray(place.start + UNSET.length));
  if (hash.digest('hex') === place.seal) return;
  throw invalid('readSealed', `a whole ${kind}`, path, 'a damaged one', advice);
}

function placeOfSeal(bytes: Uint8Array): { start: number; seal: string } | undefined {
  if (bytes.length < LENGTH_BYTES) return undefined;
  const headerBytes = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (headerBytes > MAX_HEADER_BYTES) return undefined;
  const header = Buffer.from(
    bytes.buffer,
    bytes.byteOffset + LENGTH_BYTES,
    Math.min(headerBytes, bytes.length - LENGTH_BYTES),
  );
  const found = SEAL.exec(header.toString('latin1'));
  if (found === null) return undefined;
  return { start: LENGTH_BYTES + found.index + `"${KEY}":"`.length, seal: at(found, 1) };
}
