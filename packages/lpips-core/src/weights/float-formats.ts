/**
 * @module
 * Little-endian floating-point formats of weights files, to and from float32. Every value goes through a DataView,
 * so neither the alignment of the bytes nor the byte order of the machine matters.
 */

import { checkBytes, checkOneOf, kindOf } from '../check-options.js';
import { invalid } from '../errors.js';
import { at } from '../item-at.js';

/** float32, float16, bfloat16 and float64, by their names in safetensors. */
export type FloatFormat = 'F32' | 'F16' | 'BF16' | 'F64';

/** Bytes of one value. */
export const FLOAT_BYTES: Readonly<Record<FloatFormat, number>> = { F32: 4, F16: 2, BF16: 2, F64: 8 };

/** Whether this machine stores numbers as the files do, so that float32 is copied as it is. */
const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Largest finite float16. */
export const LARGEST_FLOAT16 = 65504;

/**
 * Values of `bytes`, copied; bytes beyond the last whole value are left out. float64 is rounded to float32.
 *
 * @throws LpipsError for bytes that are no Uint8Array, and for an unknown format
 */
export function decodeFloats(bytes: Uint8Array, format: FloatFormat): Float32Array {
  checkBytes('decodeFloats', 'bytes', bytes);
  checkOneOf('decodeFloats', 'format', format, Object.keys(FLOAT_BYTES));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = FLOAT_BYTES[format];
  const values = new Float32Array(Math.floor(bytes.byteLength / size));
  const bits = new Uint32Array(values.buffer);
  if (format === 'F32' && IS_LITTLE_ENDIAN) {
    new Uint8Array(values.buffer).set(bytes.subarray(0, values.byteLength));
  } else if (format === 'F32') {
    for (let i = 0; i < values.length; i++) bits[i] = view.getUint32(i * size, true);
  } else if (format === 'BF16') {
    for (let i = 0; i < values.length; i++) bits[i] = view.getUint16(i * size, true) << 16;
  } else if (format === 'F16') {
    for (let i = 0; i < values.length; i++) values[i] = float16ToNumber(view.getUint16(i * size, true));
  } else {
    for (let i = 0; i < values.length; i++) values[i] = view.getFloat64(i * size, true);
  }
  return values;
}

/**
 * `values` as bytes, which may be a view of them; float16 rounds to the nearest, halves to even, and turns what is too large
 * into infinity.
 *
 * @throws LpipsError for values that are no Float32Array, and for an unknown format
 */
export function encodeFloats(values: Float32Array, format: 'F32' | 'F16'): Uint8Array {
  if (!(values instanceof Float32Array)) {
    const advice = 'Float32Array.from makes one of numbers.';
    throw invalid('encodeFloats', 'a Float32Array', 'values', kindOf(values), advice);
  }
  checkOneOf('encodeFloats', 'format', format, ['F32', 'F16']);
  if (format === 'F32' && IS_LITTLE_ENDIAN) {
    return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  }
  const size = FLOAT_BYTES[format];
  const bytes = new Uint8Array(values.length * size);
  const view = new DataView(bytes.buffer);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (const [i, word] of bits.entries()) {
    if (format === 'F32') view.setUint32(i * size, word, true);
    else view.setUint16(i * size, float32BitsToFloat16(word), true);
  }
  return bytes;
}

/** 2^(exponent − 25) of the exponents of normal float16. A power costs more than all else of a conversion. */
const SCALES = Float64Array.from({ length: 31 }, (_, exponent) => 2 ** (exponent - 25));

/** Sign, 5 bits of exponent (bias 15), 10 of fraction; exponent 0 is subnormal, 31 is infinity or NaN. */
function float16ToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * at(SCALES, exponent);
}

function float32BitsToFloat16(word: number): number {
  const sign = (word >>> 16) & 0x8000;
  const magnitude = word & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // NaN
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // 65520 and above round to infinity
  if (magnitude < 0x33000000) return sign; // below half of the least subnormal, 2^-25
  const exponent = (magnitude >>> 23) - 127;
  const significand = (magnitude & 0x7fffff) | 0x800000; // 24 bits
  // A normal number keeps 11 of the 24 bits; a subnormal one counts multiples of 2^-24.
  const dropped = exponent >= -14 ? 13 : -1 - exponent;
  const kept = roundHalfToEven(significand, dropped);
  // The leading bit of a normal significand adds 1 to the exponent field, and so does a carry out of the rounding.
  return sign | (exponent >= -14 ? ((exponent + 14) << 10) + kept : kept);
}

function roundHalfToEven(value: number, droppedBits: number): number {
  const kept = value >>> droppedBits;
  const rest = value & ((1 << droppedBits) - 1);
  const half = 1 << (droppedBits - 1);
  return rest > half || (rest === half && kept & 1) ? kept + 1 : kept;
}
