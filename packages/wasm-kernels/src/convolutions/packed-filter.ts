/**
 * @module
 * Filters in the kernels' own memory, in the order in which the products read them.
 */
import { JOB_KIND } from '../pool/job-kind.js';
import type { Pool } from '../pool/pool.js';
import type { Geometry } from './geometry.js';

const FLOAT = Float32Array.BYTES_PER_ELEMENT;
/** Columns of a panel, as in `assembly/threads/products.ts`. */
export const PANEL = 8;
/** Numbers of a transformed 4x4 tile, for each channel. */
const PLACES = 16;

/** How a convolution is computed: as plain sums, or by minimal filtering (`assembly/threads/winograd.ts`). */
export type Method = 'direct' | 'winograd';

/** A filter whose packed form lies at `address`. */
export interface PackedFilter {
  readonly method: Method;
  readonly address: number;
}

/** Which taps of a filter are packed, and in which order. Strides are in numbers, from tap 0, 0 and channels 0 on. */
export interface Taps {
  readonly first: number;
  readonly rows: number;
  readonly columns: number;
  readonly in: number;
  readonly out: number;
  readonly rowStride: number;
  readonly columnStride: number;
  readonly inStride: number;
  readonly outStride: number;
}

/** The taps of a filter `[rows, columns, in, out]` as they are. */
export function tapsInOrder(g: Pick<Geometry, 'rows' | 'columns' | 'in' | 'out'>): Taps {
  const { rows, columns, in: channels, out } = g;
  return {
    first: 0,
    rows,
    columns,
    in: channels,
    out,
    rowStride: columns * channels * out,
    columnStride: channels * out,
    inStride: out,
    outStride: 1,
  };
}

/**
 * The method with the fewest multiplications. Filtering takes 16 for every tile of 2x2 pixels where plain sums take 36,
 * but pays for its transforms, more so with few channels.
 */
export function methodFor(g: Geometry): Method {
  const isPlain3x3 = g.rows === 3 && g.columns === 3 && Math.max(...g.strides, ...g.dilations) === 1;
  if (!isPlain3x3 || g.in % 4 !== 0 || g.out % 4 !== 0 || g.in < 8 || g.out < 8) return 'direct';
  const tiles = Math.ceil(g.outHeight / 2) * Math.ceil(g.outWidth / 2);
  return tiles * PLACES * 1.2 < g.outHeight * g.outWidth * 9 ? 'winograd' : 'direct';
}

/**
 * Packs a filter.
 *
 * @param filter float32 `[rows, columns, in, out]`
 * @returns undefined if it does not fit the memory; the caller frees the address
 */
export function packFilter(
  pool: Pool,
  filter: Float32Array,
  taps: Taps,
  method: Method,
): PackedFilter | undefined {
  const { memory } = pool;
  const panels = Math.ceil(taps.out / PANEL);
  const depth = method === 'winograd' ? PLACES * taps.in : taps.rows * taps.columns * taps.in;
  const copy = memory.allocate(filter.byteLength);
  const address = memory.allocate(depth * panels * PANEL * FLOAT);
  if (copy !== undefined && address !== undefined) {
    memory.floats.set(filter, copy / FLOAT);
    const kind = method === 'winograd' ? JOB_KIND.packWinograd : JOB_KIND.packDirect;
    const { rows, columns, in: channels, out, rowStride, columnStride, inStride, outStride } = taps;
    const from = copy + taps.first * FLOAT;
    pool.run(
      kind,
      [from, address, rows, columns, channels, out, rowStride, columnStride, inStride, outStride],
      panels,
    );
  }
  if (copy !== undefined) memory.free(copy);
  return address === undefined || copy === undefined ? undefined : { method, address };
}
