/**
 * The gradient of a convolution of 3x3 with stride 1 to its filter, by the minimal filtering F(4x4, 3x3) of Winograd,
 * transposed:
 *
 *   dw = Gᵀ [Σ_tiles (Bᵀ x B) ∘ (A dy Aᵀ)] G      for tiles x of 6x6 and dy of 4x4 pixels
 *
 * y = Aᵀ [(G w Gᵀ) ∘ (Bᵀ x B)] A is linear in w, and this is its transpose. The matrices stand in tile-4x4.ts.
 *
 * The 36 products of matrices [in, tiles] x [tiles, out] take a quarter of the multiplications of the plain sum. Some tiles
 * at a time are transformed, into an order in which the products read one number after another. Every sum runs in the
 * order of the tiles, so the bits do not depend on the number of threads.
 *
 * x and dy have zeros around them already, as many as whole tiles need. `in` and `out` are multiples of 4.
 */
import { sumBlock } from './filter-gradient';
import { madd } from './products';
import { A, A2, B, B2, transformChannels } from './tile-4x4';

/** Tiles that one task transforms. */
const GROUP: i32 = 8;
/** Bytes of a transformed column or tile. */
const ROW: usize = 96;

/** What a filter's gradient is computed from. All steps are in bytes. */
@unmanaged
export class TiledGradient {
  x: usize;
  dy: usize;
  v: usize; // [place][in / 4][tile][4]
  w: usize; // [place][out / 8][tile][8]
  m: usize; // [place][in][out]
  dw: usize; // [3][3][in][out]
  scratch: usize; // of a thread
  scratchOfThread: usize;
  inChannels: i32;
  out: i32;
  down: i32; // tiles in a column of an image
  across: i32; // in a line
  imageOfX: usize;
  lineOfX: usize;
  imageOfDy: usize;
  lineOfDy: usize;
  placeOfV: usize;
  panelOfV: usize;
  placeOfW: usize;
  panelOfW: usize;
  firstTile: i32; // of the transformed ones
  tiles: i32; // that are transformed
  adds: i32; // whether these are not the first
}

/** Bᵀ x B and A dy Aᵀ of some tiles. */
export function transformTiles(g: TiledGradient, task: i32, thread: i32): void {
  const first = task * GROUP;
  const last = min(first + GROUP, g.tiles);
  const scratch = g.scratch + <usize>thread * g.scratchOfThread;
  const pixelOfX = (<usize>g.inChannels) << 2;
  const pixelOfDy = (<usize>g.out) << 2;
  for (let tile = first; tile < last; tile++) {
    const index = g.firstTile + tile;
    const line = index / g.across;
    const image = line / g.down;
    const row = <usize>((line - image * g.down) * 4);
    const column = <usize>((index - line * g.across) * 4);
    const x = g.x + <usize>image * g.imageOfX + row * g.lineOfX + column * pixelOfX;
    const v = g.v + ((<usize>tile) << 4);
    for (let c: usize = 0; c < pixelOfX; c += 16) {
      transformChannels(x + c, g.lineOfX, pixelOfX, v + (c >> 4) * g.panelOfV, g.placeOfV, scratch);
    }
    const dy = g.dy + <usize>image * g.imageOfDy + row * g.lineOfDy + column * pixelOfDy;
    const w = g.w + ((<usize>tile) << 5);
    for (let c: usize = 0; c < pixelOfDy; c += 16) {
      const to = w + (c >> 5) * g.panelOfW + (c & 16);
      transformDy(dy + c, g.lineOfDy, pixelOfDy, scratch, to, g.placeOfW);
    }
  }
}

/** Of four channels: A dy into the scratch memory, column by column, and from there (A dy) Aᵀ, row by row. */
function transformDy(dy: usize, line: usize, pixel: usize, scratch: usize, w: usize, place: usize): void {
  for (let column: usize = 0; column < 4; column++) {
    sixOfFour(dy, line, scratch + (column << 4), ROW);
    dy += pixel;
  }
  for (let row = 0; row < 6; row++) {
    sixOfFour(scratch, 16, w, place);
    scratch += ROW;
    w += 6 * place;
  }
}

