/**
 * Filters in the order in which the products read them. A filter is read through strides, so that one packing serves
 * the filter as it is, the rotated one of a gradient, and every s-th tap of it.
 */
import { PANEL, PANEL_BYTES } from './products';
import { spreadFilter2 } from './tile-2x2';
import { spreadFilter4 } from './tile-4x4';

/** A filter and where its packed form goes. Strides are in numbers, not bytes; they may be negative. */
@unmanaged
export class Packing {
  filter: usize; // its tap 0, 0 of input channel 0 and output channel 0
  packed: usize;
  rows: i32; // of taps
  columns: i32;
  inChannels: i32;
  out: i32;
  rowStride: i32;
  columnStride: i32;
  inStride: i32;
  outStride: i32;
  tile: i32; // of filtering: pixels of the result along a side
  scratch: usize;
  scratchOfThread: usize; // 18 pairs of float64 of G g, 6 of a row of (G g) Gᵀ, and a line of the cache
}

function numberAt(filter: usize, index: i32): f32 {
  return load<f32>(filter + ((<usize>index) << 2));
}

/** Panels of so many columns; the last may be filled with zeros. */
export function panelsOf(columns: i32): i32 {
  return (columns + PANEL - 1) / PANEL;
}

/** From a place of a packed filter of filtering to the next: a line more than it holds, so that places share no set of the cache. */
export function placeOfFilter(inChannels: i32, out: i32): usize {
  return <usize>(panelsOf(out) * inChannels) * PANEL_BYTES + 64;
}

/** [panel][row][column][in][PANEL], one panel a task. */
export function packDirect(p: Packing, panel: i32): void {
  const first = panel * PANEL;
  const channels = min(PANEL, p.out - first);
  let to = p.packed + ((<usize>(panel * p.rows * p.columns * p.inChannels * PANEL)) << 2);
  for (let row = 0; row < p.rows; row++) {
    for (let column = 0; column < p.columns; column++) {
      let from = row * p.rowStride + column * p.columnStride + first * p.outStride;
      for (let i = 0; i < p.inChannels; i++) {
        for (let o = 0; o < PANEL; o++) {
          store<f32>(to, o < channels ? numberAt(p.filter, from + o * p.outStride) : 0);
          to += 4;
        }
        from += p.inStride;
      }
    }
  }
}

/**
 * G g Gᵀ of a 3x3 filter in float64, [place][panel][in][PANEL], one panel a task. G stands in tile-2x2.ts and tile-4x4.ts, by
 * the pixels of the result along a side of the tile.
 */
export function packWinograd(p: Packing, panel: i32, thread: i32): void {
  const side = p.tile + 2;
  const place = placeOfFilter(p.inChannels, p.out);
  const scratch = p.scratch + <usize>thread * p.scratchOfThread;
  let to = p.packed + ((<usize>(panel * p.inChannels * PANEL)) << 2);
  for (let i = 0; i < p.inChannels; i++) {
    for (let lane = 0; lane < PANEL; lane += 2, to += 8) {
      const o = panel * PANEL + lane;
      const from = i * p.inStride + o * p.outStride;
      // G g, column by column
      for (let column = 0; column < 3; column++) {
        const first = from + column * p.columnStride;
        const g0 = pairAt(p, first, o);
        const g1 = pairAt(p, first + p.rowStride, o);
        const g2 = pairAt(p, first + 2 * p.rowStride, o);
        spread(p.tile, g0, g1, g2, scratch + ((<usize>column) << 4), 48);
      }
      // (G g) Gᵀ, row by row
      const row = scratch + 288;
      let at = to;
      for (let a = 0; a < side; a++) {
        const g = scratch + <usize>a * 48;
        spread(p.tile, v128.load(g), v128.load(g, 16), v128.load(g, 32), row, 16);
        for (let b = 0; b < side; b++, at += place) {
          v128.store64_lane(at, f32x4.demote_f64x2_zero(v128.load(row + ((<usize>b) << 4))), 0);
        }
      }
    }
  }
}

/** The same tap of output channels o and o + 1, as float64; 0 for channels that there are not. */
function pairAt(p: Packing, index: i32, o: i32): v128 {
  const first = o < p.out ? <f64>numberAt(p.filter, index) : 0;
  const second = o + 1 < p.out ? <f64>numberAt(p.filter, index + p.outStride) : 0;
  return f64x2.replace_lane(f64x2.splat(first), 1, second);
}

function spread(tile: i32, g0: v128, g1: v128, g2: v128, to: usize, step: usize): void {
  if (tile === 2) spreadFilter2(g0, g1, g2, to, step);
  else spreadFilter4(g0, g1, g2, to, step);
}
