/**
 * @module
 * Encoded bytes rearranged where the decoder would overlook something in them. The pixels stay as they are.
 */

/** Signature of a PNG, and its chunk IHDR of 13 bytes with length, type and checksum. */
const PNG_SIGNATURE = '\x89PNG\r\n\x1a\n';
const AFTER_IHDR = 33;

/**
 * A PNG may have its EXIF data, and so its orientation, after the pixels (PNG, third edition, 5.6). The decoder looks for it
 * before them only, so the chunk is moved there.
 */
export function withEarlyExif(bytes: Buffer): Buffer {
  if (bytes.toString('latin1', 0, 8) !== PNG_SIGNATURE) return bytes;
  let isLate = false;
  for (let at = 8; at + 12 <= bytes.length; ) {
    const end = at + 12 + bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    isLate ||= type === 'IDAT';
    if (type === 'eXIf' && end <= bytes.length) {
      if (!isLate) return bytes;
      const parts = [bytes.subarray(0, AFTER_IHDR), bytes.subarray(at, end), bytes.subarray(AFTER_IHDR, at)];
      return Buffer.concat([...parts, bytes.subarray(end)]);
    }
    at = end;
  }
  return bytes;
}

const START_OF_SCAN = 0xda;
const APP1 = 0xe1;
const APP2 = 0xe2;

/**
 * An Ultra HDR JPEG without the segments that announce its gain map (XMP, ISO 21496-1 and the index of its images). What is
 * left is the image that every viewer shows. It is decoded as any other JPEG, by a decoder that notices damaged data.
 */
export function withoutGainMap(bytes: Buffer): Buffer {
  const parts = [bytes.subarray(0, 2)];
  for (let at = 2; at + 4 <= bytes.length; ) {
    const marker = bytes.readUInt8(at + 1);
    if (marker === 0xff) {
      at++; // padding before a marker
      continue;
    }
    if (bytes.readUInt8(at) !== 0xff || marker === START_OF_SCAN) {
      parts.push(bytes.subarray(at));
      break;
    }
    const end = at + 2 + bytes.readUInt16BE(at + 2);
    const id = bytes.toString('latin1', at + 4, at + 16);
    const isKept = marker === APP1 ? id.startsWith('Exif') : marker !== APP2 || id.startsWith('ICC_PROFILE');
    if (isKept) parts.push(bytes.subarray(at, end));
    at = end;
  }
  return Buffer.concat(parts);
}
