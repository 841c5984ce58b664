/**
 * The minimal filtering F(4x4, 3x3): 36 multiplications for 4x4 pixels of the result, where the plain sum takes 144.
 *
 * It is built, as Winograd's filterings are, by Toom and Cook's interpolation of a polynomial, at 0, a, −a, b, −b and
 * infinity. With 1 and 2, which are common there, the error is twice that of a = 5/8 and b = 3/2, which are exact in
 * float32 with all products of theirs. Against float64 the result is then off by 6e-7 (root mean square, relative, 64 to
 * 512 channels) where plain sums are off by 2e-7.
 *
 * Where an image is flat, the pixels of the result differ by rounding from one place of a tile to the next, which tiles of
 * 2x2 and plain sums avoid.
 *
 *        | a²b²   0   −a²−b²    0     1  0 |           | 1/(a²b²)                    |
 *        |  0   −ab²   −b²      a     1  0 |           | (1,  a, a²)/(2a²(a²−b²))    |
 *   Bᵀ = |  0    ab²   −b²     −a     1  0 |       G = | (1, −a, a²)/(2a²(a²−b²))    |
 *        |  0   −a²b   −a²      b     1  0 |           | (1,  b, b²)/(2b²(b²−a²))    |
 *        |  0    a²b   −a²     −b     1  0 |           | (1, −b, b²)/(2b²(b²−a²))    |
 *        |  0   a²b²     0   −a²−b²   0  1 |           |                           1 |
 *
 *        | 1   1    1    1    1   0 |
 *   Aᵀ = | 0   a   −a    b   −b   0 |
 *        | 0   a²   a²   b²   b²  0 |
 *        | 0   a³  −a³   b³  −b³  1 |
 */
import { activate } from './finish';
import { madd } from './products';

export const A: f64 = 0.625;
export const A2: f64 = A * A;
export const B: f64 = 1.5;
export const B2: f64 = B * B;

/** Bytes for half a transform of four channels: 6 by 6 vectors. */
export const HALF_BYTES: usize = 576;

/** What stands before the rows of G. */
export const ROW_0: f64 = 1 / (A2 * B2);
export const ROW_A: f64 = 1 / (2 * A2 * (A2 - B2));
export const ROW_B: f64 = 1 / (2 * B2 * (B2 - A2));

/** G times three numbers of each of two filters, in float64 from g on: six times two numbers, `step` bytes apart. */
export function spreadFilter4(g: usize, to: usize, step: usize): void {
  const g0 = v128.load(g);
  const g1 = v128.load(g, 16);
  const g2 = v128.load(g, 32);
  const evenA = f64x2.mul(f64x2.add(g0, f64x2.mul(g2, f64x2.splat(A2))), f64x2.splat(ROW_A));
  const oddA = f64x2.mul(g1, f64x2.splat(A * ROW_A));
  const evenB = f64x2.mul(f64x2.add(g0, f64x2.mul(g2, f64x2.splat(B2))), f64x2.splat(ROW_B));
  const oddB = f64x2.mul(g1, f64x2.splat(B * ROW_B));
  v128.store(to, f64x2.mul(g0, f64x2.splat(ROW_0)));
  v128.store(to + step, f64x2.add(evenA, oddA));
  v128.store(to + 2 * step, f64x2.sub(evenA, oddA));
  v128.store(to + 3 * step, f64x2.add(evenB, oddB));
  v128.store(to + 4 * step, f64x2.sub(evenB, oddB));
  v128.store(to + 5 * step, g2);
}

/** v = Bᵀ d B of the 36 pixels d whose first is at x. `half` is room for half the transform. */
export function transformTile4(
  x: usize,
  line: usize,
  pixel: usize,
  v: usize,
  place: usize,
  half: usize,
): void {
  const end = x + pixel;
  for (; x < end; x += 16, v += 16) transformChannels(x, line, pixel, v, place, half);
}

/** `transformTile4` of four channels. */
export function transformChannels(
  x: usize,
  line: usize,
  pixel: usize,
  v: usize,
  place: usize,
  half: usize,
): void {
  for (let to = half; to < half + 96; to += 16, x += pixel) transform(x, line, to, 96);
  for (let row = half; row < half + HALF_BYTES; row += 96, v += 6 * place) transform(row, 16, v, place);
}

