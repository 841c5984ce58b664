import { describe, expect, it } from 'vitest';
import { decodeFloats, encodeFloats } from '../../src/weights/float-formats.js';

/** float16 bits and their values, worked by hand from the format. */
const HALVES: [number, number][] = [
  [0x0000, 0],
  [0x8000, -0],
  [0x3c00, 1],
  [0xc000, -2],
  [0x3555, 0.333251953125],
  [0x7bff, 65504],
  [0x0400, 2 ** -14],
  [0x03ff, 1023 * 2 ** -24],
  [0x0001, 2 ** -24],
  [0x7c00, Number.POSITIVE_INFINITY],
  [0xfc00, Number.NEGATIVE_INFINITY],
  [0x7e00, Number.NaN],
];

function half(value: number): number {
  const bytes = encodeFloats(Float32Array.of(value), 'F16');
  return new DataView(bytes.buffer).getUint16(0, true);
}

describe('float16', () => {
  it.each(HALVES)('0x%s is %s, both ways', (bits, value) => {
    const bytes = new Uint8Array(2);
    new DataView(bytes.buffer).setUint16(0, bits, true);
    expect(decodeFloats(bytes, 'F16')[0]).toBe(value);
    expect(half(value)).toBe(bits);
  });

  it('gives back each of the 63,488 finite numbers that it has', () => {
    const bits = Uint16Array.from({ length: 1 << 16 }, (_, i) => i).filter((h) => (h & 0x7c00) !== 0x7c00);
    expect(bits.length).toBe(63_488);
    const values = decodeFloats(new Uint8Array(bits.buffer), 'F16');
    expect(new Uint16Array(encodeFloats(values, 'F16').buffer)).toEqual(bits);
  });

  it('rounds to the nearest, halves to even, across the borders of exponents', () => {
    expect(half(1 + 2 ** -11)).toBe(0x3c00); // halfway: down to even
    expect(half(1 + 3 * 2 ** -11)).toBe(0x3c02); // halfway: up to even
    expect(half(1 + 2 ** -11 + 2 ** -23)).toBe(0x3c01);
    expect(half(2 - 2 ** -12)).toBe(0x4000); // carries into the exponent
    expect(half(65519)).toBe(0x7bff);
    expect(half(65520)).toBe(0x7c00);
    expect(half(2 ** -25)).toBe(0x0000); // half of the least: down to even
    expect(half(1.5 * 2 ** -25)).toBe(0x0001);
    expect(half(2 ** -14 - 2 ** -26)).toBe(0x0400); // from subnormal to normal
  });
});

describe('decodeFloats', () => {
  it('reads F32, BF16 and F64 at an odd offset', () => {
    const bytes = new Uint8Array(9);
    const view = new DataView(bytes.buffer);
    view.setFloat32(1, -1.5, true);
    expect([...decodeFloats(bytes.subarray(1, 5), 'F32')]).toEqual([-1.5]);
    view.setUint16(1, 0xc040, true); // the upper half of -3
    expect([...decodeFloats(bytes.subarray(1, 3), 'BF16')]).toEqual([-3]);
    view.setFloat64(1, 0.1, true);
    expect([...decodeFloats(bytes.subarray(1, 9), 'F64')]).toEqual([Math.fround(0.1)]);
  });
});
