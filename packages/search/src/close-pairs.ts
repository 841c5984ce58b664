/**
 * @module
 * Pairs of rows whose lower bound does not exceed a limit, among all of an index.
 *
 * - Rows are held in tiles of 256 MB, and for each tile the rows behind it pass once: 100,000 of AlexNet are read four times.
 * - Of a large index, each row has a sketch: its coordinates along 64 axes, which are fitted to a sample of the rows. The distance
 *   of two sketches does not exceed that of the rows, so that most pairs are excluded by some 16 numbers.
 * - The sum over the rows themselves ends where it exceeds the limit.
 */
import { at, decodeFloats } from 'lpips-core';
import { type Bounds, boundsOf } from './bounds.js';
import type { IndexHeader } from './index-header.js';
import { principalAxes } from './principal-axes.js';
import { rowFunctions } from './row-kernel.js';
import { rowBytes } from './stored-summary.js';

/** Rows that lie side by side. */
export interface Run {
  readonly firstRow: number;
  readonly count: number;
  readonly offset: number;
  /** Number of their block. */
  readonly block: number;
}

/** What the rows are read from. */
export interface Rows {
  readonly header: IndexHeader;
  readonly total: number;
  readonly runs: readonly Run[];
  readonly read: (run: Run, into: Uint8Array) => Promise<void>;
  readonly slackOf: (row: number) => number;
  readonly isCurrent: (row: number) => boolean;
}

/** Two rows, the smaller first, and their bounds. */
export interface ClosePair {
  readonly a: number;
  readonly b: number;
  readonly bounds: Bounds;
}

/** Which rows are compared, how much memory is taken, and when sketches are worth it. */
export interface ClosePairsOptions {
  /** Whether a row is compared with others, by default each that counts. */
  readonly among?: (row: number) => boolean;
  /** Bytes of a tile. */
  readonly tileBytes?: number;
  /** Rows from which sketches are made. */
  readonly sketchFrom?: number;
}

/** Numbers of a sketch, a multiple of 16. */
const AXES = 64;
/** Rows that the axes are fitted to, and the memory that these may take. */
const SAMPLE = 256;
const SAMPLE_BYTES = 64e6;
/** Where fewer rows fit, sketches would tell too little. */
const LEAST_SAMPLE = 16;
/**
 * By how much rounding may part two sketches: 64 float32 sums of relative error 18 · 2^-24, of rows that the scale keeps shorter
 * than 2^15, and as much for the axes.
 */
const SKETCH_ROUNDING = 4 * 8 * 18 * 2 ** -24 * 2 ** 15;
/** Of a sum of 64 float32. */
const SUM_ROUNDING = 1e-5;
/** Where an instruction reads whole vectors. */
const VECTOR = 16;

/** @param onPair called now and then with the pairs that are done, of `total · (total − 1) / 2` */
export async function* closePairs(
  rows: Rows,
  limit: number,
  onPair?: (done: number, total: number) => void,
  { among = rows.isCurrent, tileBytes = 256e6, sketchFrom = 2000 }: ClosePairsOptions = {},
): AsyncGenerator<ClosePair> {
  const { header, runs, total } = rows;
  const tiles = tilesOf(runs, Math.max(1, Math.floor(tileBytes / rowBytes(header))));
  const kernel = new PairKernel(rows, tiles, total >= sketchFrom ? await fittedAxes(rows, among) : []);
  await kernel.sketchAll();
  const mostSlack = Array.from({ length: total }, (_, row) => rows.slackOf(row)).reduce(
    (most, slack) => Math.max(most, slack),
    0,
  );
  const all = (total * (total - 1)) / 2;
  let done = 0;
  for (const tile of tiles) {
    await kernel.load(tile);
    const last = tile.firstRow + tile.count;
    for await (const { run, place } of kernel.rowsFrom(tile)) {
      for (let i = 0; i < run.count; i++) {
        const b = run.firstRow + i;
        const before = Math.min(b, last) - tile.firstRow;
        done += before;
        if (before === 0 || !among(b)) continue;
        const slack = rows.slackOf(b);
        const reach = Math.sqrt(limit) + slack + mostSlack;
        for (const { row: a, squares, products } of kernel.near(
          tile,
          place + i * rowBytes(header),
          b,
          reach,
        )) {
          if (!among(a)) continue;
          const bounds = boundsOf({ squares, products }, slack + rows.slackOf(a));
          if (bounds.lower <= limit) yield { a, b, bounds };
        }
      }
      onPair?.(done, all);
    }
  }
}

