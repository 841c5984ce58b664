/**
 * The minimal filtering F(2x2, 5x5): 36 multiplications for 2x2 pixels of the result, where the plain sum takes 100. It
 * interpolates at the points of F(4x4, 3x3), so the transforms of the image and of the
 * products stand in tile-4x4.ts, and the error is the same.
 *
 *       | 1/(a²b²)                            |
 *       | (1,  a, a²,  a³, a⁴)/(2a²(a²−b²))   |
 *   G = | (1, −a, a², −a³, a⁴)/(2a²(a²−b²))   |      Aᵀ = | 1  1   1  1   1  0 |
 *       | (1,  b, b²,  b³, b⁴)/(2b²(b²−a²))   |           | 0  a  −a  b  −b  1 |
 *       | (1, −b, b², −b³, b⁴)/(2b²(b²−a²))   |
 *       |                                   1 |
 */
import { A, A2, B, B2, ROW_0, ROW_A, ROW_B } from './tile-4x4';

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
