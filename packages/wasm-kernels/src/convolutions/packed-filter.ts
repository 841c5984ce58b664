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
 * less those on the zeros around the image, but it pays for its transforms, more so with few channels. The batch has no
 * part in the choice, so that an image has the same bits in every batch.
 */
export function methodFor(g: Geometry): Method {
  const isPlain3x3 = g.rows === 3 && g.columns === 3 && Math.max(...g.strides, ...g.dilations) === 1;
  if (!isPlain3x3 || g.in % 4 !== 0 || g.out % 4 !== 0 || g.in < 8 || g.out < 8) return 'direct';
  const tiles = Math.ceil(g.outHeight / 2) * Math.ceil(g.outWidth / 2);
  const taps = tapsInside(g.outHeight, g.height, g.top) * tapsInside(g.outWidth, g.width, g.left);
  return tiles * PLACES * TRANSFORMS < taps ? 'winograd' : 'direct';
}

/** What the transforms cost, as a factor of the multiplications. */
const TRANSFORMS = 1.2;

/** Taps inside the image, along one axis, of all windows of three taps. */
function tapsInside(out: number, size: number, padding: number): number {
  let taps = 0;
  for (let o = 0; o < out; o++) {
    taps += Math.max(0, Math.min(3, size - o + padding) - Math.max(0, padding - o));
  }
  return taps;
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
  const address = memory.allocate(depth * panels * PANEL * FLOAT);
  if (address === undefined) return undefined;
  const isPacked = memory.borrow([filter.byteLength], (copy) => {
    memory.view(copy, filter.length).set(filter);
    const kind = method === 'winograd' ? JOB_KIND.packWinograd : JOB_KIND.packDirect;
    const { rows, columns, in: channels, out, rowStride, columnStride, inStride, outStride } = taps;
    const from = copy + taps.first * FLOAT;
    pool.run(
      kind,
      [from, address, rows, columns, channels, out, rowStride, columnStride, inStride, outStride],
      panels,
    );
    return true;
  });
  if (isPacked) return { method, address };
  memory.free(address);
  return undefined;
}
