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

/**
 * How a convolution is computed: as plain sums, or by minimal filtering, which gives tiles of 2x2 or 4x4 pixels
 * (`assembly/threads/winograd.ts`).
 */
export type Method = 'direct' | 'winograd2x2' | 'winograd4x4';

/** Pixels along a side of what a tile gives; 0 if there are no tiles. */
export function tileOf(method: Method): 0 | 2 | 4 {
  if (method === 'direct') return 0;
  return method === 'winograd2x2' ? 2 : 4;
}

/** Bytes for half a transform of four channels, as in `assembly/threads/tile-4x4.ts`. */
export const HALF_BYTES = 576;

/** Scratch memory of a thread that packs, as in `assembly/threads/packing.ts`. */
const BYTES_OF_SCRATCH = 704;

/** Between the places of a packed filter, as `placeOfFilter` in `assembly/threads/packing.ts` has it. */
const GAP = 64;

/** Multiplications for each tile and pair of channels, with a filter of so many taps along a side. */
export function placesOf(tile: number, taps: number): number {
  return (tile + taps - 1) ** 2;
}

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
 * The method that costs least. Of a 3x3 filter, filtering takes 16 multiplications for every tile of 2x2 pixels, and 36 for
 * one of 4x4; of a 5x5 filter 36 for one of 2x2. Plain sums take 9 or 25 for a pixel, less those on the zeros around the
 * image; but filtering pays for its transforms, and computes whole tiles. The batch has no part in the choice, so that an
 * image has the same bits in every batch.
 */
export function methodFor(g: Geometry): Method {
  const plain = plainSums(g);
  if (canFilter(g, 5)) return g.in >= MANY && filtering(g, 2) < plain ? 'winograd2x2' : 'direct';
  if (!canFilter(g, 3)) return 'direct';
  const costs = { direct: plain, winograd2x2: filtering(g, 2), winograd4x4: filtering(g, 4) };
  const isLarge = g.in * g.out >= LARGE && g.outHeight * g.outWidth < LARGE_PIXELS;
  if (g.in >= MANY && !isLarge && costs.winograd4x4 < Math.min(costs.direct, costs.winograd2x2)) {
    return 'winograd4x4';
  }
  return costs.winograd2x2 < costs.direct ? 'winograd2x2' : 'direct';
}

/** Whether this is a convolution of so many taps along both axes that is fit for minimal filtering, with channels enough. */
export function canFilter(g: Geometry, taps: 3 | 5): boolean {
  const isPlain = g.rows === taps && g.columns === taps && Math.max(...g.strides, ...g.dilations) === 1;
  return isPlain && g.in % 4 === 0 && g.out % 4 === 0 && g.in >= 8 && g.out >= 8;
}

/**
 * Channels from which tiles of 4x4 are taken, and filtering of 5x5, which has the same transforms. With fewer they gain
 * little, and where an image is flat they make pixels differ by rounding, so that a max pooling sends its gradient to
 * another one of them.
 */
const MANY = 64;
/**
 * Numbers of a filter for each tap from which tiles of 4x4 are taken for so many pixels only: the packed filter is more
 * than twice as large as for tiles of 2x2, and for fewer pixels reading it takes the time that is won.
 */
const LARGE = 2 ** 18;
const LARGE_PIXELS = 400;
/** What the transforms of a tile cost, by its places, in multiplications for each channel. */
const TRANSFORMS = { 16: 30, 36: 190 };
/** What the products of filtering cost more than plain sums, because they come in smaller parts. */
const SMALL_PARTS = 1.1;

/** What filtering one image costs, in multiplications of plain sums. */
function filtering(g: Geometry, tile: 2 | 4): number {
  const tiles = Math.ceil(g.outHeight / tile) * Math.ceil(g.outWidth / tile);
  const places = placesOf(tile, g.rows);
  return SMALL_PARTS * tiles * (places * g.in * g.out + TRANSFORMS[places === 16 ? 16 : 36] * (g.in + g.out));
}

/** What one image costs as plain sums. */
function plainSums(g: Geometry): number {
  const rows = tapsInside(g.rows, g.outHeight, g.height, g.top);
  return rows * tapsInside(g.columns, g.outWidth, g.width, g.left) * g.in * g.out;
}

/** Taps inside the image, along one axis, of all windows of so many taps. */
function tapsInside(taps: number, out: number, size: number, padding: number): number {
  let inside = 0;
  for (let o = 0; o < out; o++) {
    inside += Math.max(0, Math.min(taps, size - o + padding) - Math.max(0, padding - o));
  }
  return inside;
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
  const tile = tileOf(method);
  const places = tile ? placesOf(tile, taps.rows) : taps.rows * taps.columns;
  const address = memory.allocate(places * (panels * taps.in * PANEL * FLOAT + GAP));
  if (address === undefined) return undefined;
  const isPacked = memory.borrow([filter.byteLength, pool.threads * BYTES_OF_SCRATCH], (copy, scratch) => {
    memory.view(copy, filter.length).set(filter);
    const kind = tile ? JOB_KIND.packWinograd : JOB_KIND.packDirect;
    const { rows, columns, in: channels, out, rowStride, columnStride, inStride, outStride } = taps;
    const from = copy + taps.first * FLOAT;
    pool.run(
      kind,
      [
        from,
        address,
        rows,
        columns,
        channels,
        out,
        rowStride,
        columnStride,
        inStride,
        outStride,
        tile,
        scratch,
        BYTES_OF_SCRATCH,
      ],
      panels,
    );
    return true;
  });
  if (isPacked) return { method, address };
  memory.free(address);
  return undefined;
}
