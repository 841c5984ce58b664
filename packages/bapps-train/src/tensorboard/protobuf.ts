/**
 * @module
 * The fields of protocol buffers that event files are made of, as bytes (protobuf.dev/programming-guides/encoding).
 */

/** Kinds of values on the wire. */
const [VARINT, FIXED_64, LENGTH_DELIMITED, FIXED_32] = [0, 1, 2, 5] as const;

const utf8 = new TextEncoder();

/** A whole number from 0 to 2^53. */
export function integerField(field: number, value: number): Uint8Array {
  return joined(tag(field, VARINT), varint(value));
}

/** A float of 64 bits. */
export function doubleField(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return joined(tag(field, FIXED_64), bytes);
}

/** A float of 32 bits. */
export function floatField(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return joined(tag(field, FIXED_32), bytes);
}

/** A text as UTF-8. */
export function textField(field: number, value: string): Uint8Array {
  return messageField(field, utf8.encode(value));
}

/** A message within a message: its fields one after the other. */
export function messageField(field: number, ...fields: readonly Uint8Array[]): Uint8Array {
  const content = joined(...fields);
  return joined(tag(field, LENGTH_DELIMITED), varint(content.length), content);
}

/** Arrays of bytes one after the other. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const part of parts) {
    bytes.set(part, start);
    start += part.length;
  }
  return bytes;
}

function tag(field: number, wireType: number): Uint8Array {
  return varint(field * 8 + wireType);
}

/** Seven bits a byte, the lowest first. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