/** Runs that lie in memory together. */
interface Tile {
  readonly firstRow: number;
  readonly count: number;
  readonly runs: readonly Run[];
}

function tilesOf(runs: readonly Run[], most: number): Tile[] {
  const tiles: Tile[] = [];
  let own: Run[] = [];
  const end = () => {
    const [first] = own;
    const count = own.reduce((sum, run) => sum + run.count, 0);
    if (first !== undefined) tiles.push({ firstRow: first.firstRow, count, runs: own });
    own = [];
  };
  let count = 0;
  for (const run of runs) {
    if (count + run.count > most) {
      end();
      count = 0;
    }
    own.push(run);
    count += run.count;
  }
  end();
  return tiles;
}

/** Axes that are fitted to rows at equal steps, none where a row is too long for that. */
async function fittedAxes(rows: Rows, among: (row: number) => boolean): Promise<Float64Array[]> {
  const bytes = rowBytes(rows.header);
  const current = Array.from({ length: rows.total }, (_, row) => row).filter(among);
  const count = Math.min(current.length, SAMPLE, Math.floor(SAMPLE_BYTES / (4 * bytes)));
  if (count < LEAST_SAMPLE) return [];
  const wanted = new Set(
    Array.from({ length: count }, (_, i) => at(current, Math.floor((i * current.length) / count))),
  );
  const sample: Float64Array[] = [];
  for (const run of rows.runs) {
    for (let i = 0; i < run.count; i++) {
      if (!wanted.has(run.firstRow + i)) continue;
      const row = new Uint8Array(bytes);
      await rows.read({ ...run, offset: run.offset + i * bytes }, row);
      sample.push(Float64Array.from(decodeFloats(row, 'F16')));
    }
  }
  return principalAxes(sample, AXES);
}

/** Sums of squares and products of a row and another. */
interface NearRow {
  readonly row: number;
  readonly squares: number;
  readonly products: number;
}

