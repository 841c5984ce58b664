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

/**
 * The scalar products of a vector with others, which are its coordinates where these are orthonormal.
 *
 * @param vector `length` float32
 * @param axes `count` vectors of `length` float32; `length` is a multiple of 8
 * @param out `count` float32
 */
export function projectRow(vector: usize, axes: usize, count: i32, length: i32, out: usize): void {
  for (let axis = 0; axis < count; axis++) {
    let total: f64 = 0;
    let x = vector;
    for (let left = length; left > 0; left -= BLOCK) {
      let low = f32x4.splat(0);
      let high = f32x4.splat(0);
      for (let size = min(left, BLOCK); size > 0; size -= 8) {
        low = f32x4.add(low, f32x4.mul(v128.load(x), v128.load(axes)));
        high = f32x4.add(high, f32x4.mul(v128.load(x, 16), v128.load(axes, 16)));
        x += 32;
        axes += 32;
      }
      total += sumOfLanes(f32x4.add(low, high));
    }
    store<f32>(out, <f32>total);
    out += 4;
  }
}

/**
 * Which of some short vectors lie near another. Sums are looked at after every 16 numbers, so that most vectors are left soon.
 *
 * @param vector `length` float32; `length` is a multiple of 16
 * @param others `count` vectors of `length` float32
 * @param limit largest sum of squared differences
 * @param out room for `count` int32, which get the numbers of those that are near
 * @returns how many are
 */
export function findClose(
  vector: usize,
  others: usize,
  count: i32,
  length: i32,
  limit: f32,
  out: usize,
): i32 {
  let found = 0;
  for (let other = 0; other < count; other++) {
    let total: f32 = 0;
    for (let i = 0; i < length && total <= limit; i += 16) {
      const place = (<usize>i) << 2;
      const a = f32x4.sub(v128.load(vector + place), v128.load(others + place));
      const b = f32x4.sub(v128.load(vector + place, 16), v128.load(others + place, 16));
      const c = f32x4.sub(v128.load(vector + place, 32), v128.load(others + place, 32));
      const d = f32x4.sub(v128.load(vector + place, 48), v128.load(others + place, 48));
      const first = f32x4.add(f32x4.mul(a, a), f32x4.mul(b, b));
      const second = f32x4.add(f32x4.mul(c, c), f32x4.mul(d, d));
      const sum = f32x4.add(first, second);
      total +=
        f32x4.extract_lane(sum, 0) +
        f32x4.extract_lane(sum, 1) +
        (f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3));
    }
    if (total <= limit) {
      store<i32>(out + ((<usize>found) << 2), other);
      found++;
    }
    others += (<usize>length) << 2;
  }
  return found;
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
