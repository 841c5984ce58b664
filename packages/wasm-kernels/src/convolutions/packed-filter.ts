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
const BYTES_OF_SCRATCH = 448;

/** Between the places of a packed filter, as `placeOfFilter` in `assembly/threads/packing.ts` has it. */
const GAP = 64;

/** Multiplications for each tile and pair of channels. */
export function placesOf(tile: number): number {
  return (tile + 2) ** 2;
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
 * The method that costs least. Filtering takes 16 multiplications for every tile of 2x2 pixels, and 36 for one of 4x4, where
 * plain sums take 9 for a pixel, less those on the zeros around the image; but it pays for its transforms, and computes
 * whole tiles. The batch has no part in the choice, so that an image has the same bits in every batch.
 */
export function methodFor(g: Geometry): Method {
  if (!canFilter(g)) return 'direct';
  const taps = tapsInside(g.outHeight, g.height, g.top) * tapsInside(g.outWidth, g.width, g.left);
  const costs = { direct: taps * g.in * g.out, winograd2x2: filtering(g, 2), winograd4x4: filtering(g, 4) };
  const isLarge = g.in * g.out >= LARGE && g.outHeight * g.outWidth < LARGE_PIXELS;
  if (g.in >= MANY && !isLarge && costs.winograd4x4 < Math.min(costs.direct, costs.winograd2x2)) {
    return 'winograd4x4';
  }
  return costs.winograd2x2 < costs.direct ? 'winograd2x2' : 'direct';
}

/** Whether minimal filtering knows this convolution and its gradients, and there are channels enough for it. */
export function canFilter(g: Geometry): boolean {
  const isPlain3x3 = g.rows === 3 && g.columns === 3 && Math.max(...g.strides, ...g.dilations) === 1;
  return isPlain3x3 && g.in % 4 === 0 && g.out % 4 === 0 && g.in >= 8 && g.out >= 8;
}

/**
 * Channels from which tiles of 4x4 are taken. With fewer they gain little, and where an image is flat they make pixels
 * differ by rounding, so that a max pooling sends its gradient to another one of them.
 */
const MANY = 64;
/**
 * Numbers of a filter for each tap from which tiles of 4x4 are taken for so many pixels only: the packed filter is more
 * than twice as large as for tiles of 2x2, and for fewer pixels reading it takes the time that is won.
 */
const LARGE = 2 ** 18;
const LARGE_PIXELS = 400;
/** What the transforms of a tile cost, in multiplications for each channel. */
const TRANSFORMS = { 2: 30, 4: 190 };
/** What the products of filtering cost more than plain sums, because they come in smaller parts. */
const SMALL_PARTS = 1.1;

/** What filtering one image costs, in multiplications of plain sums. */
function filtering(g: Geometry, tile: 2 | 4): number {
  const tiles = Math.ceil(g.outHeight / tile) * Math.ceil(g.outWidth / tile);
  return SMALL_PARTS * tiles * (placesOf(tile) * g.in * g.out + TRANSFORMS[tile] * (g.in + g.out));
}

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
  const tile = tileOf(method);
  const places = tile ? placesOf(tile) : taps.rows * taps.columns;
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
