/**
 * The compiled comparison of rows gives the sums of the formula.
 */
import { at, decodeFloats, mulberry32 } from 'lpips-core';
import { describe, expect, it } from 'vitest';
import { RowKernel, rowFunctions } from '../src/row-kernel.js';
import { decodeRow, encodeRow, rowBytes } from '../src/stored-summary.js';
import type { Summary } from '../src/summary.js';

/** 18 roundings of float32: the bound that the kernel states. */
const RELATIVE = 18 * 2 ** -24;

function seeded(half: number, seed: number, least = 0): Summary {
  const next = mulberry32(seed);
  const values = Float32Array.from({ length: 2 * half }, () =>
    next() < 0.2 ? 0 : least + 0.02 * next() ** 4,
  );
  return { values, slack: 0 };
}

function sumsOf(query: Summary, row: Summary, half: number) {
  let [squares, products] = [0, 0];
  for (let i = 0; i < 2 * half; i++) {
    const [q, x] = [at(query.values, i), at(row.values, i)];
    squares += (q - x) ** 2;
    if (i >= half) products += q * x;
  }
  return { squares, products };
}

describe.each([1, 7, 8, 132, 4008])('rows of %s means and spreads', (half) => {
  const layout = { half, scale: 4096 };
  const rows = Array.from({ length: 5 }, (_, seed) => encodeRow('test', seeded(half, seed), layout));
  const query = seeded(half, 99);
  const kernel = new RowKernel(layout, rows.length);
  for (const [row, { bytes }] of rows.entries())
    kernel.rowsOf(1, rows.length).set(bytes, row * rowBytes(layout));

  it('are compared with a query', () => {
    kernel.setQuery(query);
    const sums = kernel.compare(1, rows.length);
    for (const [row, { bytes, slack }] of rows.entries()) {
      const expected = sumsOf(query, decodeRow(bytes, slack, layout), half);
      expect(Math.abs(at(sums, 2 * row) - expected.squares)).toBeLessThanOrEqual(RELATIVE * expected.squares);
      expect(Math.abs(at(sums, 2 * row + 1) - expected.products)).toBeLessThanOrEqual(
        RELATIVE * expected.products,
      );
    }
  });
});

describe('the compiled functions', () => {
  const half = 136;
  const layout = { half, scale: 4096 };
  const rows = Array.from({ length: 6 }, (_, seed) => encodeRow('test', seeded(half, seed), layout));
  const bytes = rowBytes(layout);
  const { memory, functions } = rowFunctions(1_000_000);
  const [query, start, out, axes] = [0, 8192, 65_536, 131_072];
  for (const [row, one] of rows.entries()) new Uint8Array(memory.buffer).set(one.bytes, start + row * bytes);
  const decoded = rows.map((one) => Array.from(decodeFloats(one.bytes, 'F16')));

  it('give a row up beyond a limit', () => {
    functions.decodeHalves(start + 3 * bytes, query, bytes / 2);
    const compare = (limit: number) => {
      functions.compareRows(query, start, rows.length, half, limit, out);
      return Array.from(new Float64Array(memory.buffer, out, 2 * rows.length)).filter((_, i) => i % 2 === 0);
    };
    const squares = compare(Number.POSITIVE_INFINITY);
    expect(squares[3]).toBe(0);
    const limit = Math.min(...squares.filter((value) => value > 0)) * 1.5;
    const expected = squares.map((value) => (value > limit ? Number.POSITIVE_INFINITY : value));
    expect(compare(limit)).toEqual(expected);
    expect(new Set(expected).size).toBeGreaterThan(2);
  });

  it('project a row on axes', () => {
    functions.decodeHalves(start + bytes, query, bytes / 2);
    const next = mulberry32(5);
    const own = Array.from({ length: 3 }, () => Float32Array.from({ length: bytes / 2 }, () => next() - 0.5));
    for (const [axis, values] of own.entries())
      new Float32Array(memory.buffer, axes + axis * 2 * bytes, values.length).set(values);
    functions.projectRow(query, axes, own.length, bytes / 2, out);
    const found = new Float32Array(memory.buffer, out, own.length);
    for (const [axis, values] of own.entries()) {
      const expected = values.reduce((sum, value, i) => sum + value * at(at(decoded, 1), i), 0);
      expect(Math.abs(at(found, axis) - expected) / Math.abs(expected)).toBeLessThan(1e-4);
    }
  });

  it.each([16, 64])('find the vectors of %s numbers that are close', (length) => {
    const next = mulberry32(length);
    const vectors = Array.from({ length: 50 }, () => Float32Array.from({ length }, () => next()));
    for (const [i, values] of vectors.entries())
      new Float32Array(memory.buffer, start + 4 * length * i, length).set(values);
    new Float32Array(memory.buffer, query, length).set(at(vectors, 20));
    const squares = vectors.map((one) =>
      one.reduce((sum, x, i) => sum + (x - at(at(vectors, 20), i)) ** 2, 0),
    );
    const limit =
      at(
        squares.toSorted((a, b) => a - b),
        24,
      ) * 1.0001;
    const count = functions.findClose(query, start, vectors.length, length, limit, out);
    const found = Array.from(new Int32Array(memory.buffer, out, count));
    expect(found).toEqual(Array.from(squares.keys()).filter((i) => at(squares, i) <= limit));
    expect(count).toBe(25);
  });
});

it('subnormal float16 keep their values', () => {
  const layout = { half: 8, scale: 1 };
  const values = Float32Array.from({ length: 16 }, (_, i) => i * 2 ** -24);
  const { bytes, slack } = encodeRow('test', { values, slack: 0 }, layout);
  expect(slack).toBe(0);
  const kernel = new RowKernel(layout, 1);
  kernel.setQuery({ values: new Float32Array(16), slack: 0 });
  kernel.rowsOf(0, 1).set(bytes);
  const expected = values.reduce((sum, value) => sum + value * value, 0);
  expect(at(kernel.compare(0, 1), 0)).toBeCloseTo(expected, 20);
});
