/**
 * @module
 * The compiled comparison of rows with a query (`assembly/rows/`), in a memory of its own: the query, two places for rows, so
 * that one is read while the other is compared, and the sums.
 */
import { cannot } from 'lpips-core';
import { rows as base64 } from './compiled/rows.js';
import { type RowLayout, rowBytes, scaledRow } from './stored-summary.js';
import type { Summary } from './summary.js';

/** Bytes of a page of WebAssembly's memory. */
const PAGE = 65_536;
/** Where an instruction reads or writes whole vectors. */
const VECTOR = 16;

/** The functions of `assembly/rows/`, whose comments say what they do. Places and lengths are in bytes of their memory. */
interface RowFunctions {
  readonly compareRows: (
    query: number,
    rows: number,
    count: number,
    half: number,
    limit: number,
    out: number,
  ) => void;
  readonly decodeHalves: (from: number, to: number, count: number) => void;
  readonly projectRow: (vector: number, axes: number, count: number, length: number, out: number) => void;
  readonly findClose: (
    vector: number,
    others: number,
    count: number,
    length: number,
    limit: number,
    out: number,
  ) => number;
}

let compiled: WebAssembly.Module | undefined;

/** Compares up to `capacity` rows at a time with a query. */
export class RowKernel {
  /** Most rows in one place. */
  readonly capacity: number;
  readonly #layout: RowLayout;
  readonly #exports: RowFunctions;
  readonly #memory: WebAssembly.Memory;
  readonly #query = 0;
  readonly #places: readonly [number, number];
  readonly #sums: number;

  /** @throws LpipsError where the engine has no SIMD in WebAssembly */
  constructor(layout: RowLayout, capacity: number) {
    this.#layout = layout;
    this.capacity = capacity;
    const [row, size] = [rowBytes(layout), rowBytes(layout) * capacity];
    const first = 2 * row; // the query is float32
    this.#places = [first, first + size];
    this.#sums = first + 2 * size;
    ({ memory: this.#memory, functions: this.#exports } = rowFunctions(this.#sums + VECTOR * capacity));
  }

  /** What rows are compared with from now on. */
  setQuery(query: Summary): void {
    const row = scaledRow(query, this.#layout);
    new Float32Array(this.#memory.buffer, this.#query, row.length).set(row);
  }

  /** Memory for rows. */
  rowsOf(place: 0 | 1, count: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#memory.buffer, this.#places[place], count * rowBytes(this.#layout));
  }

  /**
   * Compares the query with rows of a place.
   *
   * @returns for each row Σ (p − p')² + (s − s')² and Σ s s' of `SummarySums`, in turn; valid until the next call
   */
  compare(place: 0 | 1, count: number): Float64Array {
    const { scale } = this.#layout;
    const half = rowBytes(this.#layout) / 4;
    const everything = Number.POSITIVE_INFINITY;
    this.#exports.compareRows(this.#query, this.#places[place], count, half, everything, this.#sums);
    const sums = new Float64Array(this.#memory.buffer, this.#sums, 2 * count);
    return sums.map((sum) => sum / (scale * scale));
  }
}

/** The functions, in a memory of their own of so many bytes, which is zeros. @throws LpipsError where the engine has no SIMD */
export function rowFunctions(bytes: number): { memory: WebAssembly.Memory; functions: RowFunctions } {
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) });
  const { exports } = new WebAssembly.Instance(moduleOfRows(), { env: { memory } });
  return { memory, functions: exports as unknown as RowFunctions };
}

function moduleOfRows(): WebAssembly.Module {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  if (compiled === undefined && !WebAssembly.validate(bytes)) {
    const why = 'this engine has no WebAssembly with 128-bit SIMD';
    throw cannot('search', 'compare summaries', why, 'Use a current browser, or Node.js 20 or later.');
  }
  compiled ??= new WebAssembly.Module(bytes);
  return compiled;
}