/** A d of four numbers */
function sixOfFour(d: usize, step: usize, t: usize, to: usize): void {
  const d0 = v128.load(d);
  const d1 = v128.load(d + step);
  const d2 = v128.load(d + 2 * step);
  const d3 = v128.load(d + 3 * step);
  v128.store(t, d0);
  let even = madd(f32x4.splat(<f32>A2), d2, d0);
  let odd = madd(f32x4.splat(<f32>(A2 * A)), d3, f32x4.mul(f32x4.splat(<f32>A), d1));
  v128.store(t + to, f32x4.add(even, odd));
  v128.store(t + 2 * to, f32x4.sub(even, odd));
  even = madd(f32x4.splat(<f32>B2), d2, d0);
  odd = madd(f32x4.splat(<f32>(B2 * B)), d3, f32x4.mul(f32x4.splat(<f32>B), d1));
  v128.store(t + 3 * to, f32x4.add(even, odd));
  v128.store(t + 4 * to, f32x4.sub(even, odd));
  v128.store(t + 5 * to, d3);
}

/** m = v wᵀ of one place, or m += v wᵀ */
export function multiplyTiles(g: TiledGradient, place: i32): void {
  const v = g.v + <usize>place * g.placeOfV;
  const w = g.w + <usize>place * g.placeOfW;
  const row = (<usize>g.out) << 2;
  let m = g.m + <usize>(place * g.inChannels) * row;
  const bytes = (<usize>g.tiles) << 5;
  for (let c = 0; c < g.inChannels; c += 4) {
    const a = v + <usize>(c >> 2) * g.panelOfV;
    let b = w;
    let to = m;
    for (let rest = g.out; rest > 0; rest -= 8) {
      sumBlock(a, 16, 0, b, 32, bytes, 1, to, row, 4, min(8, rest), g.adds !== 0);
      b += g.panelOfW;
      to += 32;
    }
    m += 4 * row;
  }
}

/** dw = Gᵀ m G of one channel of x */
export function finishTiles(g: TiledGradient, channel: i32, thread: i32): void {
  const scratch = g.scratch + <usize>thread * g.scratchOfThread;
  const row = (<usize>g.out) << 2;
  const place = <usize>g.inChannels * row;
  const m = g.m + <usize>channel * row;
  const dw = g.dw + <usize>channel * row;
  for (let c: usize = 0; c < row; c += 16) {
    for (let column: usize = 0; column < 6; column++) {
      threeOfSix(m + c + column * place, 6 * place, scratch + (column << 4), ROW);
    }
    for (let tap: usize = 0; tap < 3; tap++) {
      threeOfSix(scratch + tap * ROW, 16, dw + c + 3 * tap * place, place);
    }
  }
}

/** What the rows of G of ±a and ±b are divided by. */
const OF_A: f64 = 1 / (2 * A2 * (A2 - B2));
const OF_B: f64 = 1 / (2 * B2 * (B2 - A2));

/** Gᵀ m of six numbers */
function threeOfSix(m: usize, step: usize, t: usize, to: usize): void {
  const m1 = v128.load(m + step);
  const m2 = v128.load(m + 2 * step);
  const m3 = v128.load(m + 3 * step);
  const m4 = v128.load(m + 4 * step);
  const inner = f32x4.mul(f32x4.splat(<f32>OF_A), f32x4.add(m1, m2));
  const outer = f32x4.mul(f32x4.splat(<f32>OF_B), f32x4.add(m3, m4));
  const first = f32x4.mul(f32x4.splat(<f32>(1 / (A2 * B2))), v128.load(m));
  v128.store(t, f32x4.add(first, f32x4.add(inner, outer)));
  const middle = f32x4.mul(f32x4.splat(<f32>(OF_A * A)), f32x4.sub(m1, m2));
  v128.store(t + to, madd(f32x4.splat(<f32>(OF_B * B)), f32x4.sub(m3, m4), middle));
  const last = madd(f32x4.splat(<f32>A2), inner, v128.load(m + 5 * step));
  v128.store(t + 2 * to, madd(f32x4.splat(<f32>B2), outer, last));
}
