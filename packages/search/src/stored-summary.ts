/**
 * @module
 * Summaries as rows of float16, 2 bytes a number. Rounding moves a summary by a length that is stored beside it, so that the
 * bounds stay bounds. A row has the means, zeros up to a multiple of 8, the spreads, and zeros again.
 */
import { at, cannot, decodeFloats, encodeFloats, invalid } from 'lpips-core';
import { checkSummary } from './bounds.js';
import type { Summary } from './summary.js';
import { paddedHalf, type SummaryLayout } from './summary-layout.js';

/** More than what float32 and float64 round away of the slack itself. */
const ROUNDED_UP = 1 + 1e-6;

/** The part of a layout that storing needs. */
export type RowLayout = Pick<SummaryLayout, 'half' | 'scale'>;

/** Bytes of a row. */
export function rowBytes({ half }: RowLayout): number {
  return 2 * paddedHalf(half) * 2;
}

/** A row, and how far it lies from the summary. */
export interface StoredRow {
  readonly bytes: Uint8Array;
  /** In the unit of the summary, in float32, rounded up. */
  readonly slack: number;
}

/** Rounds a summary to float16. */
export function encodeRow(where: string, summary: Summary, layout: RowLayout): StoredRow {
  checkSummary(where, 'summary', summary);
  const { half, scale } = layout;
  const { values, slack } = summary;
  if (values.length !== 2 * half) {
    const advice = 'Summarise it with the metric, size and cells of the index.';
    throw invalid(where, `${2 * half} numbers`, 'summary', `${values.length}`, advice);
  }
  const row = scaledRow(summary, layout);
  const bytes = encodeFloats(row, 'F16');
  const stored = decodeFloats(bytes, 'F16');
  let squares = 0;
  for (let i = 0; i < row.length; i++) squares += (at(row, i) - at(stored, i)) ** 2;
  if (!Number.isFinite(squares)) {
    throw cannot(where, 'store a summary', 'its numbers are too large', 'Is it one of this metric?');
  }
  if (squares === 0 && Math.fround(slack) === slack) return { bytes, slack }; // a row that was stored before
  return { bytes, slack: Math.fround((Math.sqrt(squares) / scale + slack) * ROUNDED_UP) };
}

/** The summary that a row holds. */
export function decodeRow(bytes: Uint8Array, slack: number, { half, scale }: RowLayout): Summary {
  const row = decodeFloats(bytes, 'F16');
  const values = new Float32Array(2 * half);
  const padded = paddedHalf(half);
  for (let i = 0; i < half; i++) {
    values[i] = at(row, i) / scale;
    values[half + i] = at(row, padded + i) / scale;
  }
  return { values, slack };
}

/** The numbers of a row before they are rounded, as the kernel takes a query. Scaling by a power of two is exact. */
export function scaledRow({ values }: Summary, { half, scale }: RowLayout): Float32Array<ArrayBuffer> {
  const padded = paddedHalf(half);
  const row = new Float32Array(2 * padded);
  for (let i = 0; i < half; i++) {
    row[i] = at(values, i) * scale;
    row[padded + i] = at(values, half + i) * scale;
  }
  return row;
}
