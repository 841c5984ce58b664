/**
 * @module
 * How a picture is cut into tiles whose taps are those of the whole picture, derived from a backbone's table.
 *
 * Row i of a tap sees the pixel rows s·i + low to s·i + high: s is the product of the strides up to the tap, and from the tap
 * back to the pixels each window of size k, stride t and padding p turns low into low·t − p and high into high·t − p + k − 1.
 * A tile owns the pixel rows [start, end), which begin at multiples of the total stride, and the rows ⌈start/s⌉ to ⌈end/s⌉ of
 * a tap. It is computed from a crop with a halo of all that these rows see. The crop begins at a multiple of the total stride,
 * so that every window stands where it stands in the whole picture. What the zeros at an edge of the crop reach is owned by
 * other tiles; where the crop ends with the picture, they are the zeros of the picture. Columns are cut in the same way.
 */
import { type Backbone, tapSizes, windowOf } from '../backbones/backbone.js';
import { at } from '../item-at.js';

/** Rows or columns from `start` up to, but without, `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The rows of the picture that one row of a tap sees: `stride · i + low` to `stride · i + high` for row i. */
export interface ReceptiveField {
  readonly stride: number;
  readonly low: number;
  readonly high: number;
}

/** What a tile has of one tap, along one axis. */
export interface TapSpan {
  /** What the crop computes, in rows of the whole picture's tap. */
  readonly crop: Span;
  /** What the tile answers for, within `crop`; it may be empty. */
  readonly owned: Span;
}

/** One axis of a tile. */
export interface TileSpan {
  /** The pixels that the tile is computed from. */
  readonly crop: Span;
  /** One for each tap of the net. */
  readonly taps: readonly TapSpan[];
}

/** A tile: a rectangle of the picture, and rectangles of its taps. */
export interface Tile {
  readonly rows: TileSpan;
  readonly columns: TileSpan;
}

/** The tiles of a picture, row by row. */
export interface TileGrid {
  readonly rows: readonly TileSpan[];
  readonly columns: readonly TileSpan[];
  /** Size of each tap of the whole picture. */
  readonly taps: readonly { readonly height: number; readonly width: number }[];
}

/** The product of all strides. Tiles begin at its multiples. */
export function totalStride({ operations }: Backbone): number {
  return operations.reduce((product, row) => product * windowOf(row).stride, 1);
}

/** What the rows of each tap see of the picture. */
export function receptiveFields({ operations }: Backbone): ReceptiveField[] {
  return operations.flatMap((row, index) => {
    if (!row.isTap) return [];
    let field: ReceptiveField = { stride: 1, low: 0, high: 0 };
    for (const before of operations.slice(0, index + 1).toReversed()) {
      const { size, stride, padding } = windowOf(before);
      field = {
        stride: field.stride * stride,
        low: field.low * stride - padding,
        high: field.high * stride - padding + size - 1,
      };
    }
    return [field];
  });
}

/** How many rows outside a tile its taps see, before its first row and after its last. */
export function haloOf(backbone: Backbone): { before: number; after: number } {
  const fields = receptiveFields(backbone);
  return {
    before: Math.max(...fields.map(({ low }) => -low)),
    after: Math.max(...fields.map(({ stride, high }) => high + 1 - stride)),
  };
}

/** Largest height and width of the crop of a tile that is `side` pixels high and wide. */
export function cropSide(backbone: Backbone, side: number): number {
  const stride = totalStride(backbone);
  const { before, after } = haloOf(backbone);
  return Math.ceil(before / stride) * stride + side + after;
}

/**
 * Cuts a picture into tiles of about the same size.
 *
 * @param side largest height and width that a tile owns, in pixels, rounded down to a multiple of the total stride
 */
export function tileGrid(backbone: Backbone, height: number, width: number, side: number): TileGrid {
  const heights = tapSizes(backbone, height);
  const widths = tapSizes(backbone, width);
  return {
    rows: tileSpans(backbone, height, side),
    columns: tileSpans(backbone, width, side),
    taps: heights.map((tapHeight, tap) => ({ height: tapHeight, width: at(widths, tap) })),
  };
}

/** The tiles along one axis of `size` pixels, without those that own nothing. */
export function tileSpans(backbone: Backbone, size: number, side: number): TileSpan[] {
  const stride = totalStride(backbone);
  const fields = receptiveFields(backbone);
  const { before, after } = haloOf(backbone);
  const sizes = tapSizes(backbone, size);
  const count = Math.ceil(size / Math.max(stride, Math.floor(side / stride) * stride));
  // Multiples of the stride nearest above equal shares: no tile is larger than the side, and none a narrow rest.
  const edges = Array.from(
    { length: count },
    (_, tile) => Math.ceil((tile * size) / count / stride) * stride,
  );
  const spans = edges.map((start, tile): TileSpan => {
    const isLast = tile === count - 1;
    const end = isLast ? size : at(edges, tile + 1);
    const crop = {
      start: Math.max(0, Math.floor((start - before) / stride) * stride),
      end: Math.min(size, end + after),
    };
    const computed = tapSizes(backbone, crop.end - crop.start);
    const taps = fields.map(({ stride: tapStride }, tap): TapSpan => {
      const whole = at(sizes, tap);
      const first = Math.min(whole, Math.ceil(start / tapStride));
      // A floor or a ceiling may give the tap a row less or more than the picture has pixels for.
      const last = isLast ? whole : Math.min(whole, end / tapStride);
      const origin = crop.start / tapStride;
      return {
        crop: { start: origin, end: origin + (computed[tap] ?? 0) },
        owned: { start: first, end: last },
      };
    });
    return { crop, taps };
  });
  return spans.filter(({ taps }) => taps.some(({ owned }) => lengthOf(owned) > 0));
}

/** The tiles of a grid, row by row. */
export function* tilesOf({ rows, columns }: TileGrid): Generator<Tile> {
  for (const row of rows) for (const column of columns) yield { rows: row, columns: column };
}

/** How many taps a tile has to compute: all up to the deepest one of which it owns anything. */
export function tapsOf({ rows, columns }: Tile): number {
  const owns = (tap: number) =>
    lengthOf(at(rows.taps, tap).owned) > 0 && lengthOf(at(columns.taps, tap).owned) > 0;
  let count = rows.taps.length;
  while (count > 0 && !owns(count - 1)) count--;
  return count;
}

/** Number of rows or columns. */
export function lengthOf({ start, end }: Span): number {
  return end - start;
}
