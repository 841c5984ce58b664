/**
 * Products of matrices in the registers of the processor. The convolutions and their gradients are made of them.
 *
 * A product takes some rows of a, which lie anywhere, and a panel of 8 columns of b, packed one after another. Its sums
 * stay in registers until the last term. Every row sums in the same order, however many rows a product takes, so a
 * number does not depend on its neighbours.
 *
 * How many rows: every row takes two registers, the columns two, a number of a one, and without the fused form the
 * product of both one more. Engines have 16. Four rows are fastest without the fused form and six with it; more spill.
 */

/** Columns of a panel. */
export const PANEL: i32 = 8;
/** Bytes of a row of a panel. */
export const PANEL_BYTES: usize = 32;
/** Rows that one product takes at most. */
export const MOST_ROWS: i32 = ASC_FEATURE_RELAXED_SIMD ? 6 : 4;
/**
 * Terms in one sum; longer sums are made of these. The error of a sum grows with its length: filtering with tiles of 4x4 is
 * twice as exact over 512 channels with sums of 64 as with sums of 256.
 */
export const DEPTH: i32 = 64;

/** sum + s x, rounded once where the engine has the fused form and twice otherwise. */
export function madd(s: v128, x: v128, sum: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(s, x, sum) : f32x4.add(sum, f32x4.mul(s, x));
}

function put(c: usize, left: v128, right: v128, adds: bool): void {
  if (adds) {
    v128.store(c, f32x4.add(v128.load(c), left));
    v128.store(c, f32x4.add(v128.load(c, 16), right), 16);
  } else {
    v128.store(c, left);
    v128.store(c, right, 16);
  }
}

/** c = a b, or c += a b where it `adds`, for six rows of a. */
export function multiply6(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  a4: usize,
  a5: usize,
  b: usize,
  depth: i32,
  c: usize,
  rowOfC: usize,
  adds: bool,
): void {
  const zero = f32x4.splat(0);
  let c00 = zero;
  let c01 = zero;
  let c10 = zero;
  let c11 = zero;
  let c20 = zero;
  let c21 = zero;
  let c30 = zero;
  let c31 = zero;
  let c40 = zero;
  let c41 = zero;
  let c50 = zero;
  let c51 = zero;
  const end = b + <usize>depth * PANEL_BYTES;
  while (b < end) {
    const left = v128.load(b);
    const right = v128.load(b, 16);
    let s = v128.load32_splat(a0);
    c00 = madd(s, left, c00);
    c01 = madd(s, right, c01);
    s = v128.load32_splat(a1);
    c10 = madd(s, left, c10);
    c11 = madd(s, right, c11);
    s = v128.load32_splat(a2);
    c20 = madd(s, left, c20);
    c21 = madd(s, right, c21);
    s = v128.load32_splat(a3);
    c30 = madd(s, left, c30);
    c31 = madd(s, right, c31);
    s = v128.load32_splat(a4);
    c40 = madd(s, left, c40);
    c41 = madd(s, right, c41);
    s = v128.load32_splat(a5);
    c50 = madd(s, left, c50);
    c51 = madd(s, right, c51);
    a0 += 4;
    a1 += 4;
    a2 += 4;
    a3 += 4;
    a4 += 4;
    a5 += 4;
    b += PANEL_BYTES;
  }
  put(c, c00, c01, adds);
  put(c + rowOfC, c10, c11, adds);
  put(c + 2 * rowOfC, c20, c21, adds);
  put(c + 3 * rowOfC, c30, c31, adds);
  put(c + 4 * rowOfC, c40, c41, adds);
  put(c + 5 * rowOfC, c50, c51, adds);
}

