/**
 * @module
 * Comparing pictures that are never in memory whole: their tiles are read when their turn comes. What is kept of a tile are its
 * weighted squared differences, summed in 64 bits.
 */
import { Tensor, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import { checkRangeOption } from '../check-images.js';
import { checkFlag, checkFunction, checkOptions, checkSignal } from '../check-options.js';
import { at } from '../item-at.js';
import type { ImageOptions, OnTile, Tiles } from '../lpips-options.js';
import type { ValueRange } from '../operations/scale-images.js';
import { addUpsampled } from './add-upsampled.js';
import { type Compare, computeTile } from './compute-tile.js';
import type { Side } from './pictures.js';
import { lengthOf, type Span, type Tile, type TileGrid, tilesOf } from './tile-geometry.js';
import { checkTiles } from './tile-side.js';
import { checkCrop, type TileSource } from './tile-source.js';

/** How two sources are compared. */
export interface SourceOptions extends Pick<ImageOptions, 'range'> {
  /** Default `'auto'`: one tile where the memory holds the whole comparison. */
  tiles?: Tiles;
  /** Called after each tile, with the number of tiles done and of all. What it throws ends the comparison. */
  onTile?: OnTile;
  /** Ends the comparison before the next tile, with the reason of the signal. */
  signal?: AbortSignal;
  /** Whether the map is computed, too. Default `false`. */
  map?: boolean;
}

const SOURCE_OPTIONS = [
  'range',
  'tiles',
  'onTile',
  'signal',
  'map',
] as const satisfies (keyof SourceOptions)[];

/** @throws LpipsError for options that are unknown or of another kind */
export function checkSourceOptions(where: string, options: SourceOptions): void {
  checkOptions(where, options, SOURCE_OPTIONS);
  const { range, tiles, onTile, map, signal } = options;
  if (range !== undefined) checkRangeOption(where, range);
  checkTiles(where, tiles);
  checkFunction(where, 'onTile', onTile);
  checkFlag(where, 'map', map);
  checkSignal(where, signal);
}

/** What a comparison of sources gives, as numbers. */
export interface ComparedSources {
  /** Dimensionless, ≥ 0, lower is more alike; NaN if a pixel is not finite. */
  readonly distance: number;
  /** What each tap adds; they sum to the distance. */
  readonly layers: readonly number[];
  /** `height · width` values, row by row, ≥ 0, if it was asked for. */
  readonly map: Float32Array | undefined;
}

/** The differences of one tap of whole pictures, row by row, where they are kept, and their sum. */
interface TapTotal {
  readonly height: number;
  readonly width: number;
  readonly values: Float32Array | undefined;
  sum: number;
}

/**
 * Compares two sources of one size, tile by tile.
 *
 * @throws LpipsError for crops that are none; what `compare`, the signal, `onTile` or a source throws
 */
export async function compareSources(
  image: TileSource,
  reference: TileSource,
  grid: TileGrid,
  compare: Compare,
  { range = [-1, 1], onTile, signal, map = false }: SourceOptions,
): Promise<ComparedSources> {
  const totals = grid.taps.map(
    ({ height, width }): TapTotal => ({
      height,
      width,
      values: map ? new Float32Array(height * width) : undefined,
      sum: 0,
    }),
  );
  const count = grid.rows.length * grid.columns.length;
  let [done, marks] = [0, 0];
  for (const tile of tilesOf(grid)) {
    signal?.throwIfAborted();
    marks += await takeTile({ image, reference }, tile, range, compare, totals);
    onTile?.(++done, count);
    await turnOfOthers();
  }
  const layers = totals.map(({ sum, height, width }) => sum / (height * width));
  layers[0] = at(layers, 0) + marks;
  return {
    distance: layers.reduce((sum, layer) => sum + layer, 0),
    layers,
    map: map ? mapOf(totals, image, marks) : undefined,
  };
}

/** Adds what a tile owns to the totals. Returns 0, or NaN for pixels that are not finite. */
async function takeTile(
  sources: Readonly<Record<Side, TileSource>>,
  tile: Tile,
  range: ValueRange,
  compare: Compare,
  totals: readonly TapTotal[],
): Promise<number> {
  const tensors: Tensor[] = [];
  const read = async (side: Side): Promise<Tensor4D> => {
    const [rows, columns] = [tile.rows.crop, tile.columns.crop];
    const crop = await sources[side].read(rows, columns);
    if (crop instanceof Tensor) tensors.push(crop);
    checkCrop('compareSources', side, crop, rows, columns, range);
    return crop;
  };
  try {
    const crops = { reference: await read('reference'), image: await read('image'), mask: undefined };
    const { taps, marks } = tidy(() => computeTile(compare, crops, tile, [], () => undefined));
    for (const tensor of [marks, ...taps]) if (tensor) tensors.push(tensor);
    for (const crop of [crops.image, crops.reference]) crop.dispose();
    for (const [tap, owned] of taps.entries()) {
      if (!owned) continue;
      addOwned(
        at(totals, tap),
        await owned.data(),
        at(tile.rows.taps, tap).owned,
        at(tile.columns.taps, tap).owned,
      );
    }
    return at(await marks.data(), 0);
  } finally {
    for (const tensor of tensors) tensor.dispose();
  }
}

function addOwned(total: TapTotal, owned: ArrayLike<number>, rows: Span, columns: Span): void {
  const { values, width } = total;
  const ownedWidth = lengthOf(columns);
  let sum = 0;
  for (let index = 0; index < owned.length; index++) sum += at(owned, index);
  total.sum += sum;
  if (!values) return;
  const array = Float32Array.from(owned);
  for (let row = 0; row < lengthOf(rows); row++) {
    const start = row * ownedWidth;
    values.set(array.subarray(start, start + ownedWidth), (rows.start + row) * width + columns.start);
  }
}

function mapOf(totals: readonly TapTotal[], { height, width }: TileSource, marks: number): Float32Array {
  const map = new Float32Array(height * width).fill(marks);
  for (const { values, ...size } of totals) if (values) addUpsampled(map, { height, width }, values, size);
  return map;
}

/** Lets timers and signals have their turn: promises that are settled already come before them. */
function turnOfOthers(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve);
  });
}
