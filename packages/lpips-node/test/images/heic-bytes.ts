/**
 * @module
 * The header of a HEIC file, as telephones write it: ISO/IEC 23008-12 boxes around one HEVC picture, without its data.
 */

/** A HEIC file of `width` x `height` pixels whose header can be read. It cannot be decoded. */
export function heicHeader(width: number, height: number): Buffer {
  const type = box('ftyp', 'heic', uint(4, 0), 'mif1heic');
  const start = type.length + meta(width, height, 0).length + 8;
  return Buffer.concat([type, meta(width, height, start), box('mdat', Buffer.alloc(8))]);
}

/** One item, of 8 bytes at `start`. */
function meta(width: number, height: number, start: number): Buffer {
  const decoder = Buffer.from('0101600000009000000000005af000fcfdf8f800000f00', 'hex');
  const properties = box('ipco', box('hvcC', decoder), fullBox('ispe', 0, uint(4, width), uint(4, height)));
  const place = [uint(2, 1), uint(2, 0), uint(2, 1), uint(4, start), uint(4, 8)];
  return fullBox(
    'meta',
    0,
    fullBox('hdlr', 0, uint(4, 0), 'pict', Buffer.alloc(13)),
    fullBox('pitm', 0, uint(2, 1)),
    fullBox('iloc', 0, uint(2, 0x4400), uint(2, 1), ...place),
    fullBox('iinf', 0, uint(2, 1), fullBox('infe', 2, uint(2, 1), uint(2, 0), 'hvc1', uint(1, 0))),
    box('iprp', properties, fullBox('ipma', 0, uint(4, 1), uint(2, 1), uint(1, 2), uint(2, 0x8102))),
  );
}

function box(type: string, ...parts: readonly (Buffer | string)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return Buffer.concat([uint(4, body.length + 8), Buffer.from(type), body]);
}

/** A box with a version and flags, which are 0. */
function fullBox(type: string, version: number, ...parts: readonly (Buffer | string)[]): Buffer {
  return box(type, uint(1, version), uint(3, 0), ...parts);
}

/** Big-endian. */
function uint(bytes: number, value: number): Buffer {
  const result = Buffer.alloc(bytes);
  result.writeUIntBE(value, 0, bytes);
  return result;
}
