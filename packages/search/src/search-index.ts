/**
 * @module
 * An index: the summaries of a collection of images, in a file, a blob or memory. Its rows are read when a query is compared with all of
 * them.
 */
import { at, checkFunction, invalid, type Lpips } from 'lpips-core';
import { type Bounds, boundsOf, checkSummary } from './bounds.js';
import { type ByteSource, readBody } from './byte-source.js';
import { type ClosePair, type ClosePairsOptions, closePairs, type Rows, type Run } from './close-pairs.js';
import { firstEqualRows } from './equal-rows.js';
import { BLOCK_HEAD_BYTES, type BlockPlaces, type IndexEntry, type IndexedImage } from './index-blocks.js';
import { checkSameHeader, type IndexHeader, indexHeader, PAGE_BYTES } from './index-header.js';
import { RowKernel } from './row-kernel.js';
import { decodeRow, rowBytes } from './stored-summary.js';
import type { Summary } from './summary.js';

/** Bounds of a query and every row, by row. Rows that do not count have infinite ones. */
export interface RowBounds {
  readonly lower: Float64Array;
  readonly estimate: Float64Array;
  readonly upper: Float64Array;
}

/** About so many bytes of rows are read at a time. */
const RUN_BYTES = 2 ** 20;

/** A collection of summarised images, which `openIndex` opens. */
export class SearchIndex {
  readonly header: IndexHeader;
  readonly name: string;
  /** The image of each row. Where an image was added again, only its last row counts. */
  readonly entries: readonly IndexEntry[];
  /** Bytes up to the end of the last whole block. */
  readonly end: number;
  /** Rows that count. */
  readonly count: number;
  readonly #source: ByteSource;
  readonly #blocks: readonly BlockPlaces[];
  readonly #slacks: Float32Array;
  readonly #isCurrent: Uint8Array;
  /** Blocks whose digests were compared. */
  readonly #checked = new Set<number>();

  /** For `openIndex`. */
  constructor(
    name: string,
    source: ByteSource,
    header: IndexHeader,
    blocks: readonly BlockPlaces[],
    entries: readonly IndexEntry[],
    slacks: Float32Array,
  ) {
    this.name = name;
    this.header = header;
    this.entries = entries;
    this.end = blocks.at(-1)?.end ?? PAGE_BYTES;
    this.#source = source;
    this.#blocks = blocks;
    this.#slacks = slacks;
    const last = new Map(entries.map(({ path }, row) => [path, row]));
    this.#isCurrent = Uint8Array.from(entries, ({ path }, row) => (last.get(path) === row ? 1 : 0));
    this.count = last.size;
    if (this.end === source.size) this.#checked.add(blocks.length - 1); // openIndex has
  }

  /** Whether a row is the last of its image. */
  isCurrent(row: number): boolean {
    return this.#isCurrent[row] === 1;
  }

  /**
   * @param where the function or command that refuses
   * @throws LpipsError unless the summaries of this metric are those of the index
   */
  async checkFits(where: string, lpips: Lpips): Promise<void> {
    const { width, height, cells, reading } = this.header;
    const wanted = await indexHeader(lpips, { size: { width, height }, cells, reading });
    checkSameHeader(where, this.name, this.header, wanted);
  }