/** `multiply6` for four rows. */
export function multiply4(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  b: usize,
  depth: i32,
  c: usize,
  rowOfC: usize,
  adds: bool,
): void {
  const zero = f32x4.splat(0);
  let c00 = zero;
  let c01 = zero;
  let c10 = zero;
  let c11 = zero;
  let c20 = zero;
  let c21 = zero;
  let c30 = zero;
  let c31 = zero;
  const end = b + <usize>depth * PANEL_BYTES;
  while (b < end) {
    const left = v128.load(b);
    const right = v128.load(b, 16);
    let s = v128.load32_splat(a0);
    c00 = madd(s, left, c00);
    c01 = madd(s, right, c01);
    s = v128.load32_splat(a1);
    c10 = madd(s, left, c10);
    c11 = madd(s, right, c11);
    s = v128.load32_splat(a2);
    c20 = madd(s, left, c20);
    c21 = madd(s, right, c21);
    s = v128.load32_splat(a3);
    c30 = madd(s, left, c30);
    c31 = madd(s, right, c31);
    a0 += 4;
    a1 += 4;
    a2 += 4;
    a3 += 4;
    b += PANEL_BYTES;
  }
  put(c, c00, c01, adds);
  put(c + rowOfC, c10, c11, adds);
  put(c + 2 * rowOfC, c20, c21, adds);
  put(c + 3 * rowOfC, c30, c31, adds);
}

/** `multiply6` for two rows. */
export function multiply2(
  a0: usize,
  a1: usize,
  b: usize,
  depth: i32,
  c: usize,
  rowOfC: usize,
  adds: bool,
): void {
  const zero = f32x4.splat(0);
  let c00 = zero;
  let c01 = zero;
  let c10 = zero;
  let c11 = zero;
  const end = b + <usize>depth * PANEL_BYTES;
  while (b < end) {
    const left = v128.load(b);
    const right = v128.load(b, 16);
    let s = v128.load32_splat(a0);
    c00 = madd(s, left, c00);
    c01 = madd(s, right, c01);
    s = v128.load32_splat(a1);
    c10 = madd(s, left, c10);
    c11 = madd(s, right, c11);
    a0 += 4;
    a1 += 4;
    b += PANEL_BYTES;
  }
  put(c, c00, c01, adds);
  put(c + rowOfC, c10, c11, adds);
}

/** `multiply6` for one row. */
export function multiply1(a: usize, b: usize, depth: i32, c: usize, adds: bool): void {
  let c00 = f32x4.splat(0);
  let c01 = c00;
  const end = b + <usize>depth * PANEL_BYTES;
  while (b < end) {
    const s = v128.load32_splat(a);
    c00 = madd(s, v128.load(b), c00);
    c01 = madd(s, v128.load(b, 16), c01);
    a += 4;
    b += PANEL_BYTES;
  }
  put(c, c00, c01, adds);
}

/** c = a b, or c += a b where it `adds`, for any number of rows that are `rowOfA` bytes apart. */
export function multiplyRows(
  rows: i32,
  a: usize,
  rowOfA: usize,
  b: usize,
  depth: i32,
  c: usize,
  rowOfC: usize,
  adds: bool,
): void {
  if (ASC_FEATURE_RELAXED_SIMD) {
    while (rows >= 6) {
      const a3 = a + 3 * rowOfA;
      multiply6(a, a + rowOfA, a + 2 * rowOfA, a3, a3 + rowOfA, a3 + 2 * rowOfA, b, depth, c, rowOfC, adds);
      rows -= 6;
      a += 6 * rowOfA;
      c += 6 * rowOfC;
    }
  }
  while (rows >= 4) {
    multiply4(a, a + rowOfA, a + 2 * rowOfA, a + 3 * rowOfA, b, depth, c, rowOfC, adds);
    rows -= 4;
    a += 4 * rowOfA;
    c += 4 * rowOfC;
  }
  if (rows >= 2) {
    multiply2(a, a + rowOfA, b, depth, c, rowOfC, adds);
    rows -= 2;
    a += 2 * rowOfA;
    c += 2 * rowOfC;
  }
  if (rows > 0) multiply1(a, b, depth, c, adds);
}
