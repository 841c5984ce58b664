/**
 * Convolutions of 3x3 with stride 1 by the minimal filtering F(2x2, 3x3) of Winograd, as Lavin and Gray use it (Fast
 * Algorithms for Convolutional Neural Networks, 2015):
 *
 *   y = Aᵀ [Σ_c (G g_c Gᵀ) ∘ (Bᵀ d_c B)] A      for every tile d of 4x4 pixels, of which 2x2 come out
 *
 *        | 1  0 −1  0 |        | 1    0   0  |
 *   Bᵀ = | 0  1  1  0 |    G = | 1/2  1/2 1/2|    Aᵀ = | 1  1  1  0 |
 *        | 0 −1  1  0 |        | 1/2 −1/2 1/2|         | 0  1 −1 −1 |
 *        | 0  1  0 −1 |        | 0    0   1  |
 *
 * These are 16 products of matrices [tiles, in] x [in, out], with 4/9 of the multiplications of the plain sum; the
 * transforms are additions. The result is as exact as the plain sum: the filter's transform is taken in float64.
 *
 * x has its zeros around it already, as many as whole tiles need. `in` is a multiple of 4.
 */
import { activate } from './finish';
import { DEPTH, multiplyRows, PANEL, PANEL_BYTES } from './products';

const PLACES: i32 = 16;

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
  blocks: i32; // of tiles
  parts: i32; // of panels
  mostTiles: i32; // in a block
  mostPanels: i32; // in a part
}

