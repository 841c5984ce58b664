/**
 * e^x - 1, the logistic function and the hyperbolic tangent of four numbers at a time.
 *
 * x = n ln 2 + r with |r| ≤ ln 2 / 2, so e^x = 2ⁿ e^r. ln 2 has two parts, of which the first has so few bits that its
 * product with n is exact (Cody and Waite 1980). (e^r - 1 - r) / r² is a polynomial of degree 4 through Chebyshev's
 * nodes, 2.5e-8 of e^r - 1 off before rounding. test/kernels/activations.test.ts has the errors after it. Results
 * below 2⁻¹²⁶ are 0.
 */

const LN2_FIRST: f32 = 0.693359375;
const LN2_REST: f32 = -2.1219444005469057e-4;
const LOG2_E: f32 = <f32>Math.LOG2E;
/** Added to a small number, this leaves its nearest whole number in the last bits. */
const ROUNDING: f32 = 12582912; // 1.5 · 2²³
const BITS_OF_ROUNDING: i32 = 0x4b400000;

/** The whole number that is nearest to x / ln 2, plus `ROUNDING`. */
function shiftedExponent(x: v128): v128 {
  return f32x4.add(f32x4.mul(x, f32x4.splat(LOG2_E)), f32x4.splat(ROUNDING));
}

/** 2ⁿ of a shifted exponent from -127 to 128, of which the first gives 0 and the last Infinity. */
function powerOfTwo(shifted: v128): v128 {
  return i32x4.shl(i32x4.sub(shifted, i32x4.splat(BITS_OF_ROUNDING - 127)), 23);
}

/** e^r - 1 with r = x - n ln 2 */
function remainder(x: v128, shifted: v128): v128 {
  const n = f32x4.sub(shifted, f32x4.splat(ROUNDING));
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(LN2_FIRST)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(LN2_REST)));
  let sum = f32x4.splat(0.001393368816934526);
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(0.008363205008208752));
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(0.041666463017463684));
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(0.16666576266288757));
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(0.5));
  return f32x4.add(r, f32x4.mul(f32x4.mul(r, r), sum));
}

/** 1 / (1 + e⁻ˣ); NaN stays NaN */
export function logistic(x: v128): v128 {
  const one = f32x4.splat(1);
  // The order of the operands lets NaN pass.
  const opposite = f32x4.pmax(f32x4.pmin(f32x4.neg(x), f32x4.splat(89)), f32x4.splat(-88));
  const shifted = shiftedExponent(opposite);
  const scale = powerOfTwo(shifted);
  return f32x4.div(one, f32x4.add(one, f32x4.add(scale, f32x4.mul(scale, remainder(opposite, shifted)))));
}

/** e^x - 1 for x ≤ 0; NaN stays NaN */
export function exponentialMinusOne(x: v128): v128 {
  const bounded = f32x4.pmax(x, f32x4.splat(-30));
  const shifted = shiftedExponent(bounded);
  const scale = powerOfTwo(shifted);
  return f32x4.add(f32x4.mul(scale, remainder(bounded, shifted)), f32x4.sub(scale, f32x4.splat(1)));
}

/** tanh x = -e / (e + 2) with e = e^(-2|x|) - 1, and the sign of x; NaN stays NaN */
export function hyperbolicTangent(x: v128): v128 {
  const sign = f32x4.splat(-0.0);
  const e = exponentialMinusOne(f32x4.mul(v128.andnot(x, sign), f32x4.splat(-2)));
  const y = f32x4.div(e, f32x4.add(e, f32x4.splat(2)));
  return v128.or(v128.andnot(y, sign), v128.and(x, sign));
}
