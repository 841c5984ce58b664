/**
 * @module
 * Whether an image file is truncated. Browsers draw the part that is there and leave the rest grey, and decoders of JPEG
 * take zeros behind a break for pixels. Either would then be compared without a warning. Sources: PNG (third edition) 5.2 and 5.3, ITU-T T.81 annex B, RFC 9649.
 */

import { checkBytes } from '../check-options.js';

const MARKER = 0xff;
const SOI = 0xd8;
const EOI = 0xd9;

/**
 * Whether a PNG, JPEG or WebP ends before its image does. Bytes of any other kind give `false`.
 *
 * @throws LpipsError for what is no Uint8Array
 */
export function isTruncated(bytes: Uint8Array): boolean {
  checkBytes('isTruncated', 'bytes', bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12) return false;
  if (view.getUint32(0) === 0x89504e47) return !reachesIend(view);
  if (view.getUint8(0) === MARKER && view.getUint8(1) === SOI) return !reachesEndOfImage(view);
  const isWebp = view.getUint32(0) === 0x52494646 && view.getUint32(8) === 0x57454250; // RIFF, WEBP
  return isWebp && 8 + view.getUint32(4, true) > bytes.length;
}

/** Walks the chunks of a PNG, which consist of length, type, data and checksum. */
function reachesIend(view: DataView): boolean {
  for (let at = 8; at + 12 <= view.byteLength; at += 12 + view.getUint32(at)) {
    if (view.getUint32(at + 4) === 0x49454e44) return true;
  }
  return false;
}

/** Walks the segments of a JPEG. Between them stands compressed data, in which 0xff is followed by 0 or a restart marker. */
function reachesEndOfImage(view: DataView): boolean {
  let at = 2;
  while (at + 2 <= view.byteLength) {
    const marker = view.getUint8(at + 1);
    const isMarker =
      view.getUint8(at) === MARKER &&
      marker !== 0 &&
      marker !== MARKER &&
      !(marker >= 0xd0 && marker <= 0xd7);
    if (!isMarker) at++;
    else if (marker === EOI) return true;
    else if (at + 4 > view.byteLength) return false;
    else at += 2 + view.getUint16(at + 2);
  }
  return false;
}