/** Bᵀ times six vectors that are `step` bytes apart; the results are `stepTo` bytes apart. */
function transform(from: usize, step: usize, to: usize, stepTo: usize): void {
  const d1 = v128.load(from + step);
  const d2 = v128.load(from + 2 * step);
  const d3 = v128.load(from + 3 * step);
  const d4 = v128.load(from + 4 * step);
  const sum = f32x4.splat(<f32>(-A2 - B2));
  const product = f32x4.splat(<f32>(A2 * B2));
  v128.store(to, madd(product, v128.load(from), madd(sum, d2, d4)));
  v128.store(to + 5 * stepTo, madd(product, d1, madd(sum, d3, v128.load(from + 5 * step))));
  const a2 = f32x4.splat(<f32>-A2);
  const b2 = f32x4.splat(<f32>-B2);
  let even = madd(b2, d2, d4);
  let odd = f32x4.mul(f32x4.splat(<f32>A), madd(b2, d1, d3));
  v128.store(to + stepTo, f32x4.add(even, odd));
  v128.store(to + 2 * stepTo, f32x4.sub(even, odd));
  even = madd(a2, d2, d4);
  odd = f32x4.mul(f32x4.splat(<f32>B), madd(a2, d1, d3));
  v128.store(to + 3 * stepTo, f32x4.add(even, odd));
  v128.store(to + 4 * stepTo, f32x4.sub(even, odd));
}

/**
 * Up to `high` by `wide` pixels of y = activation(Aᵀ m A + bias), of tiles of `tile` by `tile`: 4, or 2 with 5x5 taps, which have
 * the first two rows of Aᵀ. `half` is room for half the transform.
 */
export function finishTileOfSix(
  m: usize,
  place: usize,
  y: usize,
  pixel: usize,
  below: usize,
  channels: i32,
  bias: usize,
  activation: i32,
  wide: i32,
  high: i32,
  tile: i32,
  half: usize,
): void {
  const end = m + ((<usize>channels) << 2);
  const lastRow = half + <usize>high * 96;
  const line = 6 * place;
  let b = f32x4.splat(0);
  for (; m < end; m += 16, y += 16) {
    let from = m;
    for (let to = half; to < half + 96; to += 16, from += place) combine(from, line, to, 96, tile);
    if (bias) {
      b = v128.load(bias);
      bias += 16;
    }
    let to = y;
    for (let row = half; row < lastRow; row += 96, to += below) {
      combine(row, 16, row, 16, tile);
      let at = to;
      for (let column = 0; column < wide; column++, at += pixel) {
        v128.store(at, activate(f32x4.add(v128.load(row + ((<usize>column) << 4)), b), activation));
      }
    }
  }
}

/** Aᵀ times six vectors that are `step` bytes apart; the `tile` results are `stepTo` bytes apart. */
// @inline
function combine(from: usize, step: usize, to: usize, stepTo: usize, tile: i32): void {
  const ofA = v128.load(from + step);
  const ofMinusA = v128.load(from + 2 * step);
  const ofB = v128.load(from + 3 * step);
  const ofMinusB = v128.load(from + 4 * step);
  const last = v128.load(from + 5 * step);
  const even = f32x4.add(ofA, ofMinusA);
  const odd = f32x4.sub(ofA, ofMinusA);
  const even2 = f32x4.add(ofB, ofMinusB);
  const odd2 = f32x4.sub(ofB, ofMinusB);
  v128.store(to, f32x4.add(f32x4.add(v128.load(from), even), even2));
  const second = madd(f32x4.splat(<f32>B), odd2, f32x4.mul(f32x4.splat(<f32>A), odd));
  if (tile === 2) {
    v128.store(to + stepTo, f32x4.add(second, last));
    return;
  }
  v128.store(to + stepTo, second);
  const third = madd(f32x4.splat(<f32>B2), even2, f32x4.mul(f32x4.splat(<f32>A2), even));
  v128.store(to + 2 * stepTo, third);
  const fourth = madd(f32x4.splat(<f32>(B2 * B)), odd2, f32x4.mul(f32x4.splat(<f32>(A2 * A)), odd));
  v128.store(to + 3 * stepTo, f32x4.add(fourth, last));
}
