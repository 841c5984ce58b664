/**
 * Typed arrays are compared by the setup of the tests, and alike in what they are in.
 */
import { describe, expect, it } from 'vitest';
import { cpuMsSince } from './support/cpu-time.js';

/** `toEqual` alone takes more than a second of the processor. */
const AT_ONCE_MS = 300;

describe('toEqual', () => {
  it('compares 400,000 floats at once, in a map too', () => {
    const floats = Float32Array.from({ length: 400_000 }, (_, index) => index / 3);
    const start = process.cpuUsage();
    expect(floats).toEqual(floats.slice());
    expect(new Map([['weight', { shape: [400_000], data: floats }]])).toEqual(
      new Map([['weight', { shape: [400_000], data: floats.slice() }]]),
    );
    expect(new Map([['weight', floats]])).not.toEqual(new Map([['weight', floats.with(7, 1)]]));
    expect(cpuMsSince(start)).toBeLessThan(AT_ONCE_MS);
  });

  it.each([
    ['one value', Float32Array.of(1, 2), Float32Array.of(1, 3)],
    ['the sign of zero', Float32Array.of(0), Float32Array.of(-0)],
    ['the length', Float32Array.of(1, 2), Float32Array.of(1)],
    ['the type', Float32Array.of(1, 2), Float64Array.of(1, 2)],
    ['a byte', Buffer.from('ab'), Buffer.from('ac')],
  ])('tells %s apart', (_, one, other) => {
    expect(one).not.toEqual(other);
    expect([one]).not.toStrictEqual([other]);
    expect({ one }).not.toEqual({ one: other });
  });

  it('takes NaN for NaN, and a view for what it shows', () => {
    expect(Float32Array.of(Number.NaN)).toEqual(Float32Array.of(Number.NaN));
    expect(Float32Array.of(9, 1, 2).subarray(1)).toStrictEqual(Float32Array.of(1, 2));
  });
});