/** The compiled functions and what they work on: a tile, a run, sketches of all rows. */
class PairKernel {
  readonly #rows: Rows;
  readonly #memory: WebAssembly.Memory;
  readonly #functions: ReturnType<typeof rowFunctions>['functions'];
  readonly #bytes: number;
  readonly #hasSketches: boolean;
  /** Where each begins. */
  readonly #places: {
    readonly query: number;
    readonly tile: number;
    readonly runs: readonly [number, number];
    readonly axes: number;
    readonly sketches: number;
    readonly found: number;
    readonly sums: number;
  };

  constructor(rows: Rows, tiles: readonly Tile[], axes: readonly Float64Array[]) {
    this.#rows = rows;
    this.#bytes = rowBytes(rows.header);
    this.#hasSketches = axes.length > 0;
    const largest = tiles.reduce((most, { count }) => Math.max(most, count), 0);
    const longest = rows.runs.reduce((most, { count }) => Math.max(most, count), 0);
    let end = 0;
    const room = (bytes: number) => {
      const start = end;
      end += Math.ceil(bytes / VECTOR) * VECTOR;
      return start;
    };
    const sketched = this.#hasSketches ? 4 * AXES : 0;
    this.#places = {
      query: room(2 * this.#bytes),
      tile: room(largest * this.#bytes),
      runs: [room(longest * this.#bytes), room(longest * this.#bytes)],
      axes: room((sketched * this.#bytes) / 2),
      sketches: room(sketched * rows.total),
      found: room(4 * largest),
      sums: room(16 * largest),
    };
    ({ memory: this.#memory, functions: this.#functions } = rowFunctions(end));
    for (const [place, axis] of axes.entries()) {
      new Float32Array(this.#memory.buffer, this.#places.axes + place * 2 * this.#bytes, axis.length).set(
        axis,
      );
    }
  }

  /** Makes the sketches of all rows, where there are axes. */
  async sketchAll(): Promise<void> {
    if (!this.#hasSketches) return;
    const { query, axes } = this.#places;
    for await (const { run, place } of this.#read(this.#rows.runs)) {
      for (let i = 0; i < run.count; i++) {
        this.#functions.decodeHalves(place + i * this.#bytes, query, this.#bytes / 2);
        this.#functions.projectRow(query, axes, AXES, this.#bytes / 2, this.#sketch(run.firstRow + i));
      }
    }
  }

  /** Reads the rows of a tile. */
  async load({ firstRow, runs }: Tile): Promise<void> {
    for (const run of runs)
      await this.#rows.read(run, this.#view(this.#inTile(run.firstRow - firstRow), run.count));
  }

  /** The runs of a loaded tile and all behind it, with the places where their rows lie. */
  async *rowsFrom({ firstRow, runs }: Tile): AsyncGenerator<{ run: Run; place: number }> {
    for (const run of runs) yield { run, place: this.#inTile(run.firstRow - firstRow) };
    const behind = runs.at(-1);
    if (behind) yield* this.#read(this.#rows.runs.filter((run) => run.firstRow > behind.firstRow));
  }

  /** The rows of a loaded tile before row `b`, which lies at `place`, that may be nearer to it than √limit. */
  *near(tile: Tile, place: number, b: number, reach: number): Generator<NearRow> {
    const { scale } = this.#rows.header;
    const { query, found, sums, tile: start } = this.#places;
    const before = Math.min(b - tile.firstRow, tile.count);
    const limit = (reach * scale) ** 2;
    const compare = (first: number, count: number) => {
      const from = start + first * this.#bytes;
      this.#functions.compareRows(query, from, count, this.#bytes / 4, limit, sums);
      return new Float64Array(this.#memory.buffer, sums, 2 * count);
    };
    const nearRow = (own: Float64Array, i: number, row: number): NearRow[] => {
      const [squares, products] = [at(own, 2 * i) / scale ** 2, at(own, 2 * i + 1) / scale ** 2];
      return squares === Number.POSITIVE_INFINITY ? [] : [{ row: tile.firstRow + row, squares, products }];
    };
    if (!this.#hasSketches) {
      this.#functions.decodeHalves(place, query, this.#bytes / 2);
      const own = compare(0, before);
      for (let i = 0; i < before; i++) yield* nearRow(own, i, i);
      return;
    }
    const sketchLimit = (reach * scale + SKETCH_ROUNDING) ** 2 * (1 + SUM_ROUNDING);
    const [own, others] = [this.#sketch(b), this.#sketch(tile.firstRow)];
    const count = this.#functions.findClose(own, others, before, AXES, sketchLimit, found);
    if (count === 0) return;
    this.#functions.decodeHalves(place, query, this.#bytes / 2);
    for (const row of new Int32Array(this.#memory.buffer, found, count))
      yield* nearRow(compare(row, 1), 0, row);
  }

  /** Runs in turn; while one is used, the next is read. */
  async *#read(runs: readonly Run[]): AsyncGenerator<{ run: Run; place: number }> {
    const start = (index: number) => {
      const run = runs[index];
      return run && this.#rows.read(run, this.#view(at(this.#places.runs, index % 2), run.count));
    };
    let reading = start(0);
    try {
      for (const [index, run] of runs.entries()) {
        await reading;
        reading = start(index + 1);
        yield { run, place: at(this.#places.runs, index % 2) };
      }
    } finally {
      await reading?.catch(() => undefined); // whoever uses the runs has ended before
    }
  }

  #sketch(row: number): number {
    return this.#places.sketches + 4 * AXES * row;
  }

  #inTile(row: number): number {
    return this.#places.tile + row * this.#bytes;
  }

  #view(place: number, count: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, place, count * this.#bytes);
  }
}