  /** The summaries of all rows that count, in their order. */
  async *summaries(): AsyncGenerator<{ readonly row: number; readonly summary: Summary }> {
    const size = rowBytes(this.header);
    for (const run of this.#runs(rowsAtOnce(this.header))) {
      const { firstRow, count } = run;
      const bytes = new Uint8Array(count * size);
      await this.#read(run, bytes);
      for (let i = 0; i < count; i++) {
        const row = firstRow + i;
        if (!this.isCurrent(row)) continue;
        const values = bytes.subarray(i * size, (i + 1) * size);
        yield { row, summary: decodeRow(values, at(this.#slacks, row), this.header) };
      }
    }
  }

  /**
   * Bounds of the distance of a query to every image, in one pass over the rows. While rows are compared, the next ones are read.
   *
   * @param onRow called now and then with the rows that are done
   * @throws LpipsError unless the query is a summary as the index has them
   */
  async compareAll(query: Summary, onRow?: (done: number) => void): Promise<RowBounds> {
    this.#checkQuery('compareAll', query);
    checkFunction('compareAll', 'onRow', onRow);
    const rows = this.entries.length;
    const [lower, estimate, upper] = [new Float64Array(rows), new Float64Array(rows), new Float64Array(rows)];
    const kernel = new RowKernel(this.header, rowsAtOnce(this.header));
    kernel.setQuery(query);
    await this.#readRuns(kernel, (run, place) => {
      const sums = kernel.compare(place, run.count);
      for (let i = 0; i < run.count; i++) {
        const row = run.firstRow + i;
        const found = this.#bounds(sums, i, row, query.slack);
        [lower[row], estimate[row], upper[row]] = [found.lower, found.estimate, found.upper];
      }
      onRow?.(run.firstRow + run.count);
    });
    return { lower, estimate, upper };
  }

  /**
   * Pairs of images whose lower bound does not exceed `limit`, the smaller row first.
   *
   * @param onPair called now and then with the pairs that are done, of all pairs of rows
   */
  closePairs(
    limit: number,
    onPair?: (done: number, total: number) => void,
    options?: ClosePairsOptions,
  ): AsyncGenerator<ClosePair> {
    return closePairs(this.#rows(), limit, onPair, options);
  }

  /**
   * The first row that holds the same numbers, for each row: the row itself where there is none before it, and -1 where the row does
   * not count.
   */
  firstEqualRows(): Promise<Int32Array> {
    return firstEqualRows(this.#rows());
  }

  /**
   * The images of the last block, where its writer was killed before it had ended it, and where that block begins; undefined
   * elsewhere.
   */
  async openBlock(): Promise<{ readonly start: number; readonly images: IndexedImage[] } | undefined> {
    const number = this.#blocks.length - 1;
    const block = this.#blocks[number];
    if (block?.isOpen !== true) return undefined;
    const images: IndexedImage[] = [];
    const size = rowBytes(this.header);
    const rows = new Uint8Array(block.count * size);
    const firstRow = this.entries.length - block.count;
    await this.#read({ firstRow, count: block.count, offset: block.rows, block: number }, rows);
    for (const [i, entry] of this.entries.slice(firstRow).entries()) {
      const slack = at(this.#slacks, firstRow + i);
      const values = rows.subarray(i * size, (i + 1) * size);
      images.push({ ...entry, summary: decodeRow(values, slack, this.header) });
    }
    return { start: block.rows - BLOCK_HEAD_BYTES, images };
  }

  #rows(): Rows {
    return {
      header: this.header,
      total: this.entries.length,
      runs: this.#runs(rowsAtOnce(this.header)),
      read: (run, into) => this.#read(run, into),
      slackOf: (row) => at(this.#slacks, row),
      isCurrent: (row) => this.isCurrent(row),
    };
  }

  #bounds(sums: Float64Array, place: number, row: number, slack: number): Bounds {
    if (!this.isCurrent(row)) return NOT_CLOSE;
    const [squares, products] = [at(sums, 2 * place), at(sums, 2 * place + 1)];
    return boundsOf({ squares, products }, slack + at(this.#slacks, row));
  }

  async #readRuns(kernel: RowKernel, use: (run: Run, place: 0 | 1) => void): Promise<void> {
    const runs = this.#runs(kernel.capacity);
    const read = (run: Run, place: 0 | 1) => this.#read(run, kernel.rowsOf(place, run.count));
    const [first] = runs;
    let reading = first && read(first, 0);
    for (const [index, run] of runs.entries()) {
      await reading;
      const place = index % 2 === 0 ? 0 : 1;
      const next = runs[index + 1];
      reading = next && read(next, place === 0 ? 1 : 0);
      use(run, place);
    }
  }

  /** Reads rows. Their whole block is compared with its digest the first time, since a proof from damaged numbers is none. */
  async #read({ offset, block }: Run, into: Uint8Array): Promise<void> {
    if (this.#checked.has(block)) return await this.#source.read(offset, into);
    const places = at(this.#blocks, block);
    const body = await readBody('search', this.name, this.#source, places);
    this.#checked.add(block);
    into.set(body.subarray(offset - places.rows, offset - places.rows + into.length));
  }

  #runs(most: number): Run[] {
    const bytes = rowBytes(this.header);
    const runs: Run[] = [];
    let firstRow = 0;
    for (const [block, { rows, count }] of this.#blocks.entries()) {
      for (let start = 0; start < count; start += most) {
        const offset = rows + start * bytes;
        runs.push({ firstRow: firstRow + start, count: Math.min(most, count - start), offset, block });
      }
      firstRow += count;
    }
    return runs;
  }

  #checkQuery(where: string, query: Summary): void {
    checkSummary(where, 'query', query);
    const { half } = this.header;
    if (query.values.length === 2 * half) return;
    const advice = 'Summarise it with the metric, size and cells of the index.';
    throw invalid(where, `${2 * half} numbers`, 'query', `${query.values.length}`, advice);
  }
}

function rowsAtOnce(header: IndexHeader): number {
  return Math.max(1, Math.floor(RUN_BYTES / rowBytes(header)));
}

const NOT_CLOSE: Bounds = {
  lower: Number.POSITIVE_INFINITY,
  estimate: Number.POSITIVE_INFINITY,
  upper: Number.POSITIVE_INFINITY,
};
