/**
 * Filters in the order in which the products read them. A filter is read through strides, so that one packing serves
 * the filter as it is, the rotated one of a gradient, and every s-th tap of it.
 */
import { PANEL } from './products';

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

/** G g Gᵀ of a 3x3 filter, [place][panel][in][PANEL], one panel a task. G stands in winograd.ts. */
export function packWinograd(p: Packing, panel: i32): void {
  const panels = panelsOf(p.out);
  const place = (<usize>(panels * p.inChannels * PANEL)) << 2;
  let to = p.packed + ((<usize>(panel * p.inChannels * PANEL)) << 2);
  for (let i = 0; i < p.inChannels; i++) {
    for (let lane = 0; lane < PANEL; lane++) {
      const o = panel * PANEL + lane;
      const isInside = o < p.out;
      const from = i * p.inStride + o * p.outStride;
      for (let a = 0; a < 4; a++) {
        // row a of G g
        const first = isInside ? transformed(p, from, a) : 0;
        const second = isInside ? transformed(p, from + p.columnStride, a) : 0;
        const third = isInside ? transformed(p, from + 2 * p.columnStride, a) : 0;
        const at = to + <usize>(a * 4) * place;
        store<f32>(at, <f32>first);
        store<f32>(at + place, <f32>((first + second + third) / 2));
        store<f32>(at + 2 * place, <f32>((first - second + third) / 2));
        store<f32>(at + 3 * place, <f32>third);
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
  if (a === 0) return g0;
  if (a === 1) return (g0 + g1 + g2) / 2;
  if (a === 2) return (g0 - g1 + g2) / 2;
  return g2;
}
