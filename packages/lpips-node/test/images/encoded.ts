/**
 * @module
 * Encoded images that no library here writes: TIFF with any tags, PNG with further chunks.
 */
import { crc32, deflateSync } from 'node:zlib';

/** A tag of a TIFF and its values, of type SHORT, or LONG where one is larger; or its bytes, of type UNDEFINED. */
export type Tag = readonly [tag: number, ...values: number[]] | readonly [tag: number, bytes: Uint8Array];

/** The tag of a colour profile. */
export const ICC_PROFILE = 34675;

const [SHORT, LONG, UNDEFINED] = [3, 4, 7];

/** A little-endian TIFF of 8-bit samples in one strip, with the tags that say so and `more`; a tag of `more` replaces one. */
export function tiff(
  samples: Uint8Array,
  { width, height, channels }: { width: number; height: number; channels: number },
  more: readonly Tag[],
): Buffer {
  const bits = Array.from({ length: channels }, () => 8);
  const own: Tag[] = [
    [256, width],
    [257, height],
    [258, ...bits],
    [259, 1],
    [262, 2],
    [273, 8],
    [277, channels],
    [278, height],
    [279, samples.length],
    [284, 1],
  ];
  const tags = new Map([...own, ...more].map(([tag, ...values]) => [tag, encodedValues(values)]));
  const sorted = [...tags].sort(([a], [b]) => a - b);
  const pad = samples.length % 2;
  const at = 8 + samples.length + pad;
  const table = Buffer.alloc(2 + 12 * sorted.length + 4);
  const extra: Buffer[] = [];
  let extraAt = at + table.length;
  table.writeUInt16LE(sorted.length, 0);
  for (const [index, [tag, { type, count, bytes }]] of sorted.entries()) {
    const entry = 2 + 12 * index;
    table.writeUInt16LE(tag, entry);
    table.writeUInt16LE(type, entry + 2);
    table.writeUInt32LE(count, entry + 4);
    if (bytes.length === 4) bytes.copy(table, entry + 8);
    else {
      table.writeUInt32LE(extraAt, entry + 8);
      extra.push(bytes);
      extraAt += bytes.length;
    }
  }
  const head = Buffer.from('II*\0\0\0\0\0', 'latin1');
  head.writeUInt32LE(at, 4);
  return Buffer.concat([head, samples, Buffer.alloc(pad), table, ...extra]);
}

/** The values of a tag, at least four bytes. */
function encodedValues(values: readonly (number | Uint8Array)[]) {
  const [first] = values;
  if (first instanceof Uint8Array) {
    return { type: UNDEFINED, count: first.length, bytes: Buffer.concat([first], Math.max(4, first.length)) };
  }
  const numbers = values.filter((value) => typeof value === 'number');
  const size = numbers.some((value) => value > 65535) ? 4 : 2;
  const bytes = Buffer.alloc(Math.max(4, size * numbers.length));
  for (const [place, value] of numbers.entries()) bytes.writeUIntLE(value, place * size, size);
  return { type: size === 4 ? LONG : SHORT, count: numbers.length, bytes };
}

/** A chunk of a PNG. */
export function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** The PNG with a colour profile. */
export function withProfile(png: Buffer, icc: Uint8Array): Buffer {
  const data = Buffer.concat([Buffer.from('profile\0\0', 'latin1'), deflateSync(icc)]);
  return Buffer.concat([png.subarray(0, 33), chunk('iCCP', data), png.subarray(33)]);
}

/** The JPEG with a colour profile, in one segment (ICC.1:2022, B.4). */
export function jpegWithProfile(jpeg: Buffer, icc: Uint8Array): Buffer {
  const head = Buffer.from('ICC_PROFILE\0\x01\x01', 'latin1'); // the first segment of one
  return withSegments(jpeg, segment(Buffer.concat([head, icc])));
}

