/**
 * The minimal filtering F(2x2, 5x5): 36 multiplications for 2x2 pixels of the result, where the plain sum takes 100. It
 * interpolates at the points of F(4x4, 3x3), so the transform of the image is the same (tile-4x4.ts), and so is the error.
 *
 *       | 1/(a²b²)                            |
 *       | (1,  a, a²,  a³, a⁴)/(2a²(a²−b²))   |
 *   G = | (1, −a, a², −a³, a⁴)/(2a²(a²−b²))   |      Aᵀ = | 1  1   1  1   1  0 |
 *       | (1,  b, b²,  b³, b⁴)/(2b²(b²−a²))   |           | 0  a  −a  b  −b  1 |
 *       | (1, −b, b², −b³, b⁴)/(2b²(b²−a²))   |
 *       |                                   1 |
 */
import { activate } from './finish';
import { A, A2, B, B2, ROW_0, ROW_A, ROW_B, second } from './tile-4x4';

/** G times five numbers of each of two filters, in float64 from g on: six times two numbers, `step` bytes apart. */
export function spreadFilterOf5(g: usize, to: usize, step: usize): void {
  v128.store(to, f64x2.mul(v128.load(g), f64x2.splat(ROW_0)));
  spreadPoint(g, A, A2, ROW_A, to + step, step);
  spreadPoint(g, B, B2, ROW_B, to + 3 * step, step);
  v128.store(to + 5 * step, v128.load(g, 64));
}

/** The rows of the points p and −p. */
function spreadPoint(g: usize, p: f64, p2: f64, scale: f64, to: usize, step: usize): void {
  const square = f64x2.splat(p2);
  const last = f64x2.add(v128.load(g, 32), f64x2.mul(v128.load(g, 64), square));
  const even = f64x2.mul(f64x2.add(v128.load(g), f64x2.mul(last, square)), f64x2.splat(scale));
  const sum = f64x2.add(v128.load(g, 16), f64x2.mul(v128.load(g, 48), square));
  const odd = f64x2.mul(sum, f64x2.splat(p * scale));
  v128.store(to, f64x2.add(even, odd));
  v128.store(to + step, f64x2.sub(even, odd));
}

/** Up to `high` by `wide` pixels of y = activation(Aᵀ m A + bias). `half` is room for a third of the transform. */
export function finishTileOf5(
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
  half: usize,
): void {
  const end = m + ((<usize>channels) << 2);
  const lastRow = half + <usize>high * 96;
  let b = f32x4.splat(0);
  for (; m < end; m += 16, y += 16) {
    let from = m;
    for (let to = half; to < half + 96; to += 16, from += place) combine(from, 6 * place, to, 96);
    if (bias) {
      b = v128.load(bias);
      bias += 16;
    }
    let to = y;
    for (let row = half; row < lastRow; row += 96, to += below) {
      combine(row, 16, row, 16);
      v128.store(to, activate(f32x4.add(v128.load(row), b), activation));
      if (wide > 1) v128.store(to + pixel, activate(f32x4.add(v128.load(row, 16), b), activation));
    }
  }
}

/** Aᵀ times six vectors that are `step` bytes apart; the two results are `stepTo` bytes apart. */
function combine(from: usize, step: usize, to: usize, stepTo: usize): void {
  const ofA = v128.load(from + step);
  const ofMinusA = v128.load(from + 2 * step);
  const ofB = v128.load(from + 3 * step);
  const ofMinusB = v128.load(from + 4 * step);
  const first = f32x4.add(f32x4.add(v128.load(from), f32x4.add(ofA, ofMinusA)), f32x4.add(ofB, ofMinusB));
  const odd = second(f32x4.sub(ofA, ofMinusA), f32x4.sub(ofB, ofMinusB));
  const last = f32x4.add(odd, v128.load(from + 5 * step));
  v128.store(to, first);
  v128.store(to + stepTo, last);
}
