/**
 * @module
 * Writes pickles opcode by opcode, as Python's pickler does at protocol 2, and anything that it never would.
 */

/** Bytes that leave one value on the machine's stack. */
export type PickleBytes = Uint8Array;

/** Bytes, text and single bytes, one after the other. */
export function bytesOf(...parts: (Uint8Array | string | number)[]): Uint8Array {
  const chunks = parts.map((part) => {
    if (typeof part === 'number') return Uint8Array.of(part);
    return typeof part === 'string' ? Buffer.from(part) : part;
  });
  return new Uint8Array(Buffer.concat(chunks));
}

/** A whole pickle: protocol, one value, stop. */
export function pickle(value: PickleBytes, protocol = 2): PickleBytes {
  return bytesOf(0x80, protocol, value, '.');
}

export function text(value: string): PickleBytes {
  const length = new DataView(new ArrayBuffer(4));
  const encoded = new TextEncoder().encode(value);
  length.setUint32(0, encoded.length, true);
  return bytesOf('X', new Uint8Array(length.buffer), encoded);
}

/** As Python writes integers: in 1, 2 or 4 bytes. */
export function int(value: number): PickleBytes {
  const view = new DataView(new ArrayBuffer(4));
  view.setInt32(0, value, true);
  const bytes = new Uint8Array(view.buffer);
  if (value >= 0 && value < 0x100) return bytesOf('K', bytes.subarray(0, 1));
  if (value >= 0 && value < 0x10000) return bytesOf('M', bytes.subarray(0, 2));
  return bytesOf('J', bytes);
}

/** An integer of any size, two's complement. */
export function long(value: bigint, byteLength: number): PickleBytes {
  const bytes = Uint8Array.from({ length: byteLength }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
  return bytesOf(0x8a, byteLength, bytes);
}

export function tuple(...items: PickleBytes[]): PickleBytes {
  return bytesOf('(', ...items, 't');
}

export function list(...items: PickleBytes[]): PickleBytes {
  return bytesOf(']', '(', ...items, 'e');
}

export function dict(entries: readonly (readonly [string, PickleBytes])[]): PickleBytes {
  return bytesOf('}', '(', ...entries.flatMap(([key, value]) => [text(key), value]), 'u');
}

export function global(module: string, name: string): PickleBytes {
  return bytesOf(`c${module}\n${name}\n`);
}

/** `callable(*args)` */
export function call(callable: PickleBytes, ...args: PickleBytes[]): PickleBytes {
  return bytesOf(callable, tuple(...args), 'R');
}

/** `value.__setstate__(state)` */
export function build(value: PickleBytes, state: PickleBytes): PickleBytes {
  return bytesOf(value, state, 'b');
}

export function persistent(id: PickleBytes): PickleBytes {
  return bytesOf(id, 'Q');
}

export const NONE = bytesOf('N');
export const FALSE = bytesOf(0x89);
export const TRUE = bytesOf(0x88);
