/**
 * Filters in the order in which the products read them. A filter is read through strides, so that one packing serves
 * the filter as it is, the rotated one of a gradient, and every s-th tap of it.
 */
import { PANEL } from './products';
import { filterRow2 } from './tile-2x2';
import { filterRow4 } from './tile-4x4';

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
}

function numberAt(filter: usize, index: i32): f32 {
  return load<f32>(filter + ((<usize>index) << 2));
}

/** Panels of so many columns; the last may be filled with zeros. */
export function panelsOf(columns: i32): i32 {
  return (columns + PANEL - 1) / PANEL;
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
 * G g Gᵀ of a 3x3 filter, [place][panel][in][PANEL], one panel a task. G stands in tile-2x2.ts and tile-4x4.ts, by the
 * pixels of the result along a side of the tile.
 */
export function packWinograd(p: Packing, panel: i32): void {
  const side = p.tile + 2;
  const panels = panelsOf(p.out);
  const place = (<usize>(panels * p.inChannels * PANEL)) << 2;
  let to = p.packed + ((<usize>(panel * p.inChannels * PANEL)) << 2);
  for (let i = 0; i < p.inChannels; i++) {
    for (let lane = 0; lane < PANEL; lane++) {
      const o = panel * PANEL + lane;
      const isInside = o < p.out;
      const from = i * p.inStride + o * p.outStride;
      for (let a = 0; a < side; a++) {
        // row a of G g
        const first = isInside ? transformed(p, from, a) : 0;
        const second = isInside ? transformed(p, from + p.columnStride, a) : 0;
        const third = isInside ? transformed(p, from + 2 * p.columnStride, a) : 0;
        let at = to + <usize>(a * side) * place;
        for (let b = 0; b < side; b++, at += place) {
          store<f32>(at, <f32>filterRow(p.tile, b, first, second, third));
        }
      }
      to += 4;
    }
  }
}

/** Row `a` of G times one column of the filter. */
function transformed(p: Packing, from: i32, a: i32): f64 {
  const g0 = <f64>numberAt(p.filter, from);
  const g1 = <f64>numberAt(p.filter, from + p.rowStride);
  const g2 = <f64>numberAt(p.filter, from + 2 * p.rowStride);
  return filterRow(p.tile, a, g0, g1, g2);
}

function filterRow(tile: i32, row: i32, g0: f64, g1: f64, g2: f64): f64 {
  return tile === 2 ? filterRow2(row, g0, g1, g2) : filterRow4(row, g0, g1, g2);
}
