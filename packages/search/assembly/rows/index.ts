/**
 * Rows of float16 numbers against a query in float32. Numbers are at least 0, so a row has no sign bits. A row holds `half` means
 * and then as many spreads; `half` is a multiple of 8, and the last numbers of each half may be zeros.
 *
 * Products are summed in float32 over blocks of 128 numbers, so that 16 terms meet in a lane, and in float64 over the blocks. The
 * relative error of a sum of squares is thus at most 18 · 2^-24, about 1.1e-6.
 */

/** Numbers that are summed in float32. */
const BLOCK: i32 = 128;

/**
 * For each row x and the query q: Σ (x − q)², and Σ x q over the spreads alone. A row whose sum of squares exceeds `limit` is left
 * there, and gets infinity.
 *
 * @param query 2 · half float32
 * @param rows count rows of 2 · half float16
 * @param out 2 float64 for each row
 */
export function compareRows(query: usize, rows: usize, count: i32, half: i32, limit: f64, out: usize): void {
  for (let row = 0; row < count; row++) {
    let squares: f64 = 0;
    let products: f64 = 0;
    let x = rows;
    let q = query;
    for (let left = half; left > 0 && squares <= limit; left -= BLOCK) {
      const size = min(left, BLOCK);
      squares += squaredDifferences(x, q, size);
      x += (<usize>size) << 1;
      q += (<usize>size) << 2;
    }
    for (let left = half; left > 0 && squares <= limit; left -= BLOCK) {
      const size = min(left, BLOCK);
      squares += squaredDifferences(x, q, size);
      products += sumOfProducts(x, q, size);
      x += (<usize>size) << 1;
      q += (<usize>size) << 2;
    }
    store<f64>(out, squares <= limit ? squares : Infinity);
    store<f64>(out + 8, products);
    rows += (<usize>half) << 2;
    out += 16;
  }
}

/** Writes `count` float16 as float32; `count` is a multiple of 8. */
export function decodeHalves(from: usize, to: usize, count: i32): void {
  for (; count > 0; count -= 8) {
    const bits = v128.load(from);
    v128.store(to, lowHalves(bits));
    v128.store(to + 16, highHalves(bits));
    from += 16;
    to += 32;
  }
}

/** Σ (x − q)² of `size` numbers, a multiple of 8 and at most BLOCK */
// @inline
function squaredDifferences(x: usize, q: usize, size: i32): f64 {
  let low = f32x4.splat(0);
  let high = f32x4.splat(0);
  for (; size > 0; size -= 8) {
    const bits = v128.load(x);
    const first = f32x4.sub(lowHalves(bits), v128.load(q));
    const second = f32x4.sub(highHalves(bits), v128.load(q, 16));
    low = f32x4.add(low, f32x4.mul(first, first));
    high = f32x4.add(high, f32x4.mul(second, second));
    x += 16;
    q += 32;
  }
  return sumOfLanes(f32x4.add(low, high));
}

/** Σ x q of `size` numbers, a multiple of 8 and at most BLOCK */
// @inline
function sumOfProducts(x: usize, q: usize, size: i32): f64 {
  let low = f32x4.splat(0);
  let high = f32x4.splat(0);
  for (; size > 0; size -= 8) {
    const bits = v128.load(x);
    low = f32x4.add(low, f32x4.mul(lowHalves(bits), v128.load(q)));
    high = f32x4.add(high, f32x4.mul(highHalves(bits), v128.load(q, 16)));
    x += 16;
    q += 32;
  }
  return sumOfLanes(f32x4.add(low, high));
}

/**
 * Four float16 without signs as float32. Their exponents and fractions, moved to the places of float32, are the same number times
 * 2^-112, also where it is subnormal.
 */
// @inline
function lowHalves(bits: v128): v128 {
  return scaled(i32x4.shl(i32x4.extend_low_i16x8_u(bits), 13));
}

// @inline
function highHalves(bits: v128): v128 {
  return scaled(i32x4.shl(i32x4.extend_high_i16x8_u(bits), 13));
}

// @inline
function scaled(numbers: v128): v128 {
  return f32x4.mul(numbers, f32x4.splat(reinterpret<f32>(0x77800000))); // 2^112
}

// @inline
function sumOfLanes(x: v128): f64 {
  return (
    <f64>f32x4.extract_lane(x, 0) +
    <f64>f32x4.extract_lane(x, 1) +
    (<f64>f32x4.extract_lane(x, 2) + <f64>f32x4.extract_lane(x, 3))
  );
}
