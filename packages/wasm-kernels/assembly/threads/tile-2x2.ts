/**
 * The minimal filtering F(2x2, 3x3): 16 multiplications for 2x2 pixels of the result, where the plain sum takes 36.
 *
 *        | 1  0 −1  0 |        | 1    0   0  |
 *   Bᵀ = | 0  1  1  0 |    G = | 1/2  1/2 1/2|    Aᵀ = | 1  1  1  0 |
 *        | 0 −1  1  0 |        | 1/2 −1/2 1/2|         | 0  1 −1 −1 |
 *        | 0  1  0 −1 |        | 0    0   1  |
 *
 * The transforms of the image are additions. The result is as exact as the plain sum.
 */
import { activate } from './finish';

/** G times three numbers of each of two filters, in float64 from g on: four times two numbers, `step` bytes apart. */
export function spreadFilter2(g: usize, to: usize, step: usize): void {
  const g0 = v128.load(g);
  const g1 = v128.load(g, 16);
  const g2 = v128.load(g, 32);
  const half = f64x2.splat(0.5);
  const even = f64x2.mul(f64x2.add(g0, g2), half);
  const odd = f64x2.mul(g1, half);
  v128.store(to, g0);
  v128.store(to + step, f64x2.add(even, odd));
  v128.store(to + 2 * step, f64x2.sub(even, odd));
  v128.store(to + 3 * step, g2);
}

/** v = Bᵀ d B of the 16 pixels d whose first is at x. */
export function transformTile2(x: usize, line: usize, pixel: usize, v: usize, place: usize): void {
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
export function finishTile2(
  m: usize,
  place: usize,
  y: usize,
  pixel: usize,
  below: usize,
  channels: i32,
  bias: usize,
  activation: i32,
  isWide: bool,
  isHigh: bool,
): void {
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
