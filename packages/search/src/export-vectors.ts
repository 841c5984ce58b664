/**
 * @module
 * The vectors of an index for a vector database. The estimate of a distance, Σ (p − p')² + Σ s² + Σ s'², is but for the query's own
 * Σ s² the squared Euclidean distance of
 *
 *     an image: (p, √Σ s²)    and a query: (p', 0)
 *
 * so that any database with that metric ranks as a search of the index does. It needs the means alone: half of a summary, and one
 * number more.
 */
import { at, checkOneOf, invalid, kindOf } from 'lpips-core';
import { checkSummary } from './bounds.js';
import { SearchIndex } from './search-index.js';
import type { Summary } from './summary.js';

/** Whether a vector lies in a database or is searched in it. */
export type VectorRole = 'image' | 'query';

const ROLES = ['image', 'query'] as const satisfies VectorRole[];

/**
 * The vector that ranks by the estimate, in databases with squared Euclidean distance.
 *
 * @returns means, then √Σ s² of an image or 0 of a query: `half + 1` numbers, 4,009 for AlexNet
 * @throws LpipsError unless these are a summary and a role
 */
export function rankingVector(summary: Summary, role: VectorRole): Float32Array {
  checkSummary('rankingVector', 'summary', summary);
  checkOneOf('rankingVector', 'role', role, ROLES);
  const half = summary.values.length / 2;
  const vector = new Float32Array(half + 1);
  vector.set(summary.values.subarray(0, half));
  if (role === 'query') return vector;
  let squares = 0;
  for (let i = half; i < 2 * half; i++) squares += at(summary.values, i) ** 2;
  vector[half] = Math.sqrt(squares);
  return vector;
}

/**
 * The vectors of an index as a file of NumPy, in pieces: float32 `[images, half + 1]`, in the order of the rows that count. The
 * vector of a query is one of them with 0 as its last number.
 *
 * @throws LpipsError unless it is an index
 */
export function npyOfIndex(index: SearchIndex): AsyncGenerator<Uint8Array> {
  if (!(index instanceof SearchIndex)) {
    throw invalid('npyOfIndex', 'an index', 'index', kindOf(index), 'openIndex opens one.');
  }
  return piecesOf(index);
}

async function* piecesOf(index: SearchIndex): AsyncGenerator<Uint8Array> {
  yield npyHead(index.count, index.header.half + 1);
  for await (const { summary } of index.summaries()) {
    const vector = rankingVector(summary, 'image');
    const bytes = new Uint8Array(4 * vector.length);
    const view = new DataView(bytes.buffer);
    for (const [i, value] of vector.entries()) view.setFloat32(4 * i, value, true);
    yield bytes;
  }
}

/** Version 1.0 of the format: magic, length, a dictionary of Python, padded to a multiple of 64 bytes. */
function npyHead(rows: number, columns: number): Uint8Array {
  const start = 10;
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`;
  const length = Math.ceil((start + text.length + 1) / 64) * 64 - start;
  const head = new TextEncoder().encode(`\0NUMPY\x01\0\0\0${text.padEnd(length - 1)}\n`);
  head[0] = 0x93;
  new DataView(head.buffer).setUint16(8, length, true);
  return head;
}
