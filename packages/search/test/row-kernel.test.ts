/**
 * The compiled comparison of rows gives the sums of the formula.
 */
import { at, mulberry32 } from 'lpips-core';
import { describe, expect, it } from 'vitest';
import { RowKernel } from '../src/row-kernel.js';
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

  it('are compared with one of them, and are given up beyond a limit', () => {
    kernel.rowsOf(0, 1).set(at(rows, 3).bytes);
    kernel.setQueryToRow(0, 0);
    expect(at(kernel.compare(1, rows.length), 6)).toBe(0);
    const squares = [0, 1, 2].map((row) => at(kernel.compare(1, rows.length), 2 * row));
    const limit = Math.min(...squares.filter((value) => value > 0)) * 0.999;
    const limited = kernel.compare(1, rows.length, limit);
    for (const [row, value] of squares.entries()) {
      expect(at(limited, 2 * row)).toBe(value > limit ? Number.POSITIVE_INFINITY : value);
    }
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
