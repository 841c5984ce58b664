/**
 * Filters in the order in which the products read them. A filter is read through strides, so that one packing serves
 * the filter as it is, the rotated one of a gradient, and every s-th tap of it.
 */
import { PANEL, PANEL_BYTES } from './products';
import { spreadFilter2 } from './tile-2x2';
import { spreadFilterOf5 } from './tile-2x2-of-5x5';
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
  scratchOfThread: usize; // pairs of float64: a column of taps, then G g, then a row of (G g) Gᵀ
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
 * G g Gᵀ of a filter of 3x3 or 5x5 taps in float64, [place][panel][in][PANEL], one panel a task. G stands in tile-2x2.ts,
 * tile-4x4.ts and tile-2x2-of-5x5.ts.
 */
export function packWinograd(p: Packing, panel: i32, thread: i32): void {
  const taps = p.rows;
  const side = p.tile + taps - 1;
  const place = placeOfFilter(p.inChannels, p.out);
  const line = (<usize>taps) << 4;
  const column = p.scratch + <usize>thread * p.scratchOfThread;
  const lines = column + line;
  const row = lines + <usize>side * line;
  let to = p.packed + ((<usize>(panel * p.inChannels * PANEL)) << 2);
  for (let i = 0; i < p.inChannels; i++) {
    for (let lane = 0; lane < PANEL; lane += 2, to += 8) {
      const o = panel * PANEL + lane;
      const from = i * p.inStride + o * p.outStride;
      // G g, column by column
      for (let c = 0; c < taps; c++) {
        for (let r = 0; r < taps; r++) {
          const tap = from + r * p.rowStride + c * p.columnStride;
          v128.store(column + ((<usize>r) << 4), pairAt(p, tap, o));
        }
        spread(p.tile, taps, column, lines + ((<usize>c) << 4), line);
      }
      // (G g) Gᵀ, row by row
      let at = to;
      for (let r = 0; r < side; r++) {
        spread(p.tile, taps, lines + <usize>r * line, row, 16);
        for (let c = 0; c < side; c++, at += place) {
          v128.store64_lane(at, f32x4.demote_f64x2_zero(v128.load(row + ((<usize>c) << 4))), 0);
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

function spread(tile: i32, taps: i32, g: usize, to: usize, step: usize): void {
  if (tile === 4) spreadFilter4(g, to, step);
  else if (taps === 3) spreadFilter2(g, to, step);
  else spreadFilterOf5(g, to, step);
}