/** One block of tiles and one part of the panels. */
export function convolveWinograd(w: Winograd, task: i32, thread: i32): void {
  const down = (w.outHeight + 1) >> 1;
  const across = (w.outWidth + 1) >> 1;
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
  const v = w.scratch + <usize>thread * w.scratchOfThread;
  const m = v + <usize>PLACES * placeOfV;

  const pixel = (<usize>w.inChannels) << 2;
  for (let tile = 0; tile < count; tile++) {
    const index = firstTile + tile;
    const line = index / across;
    const image = line / down;
    const x =
      w.x +
      <usize>image * w.imageOfX +
      <usize>((line - image * down) * 2) * w.lineOfX +
      <usize>((index - line * across) * 2) * pixel;
    transformTile(x, w.lineOfX, pixel, v + <usize>tile * rowOfV, placeOfV);
  }
  for (let place = 0; place < PLACES; place++) {
    const a = v + <usize>place * placeOfV;
    for (let panel = firstPanel; panel < lastPanel; panel++) {
      const b = w.filter + <usize>((place * panels + panel) * w.inChannels) * PANEL_BYTES;
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
  for (let tile = 0; tile < count; tile++) {
    const index = firstTile + tile;
    const line = index / across;
    const image = line / down;
    const row = (line - image * down) * 2;
    const column = (index - line * across) * 2;
    const y = w.y + ((<usize>(((image * w.outHeight + row) * w.outWidth + column) * w.out + firstOut)) << 2);
    const isWide = column + 1 < w.outWidth;
    const isHigh = row + 1 < w.outHeight;
    finishTile(w, m + <usize>tile * rowOfM, placeOfM, y, channels, bias, isWide, isHigh);
  }
}

/** v = Bᵀ d B of the 16 pixels d whose first is at x. */
function transformTile(x: usize, line: usize, pixel: usize, v: usize, place: usize): void {
  const end = x + pixel;
  const row1 = line;
  const row2 = 2 * line;
  const row3 = 3 * line;
  while (x < end) {
    // Bᵀ d, column by column
    let d0 = v128.load(x);
    let d1 = v128.load(x + row1);
    let d2 = v128.load(x + row2);
    let d3 = v128.load(x + row3);
    const h00 = f32x4.sub(d0, d2);
    const h10 = f32x4.add(d1, d2);
    const h20 = f32x4.sub(d2, d1);
    const h30 = f32x4.sub(d1, d3);
    let at = x + 2 * pixel;
    d0 = v128.load(at);
    d1 = v128.load(at + row1);
    d2 = v128.load(at + row2);
    d3 = v128.load(at + row3);
    const h02 = f32x4.sub(d0, d2);
    const h12 = f32x4.add(d1, d2);
    const h22 = f32x4.sub(d2, d1);
    const h32 = f32x4.sub(d1, d3);
    v128.store(v, f32x4.sub(h00, h02));
    v128.store(v + 4 * place, f32x4.sub(h10, h12));
    v128.store(v + 8 * place, f32x4.sub(h20, h22));
    v128.store(v + 12 * place, f32x4.sub(h30, h32));
    at = x + pixel;
    d0 = v128.load(at);
    d1 = v128.load(at + row1);
    d2 = v128.load(at + row2);
    d3 = v128.load(at + row3);
    const h01 = f32x4.sub(d0, d2);
    const h11 = f32x4.add(d1, d2);
    const h21 = f32x4.sub(d2, d1);
    const h31 = f32x4.sub(d1, d3);
    v128.store(v + place, f32x4.add(h01, h02));
    v128.store(v + 5 * place, f32x4.add(h11, h12));
    v128.store(v + 9 * place, f32x4.add(h21, h22));
    v128.store(v + 13 * place, f32x4.add(h31, h32));
    v128.store(v + 2 * place, f32x4.sub(h02, h01));
    v128.store(v + 6 * place, f32x4.sub(h12, h11));
    v128.store(v + 10 * place, f32x4.sub(h22, h21));
    v128.store(v + 14 * place, f32x4.sub(h32, h31));
    at = x + 3 * pixel;
    d0 = v128.load(at);
    d1 = v128.load(at + row1);
    d2 = v128.load(at + row2);
    d3 = v128.load(at + row3);
    v128.store(v + 3 * place, f32x4.sub(h01, f32x4.sub(d0, d2)));
    v128.store(v + 7 * place, f32x4.sub(h11, f32x4.add(d1, d2)));
    v128.store(v + 11 * place, f32x4.sub(h21, f32x4.sub(d2, d1)));
    v128.store(v + 15 * place, f32x4.sub(h31, f32x4.sub(d1, d3)));
    x += 16;
    v += 16;
  }
}

/** Four pixels of y = activation(Aᵀ m A + bias), less those beyond the result's right and lower edge. */
function finishTile(
  w: Winograd,
  m: usize,
  place: usize,
  y: usize,
  channels: i32,
  bias: usize,
  isWide: bool,
  isHigh: bool,
): void {
  const pixel = (<usize>w.out) << 2;
  const below = <usize>w.outWidth * pixel;
  const activation = w.activation;
  const end = m + ((<usize>channels) << 2);
  let b = f32x4.splat(0);
  while (m < end) {
    // Aᵀ m, column by column
    let m1 = v128.load(m + 4 * place);
    let m2 = v128.load(m + 8 * place);
    const h00 = f32x4.add(f32x4.add(v128.load(m), m1), m2);
    const h10 = f32x4.sub(f32x4.sub(m1, m2), v128.load(m + 12 * place));
    m1 = v128.load(m + 5 * place);
    m2 = v128.load(m + 9 * place);
    const h01 = f32x4.add(f32x4.add(v128.load(m + place), m1), m2);
    const h11 = f32x4.sub(f32x4.sub(m1, m2), v128.load(m + 13 * place));
    m1 = v128.load(m + 6 * place);
    m2 = v128.load(m + 10 * place);
    const h02 = f32x4.add(f32x4.add(v128.load(m + 2 * place), m1), m2);
    const h12 = f32x4.sub(f32x4.sub(m1, m2), v128.load(m + 14 * place));
    m1 = v128.load(m + 7 * place);
    m2 = v128.load(m + 11 * place);
    const h03 = f32x4.add(f32x4.add(v128.load(m + 3 * place), m1), m2);
    const h13 = f32x4.sub(f32x4.sub(m1, m2), v128.load(m + 15 * place));
    if (bias) {
      b = v128.load(bias);
      bias += 16;
    }
    const y00 = f32x4.add(f32x4.add(f32x4.add(h00, h01), h02), b);
    v128.store(y, activate(y00, activation));
    if (isWide) {
      const y01 = f32x4.add(f32x4.sub(f32x4.sub(h01, h02), h03), b);
      v128.store(y + pixel, activate(y01, activation));
    }
    if (isHigh) {
      const y10 = f32x4.add(f32x4.add(f32x4.add(h10, h11), h12), b);
      v128.store(y + below, activate(y10, activation));
      if (isWide) {
        const y11 = f32x4.add(f32x4.sub(f32x4.sub(h11, h12), h13), b);
        v128.store(y + below + pixel, activate(y11, activation));
      }
    }
    m += 16;
    y += 16;
  }
}
