/**
 * Convolutions of 3x3 and 5x5 with stride 1 by the minimal filtering of Winograd, as Lavin and Gray use it (Fast Algorithms for
 * Convolutional Neural Networks, 2015):
 *
 *   y = Aᵀ [Σ_c (G g_c Gᵀ) ∘ (Bᵀ d_c B)] A      for every tile d of n x n pixels, of which m x m come out, m = n − k + 1
 *
 * These are n² products of matrices [tiles, in] x [in, out]. The matrices stand in tile-2x2.ts, tile-4x4.ts and
 * tile-2x2-of-5x5.ts, which are named for the pixels that come out. The filter's transform is taken in float64.
 *
 * x has its zeros around it already, as many as whole tiles need. `in` and `out` are multiples of 4.
 */
import { placeOfFilter } from './packing';
import { DEPTH, multiplyRows, PANEL, PANEL_BYTES } from './products';
import { finishTile2, transformTile2 } from './tile-2x2';
import { finishTileOfSix, HALF_BYTES, transformTile4 } from './tile-4x4';

/** What a convolution by filtering is computed from. Steps are in bytes. */
@unmanaged
export class Winograd {
  x: usize;
  y: usize;
  filter: usize; // packed
  bias: usize; // or 0
  scratch: usize;
  scratchOfThread: usize;
  batch: i32;
  outHeight: i32;
  outWidth: i32;
  inChannels: i32;
  out: i32; // a multiple of 4
  imageOfX: usize;
  lineOfX: usize;
  activation: i32;
  tile: i32; // pixels of the result along a side
  taps: i32; // of the filter along a side: 3 for tiles of 2 or 4 pixels, 5 for tiles of 2
  blocks: i32; // of tiles
  parts: i32; // of panels
  mostTiles: i32; // in a block
  mostPanels: i32; // in a part
}

/** One block of tiles and one part of the panels. */
export function convolveWinograd(w: Winograd, task: i32, thread: i32): void {
  const tile = w.tile;
  const side = tile + w.taps - 1;
  const places = side * side;
  const across = (w.outWidth + tile - 1) / tile;
  const down = (w.outHeight + tile - 1) / tile;
  const tiles = w.batch * down * across;
  const panels = (w.out + PANEL - 1) / PANEL;
  const block = task / w.parts;
  const part = task % w.parts;
  const firstTile = <i32>((<i64>tiles * block) / w.blocks);
  const lastTile = <i32>((<i64>tiles * (block + 1)) / w.blocks);
  const firstPanel = (panels * part) / w.parts;
  const lastPanel = (panels * (part + 1)) / w.parts;
  const count = lastTile - firstTile;

  // The gaps keep rows and places off the same lines of the cache.
  const rowOfV = ((<usize>w.inChannels) << 2) + 64;
  const placeOfV = <usize>w.mostTiles * rowOfV + 64;
  const rowOfM = <usize>w.mostPanels * PANEL_BYTES + 64;
  const placeOfM = <usize>w.mostTiles * rowOfM + 64;
  const half = w.scratch + <usize>thread * w.scratchOfThread;
  const v = half + HALF_BYTES;
  const m = v + <usize>places * placeOfV;

  const pixelOfX = (<usize>w.inChannels) << 2;
  for (let index = firstTile; index < lastTile; index++) {
    const line = index / across;
    const image = line / down;
    const x =
      w.x +
      <usize>image * w.imageOfX +
      <usize>((line - image * down) * tile) * w.lineOfX +
      <usize>((index - line * across) * tile) * pixelOfX;
    const to = v + <usize>(index - firstTile) * rowOfV;
    if (side === 4) transformTile2(x, w.lineOfX, pixelOfX, to, placeOfV);
    else transformTile4(x, w.lineOfX, pixelOfX, to, placeOfV, half);
  }
  for (let place = 0; place < places; place++) {
    const a = v + <usize>place * placeOfV;
    const filter = w.filter + <usize>place * placeOfFilter(w.inChannels, w.out);
    for (let panel = firstPanel; panel < lastPanel; panel++) {
      const b = filter + <usize>(panel * w.inChannels) * PANEL_BYTES;
      const c = m + <usize>place * placeOfM + <usize>(panel - firstPanel) * PANEL_BYTES;
      for (let from = 0; from < w.inChannels; from += DEPTH) {
        const depth = min(DEPTH, w.inChannels - from);
        const skipped = (<usize>from) << 2;
        multiplyRows(count, a + skipped, rowOfV, b + <usize>from * PANEL_BYTES, depth, c, rowOfM, from > 0);
      }
    }
  }
  const firstOut = firstPanel * PANEL;
  const channels = min(lastPanel * PANEL, w.out) - firstOut;
  const bias = w.bias ? w.bias + ((<usize>firstOut) << 2) : 0;
  const pixel = (<usize>w.out) << 2;
  const below = <usize>w.outWidth * pixel;
  for (let index = firstTile; index < lastTile; index++) {
    const line = index / across;
    const image = line / down;
    const row = (line - image * down) * tile;
    const column = (index - line * across) * tile;
    const y =
      w.y + <usize>((image * w.outHeight + row) * w.outWidth + column) * pixel + ((<usize>firstOut) << 2);
    const from = m + <usize>(index - firstTile) * rowOfM;
    const wide = min(tile, w.outWidth - column);
    const high = min(tile, w.outHeight - row);
    if (side === 4) {
      finishTile2(from, placeOfM, y, pixel, below, channels, bias, w.activation, wide > 1, high > 1);
    } else {
      finishTileOfSix(from, placeOfM, y, pixel, below, channels, bias, w.activation, wide, high, tile, half);
    }
  }
}
