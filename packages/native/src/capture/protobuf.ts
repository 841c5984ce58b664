/**
 * @module
 * As much of the wire format of protocol buffers as TensorFlow's definitions need.
 * https://protobuf.dev/programming-guides/encoding
 */

/** Kinds of fields on the wire. */
const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** A whole number, a truth value or a member of an enumeration. Negative numbers are those of an int64. */
export function integerField(field: number, value: number | boolean): Uint8Array {
  return Uint8Array.from([...varint(field * 8 + WIRE.varint), ...varint(Number(value))]);
}

/** A float. */
export function floatField(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return concatBytes([Uint8Array.from(varint(field * 8 + WIRE.fixed32)), bytes]);
}

/** A text, in UTF-8. */
export function textField(field: number, text: string): Uint8Array {
  return bytesField(field, new TextEncoder().encode(text));
}

/** Bytes, or a message of fields. */
export function bytesField(field: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((total, part) => total + part.length, 0);
  const start = Uint8Array.from([...varint(field * 8 + WIRE.bytes), ...varint(length)]);
  return concatBytes([start, ...parts]);
}

/** Fields one after the other, which make a message. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return bytes;
}

/** A field of a message: a number where it is a varint, else its bytes. */
export interface Field {
  readonly field: number;
  readonly value: number | Uint8Array;
}

/**
 * The fields of a message, in their order.
 *
 * @throws Error where the bytes end within a field, or a field is of a kind that TensorFlow does not use
 */
export function fieldsOf(message: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const number = (): number => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) throw new Error('the message ends within a number');
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(BigInt.asIntN(64, value));
    }
  };
  const bytes = (length: number): Uint8Array => {
    at += length;
    if (at > message.length) throw new Error('the message ends within a field');
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const tag = number();
    const [field, wire] = [Math.floor(tag / 8), tag % 8];
    if (wire === WIRE.varint) fields.push({ field, value: number() });
    else if (wire === WIRE.bytes) fields.push({ field, value: bytes(number()) });
    else if (wire === WIRE.fixed32) fields.push({ field, value: bytes(4) });
    else if (wire === WIRE.fixed64) fields.push({ field, value: bytes(8) });
    else throw new Error(`a field of kind ${wire}`);
  }
  return fields;
}