/** A grey profile with a power for its curve: 1 is linear light. */
export function greyProfile(gamma: number): Buffer {
  const white = Buffer.alloc(20);
  white.write('XYZ ', 'latin1');
  for (const [index, value] of [0.9642, 1, 0.8249].entries()) {
    white.writeInt32BE(Math.round(value * 65536), 8 + 4 * index);
  }
  const curve = Buffer.alloc(16);
  curve.write('curv', 'latin1');
  curve.writeUInt32BE(1, 8);
  curve.writeUInt16BE(Math.round(gamma * 256), 12);
  const text = Buffer.alloc(32);
  text.write('desc', 'latin1');
  text.writeUInt32BE(5, 8);
  text.write('grey', 12, 'latin1');
  const description = Buffer.concat([text, Buffer.alloc(72)]);
  const parts = [
    ['desc', description],
    ['wtpt', white],
    ['kTRC', curve],
  ] as const;
  const head = Buffer.alloc(128 + 4 + 12 * parts.length);
  let at = head.length;
  for (const [index, [name, bytes]] of parts.entries()) {
    head.write(name, 132 + 12 * index, 'latin1');
    head.writeUInt32BE(at, 136 + 12 * index);
    head.writeUInt32BE(bytes.length, 140 + 12 * index);
    at += bytes.length;
  }
  head.writeUInt32BE(at, 0);
  head.writeUInt32BE(0x02100000, 8);
  head.write('mntrGRAYXYZ ', 12, 'latin1');
  head.write('acsp', 36, 'latin1');
  for (const [index, value] of [0.9642, 1, 0.8249].entries()) {
    head.writeInt32BE(Math.round(value * 65536), 68 + 4 * index);
  }
  head.writeUInt32BE(parts.length, 128);
  return Buffer.concat([head, ...parts.map(([, bytes]) => bytes)]);
}

/** A JPEG with a gain map behind it, announced as Ultra HDR does (ISO 21496-1), and an index of the two (CIPA DC-007). */
export function ultraHdr(primary: Buffer, gainMap: Buffer): Buffer {
  const id = Buffer.from('urn:iso:std:iso:ts:21496:-1\0', 'latin1');
  // No version, one channel; base and alternate headroom, least and largest gain, gamma, two offsets: each a fraction.
  const gain = words(0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 64, 1, 64);
  const second = withSegments(gainMap, segment(Buffer.concat([id, Buffer.from([0, 0, 0, 0, 0x40]), gain])));
  const announcement = segment(Buffer.concat([id, Buffer.alloc(4)]));
  const total = primary.length + announcement.length + segment(index(0, 0, 0)).length;
  const start = 2 + announcement.length + 8; // offsets count from behind "MPF\0" in the index
  const placed = segment(index(total, total - start, second.length));
  return Buffer.concat([withSegments(primary, announcement, placed), second]);
}

function index(total: number, offset: number, size: number): Buffer {
  const entries = [
    [shorts(0xb000, 7), words(4), Buffer.from('0100')],
    [shorts(0xb001, 4), words(1, 2)],
    [shorts(0xb002, 7), words(32, 50)],
  ].flat();
  const images = [words(0x030000, total, 0), shorts(0, 0), words(0, size, offset), shorts(0, 0)];
  const head = [Buffer.from('MPF\0MM\0*', 'latin1'), words(8), shorts(3)];
  return Buffer.concat([...head, ...entries, words(0), ...images]);
}

/** APP2 of a JPEG. */
function segment(body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0xff, 0xe2]), shorts(body.length + 2), body]);
}

function withSegments(jpeg: Buffer, ...segments: Buffer[]): Buffer {
  return Buffer.concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)]);
}

function words(...values: number[]): Buffer {
  const buffer = Buffer.alloc(4 * values.length);
  for (const [place, value] of values.entries()) buffer.writeUInt32BE(value, 4 * place);
  return buffer;
}

function shorts(...values: number[]): Buffer {
  const buffer = Buffer.alloc(2 * values.length);
  for (const [place, value] of values.entries()) buffer.writeUInt16BE(value, 2 * place);
  return buffer;
}
