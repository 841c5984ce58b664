/**
 * e^x, e^x - 1, the logistic function and the hyperbolic tangent of four numbers at a time.
 *
 * x = n ln 2 + r with |r| ≤ ln 2 / 2, so e^x = 2ⁿ e^r. ln 2 has two parts, of which the first has so few bits that its
 * product with n is exact (Cody and Waite 1980). (e^r - 1 - r) / r² is a polynomial of degree 4, of least error at
 * Chebyshev's nodes: 2.5e-8 of e^r - 1 before rounding. test/kernels/activations.test.ts has the errors after it.
 */

const LN2_FIRST: f32 = 0.693359375;
const LN2_REST: f32 = -2.1219444005469057e-4;
const LOG2_E: f32 = <f32>Math.LOG2E;

/** The whole number n that is nearest to x / ln 2. */
function exponentOf(x: v128): v128 {
  return f32x4.nearest(f32x4.mul(x, f32x4.splat(LOG2_E)));
}

/** e^r - 1 with r = x - n ln 2 */
function remainder(x: v128, n: v128): v128 {
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(LN2_FIRST)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(LN2_REST)));
  let sum = f32x4.splat(0.001393368816934526);
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(0.008363205008208752));
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(0.041666463017463684));
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(0.16666576266288757));
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(0.5));
  return f32x4.add(r, f32x4.mul(f32x4.mul(r, r), sum));
}

/** 2ⁿ for whole n from -126 to 127 */
function powerOfTwo(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}

/** e^x. It becomes Infinity and 0 where float32 ends; NaN stays NaN. */
export function exponential(x: v128): v128 {
  x = f32x4.max(f32x4.min(x, f32x4.splat(89)), f32x4.splat(-104));
  const n = exponentOf(x);
  const whole = i32x4.trunc_sat_f32x4_s(n);
  // In two steps, since 2ⁿ alone may be no float32.
  const half = i32x4.shr_s(whole, 1);
  const y = f32x4.add(f32x4.splat(1), remainder(x, n));
  return f32x4.mul(f32x4.mul(y, powerOfTwo(half)), powerOfTwo(i32x4.sub(whole, half)));
}

/** e^x - 1 for x ≤ 0; NaN stays NaN */
export function exponentialMinusOne(x: v128): v128 {
  x = f32x4.max(x, f32x4.splat(-30));
  const n = exponentOf(x);
  const scale = powerOfTwo(i32x4.trunc_sat_f32x4_s(n));
  return f32x4.add(f32x4.mul(scale, remainder(x, n)), f32x4.sub(scale, f32x4.splat(1)));
}

/** 1 / (1 + e⁻ˣ) */
export function logistic(x: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, exponential(f32x4.neg(x))));
}

/** tanh x = -e / (e + 2) with e = e^(-2|x|) - 1, and the sign of x */
export function hyperbolicTangent(x: v128): v128 {
  const sign = v128.and(x, f32x4.splat(-0.0));
  const size = v128.andnot(x, f32x4.splat(-0.0));
  const e = exponentialMinusOne(f32x4.mul(size, f32x4.splat(-2)));
  const y = f32x4.div(e, f32x4.add(e, f32x4.splat(2)));
  return v128.or(v128.andnot(y, f32x4.splat(-0.0)), sign);
}
