/**
 * Activations and their gradients in one pass, in place in the memory of TensorFlow.js's backend. The numbers of the
 * activations are those of src/convolutions/activation.ts.
 *
 * Gradients at ties: relu and relu6 let none through at 0, and relu6 none at 6; elu and leaky relu take the slope of
 * x > 0 above 0 alone. NaN stays NaN, and does not stop a gradient.
 */
import { exponentialMinusOne, hyperbolicTangent, logistic } from './exponential';

const LINEAR: i32 = 0;
const RELU: i32 = 1;
const RELU6: i32 = 2;
const SWISH: i32 = 3;
const ELU: i32 = 4;
const LEAKY_RELU: i32 = 5;
const SIGMOID: i32 = 6;

/** y = activation(x) of `size` numbers. `alpha` is the slope of leaky relu below 0. */
export function activate(x: usize, y: usize, size: i32, activation: i32, alpha: f32): void {
  let i = 0;
  for (; i + 4 <= size; i += 4) {
    v128.store(y, activated(v128.load(x), activation, alpha));
    x += 16;
    y += 16;
  }
  if (i < size) storeFirst(y, activated(loadFirst(x, size - i), activation, alpha), size - i);
}

function activated(x: v128, activation: i32, alpha: f32): v128 {
  const zero = f32x4.splat(0);
  if (activation === SWISH || activation === SIGMOID) {
    const s = logistic(x);
    return activation === SWISH ? f32x4.mul(x, s) : s;
  }
  if (activation === RELU) return v128.andnot(x, f32x4.lt(x, zero));
  if (activation === RELU6) {
    const six = f32x4.splat(6);
    return v128.bitselect(six, v128.andnot(x, f32x4.lt(x, zero)), f32x4.gt(x, six));
  }
  if (activation === ELU) return v128.bitselect(exponentialMinusOne(x), x, f32x4.lt(x, zero));
  if (activation === LEAKY_RELU) {
    return v128.bitselect(f32x4.mul(x, f32x4.splat(alpha)), x, f32x4.lt(x, zero));
  }
  return activation === LINEAR ? x : hyperbolicTangent(x);
}

/**
 * dx = dy activation'(x), where y = activation(x). Only swish and leaky relu read x and not y; for the others x may be
 * any address.
 */
export function activationGradient(
  dy: usize,
  x: usize,
  y: usize,
  dx: usize,
  size: i32,
  activation: i32,
  alpha: f32,
): void {
  const from = activation === SWISH || activation === LEAKY_RELU ? x : y;
  const bytes = (<usize>size) << 2;
  const whole = bytes & ~15;
  for (let at: usize = 0; at < whole; at += 16) {
    const slope = slopeTimes(v128.load(dy + at), v128.load(from + at), activation, alpha);
    v128.store(dx + at, slope);
  }
  const rest = size & 3;
  if (rest === 0) return;
  const slope = slopeTimes(loadFirst(dy + whole, rest), loadFirst(from + whole, rest), activation, alpha);
  storeFirst(dx + whole, slope, rest);
}

/** dy activation'(x) from x or y */
function slopeTimes(dy: v128, from: v128, activation: i32, alpha: f32): v128 {
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  if (activation === SWISH) {
    // s (1 + x (1 - s))
    const s = logistic(from);
    return f32x4.mul(dy, f32x4.mul(s, f32x4.add(one, f32x4.mul(from, f32x4.sub(one, s)))));
  }
  if (activation === SIGMOID) return f32x4.mul(dy, f32x4.mul(from, f32x4.sub(one, from)));
  if (activation === RELU) return v128.andnot(dy, f32x4.le(from, zero));
  if (activation === RELU6) {
    return v128.andnot(dy, v128.or(f32x4.le(from, zero), f32x4.ge(from, f32x4.splat(6))));
  }
  if (activation === ELU) {
    return v128.bitselect(dy, f32x4.mul(dy, f32x4.add(from, one)), f32x4.ge(from, zero));
  }
  if (activation === LEAKY_RELU) {
    return v128.bitselect(dy, f32x4.mul(dy, f32x4.splat(alpha)), f32x4.gt(from, zero));
  }
  return activation === LINEAR ? dy : f32x4.mul(dy, f32x4.sub(one, f32x4.mul(from, from)));
}

/** One to three numbers. Reading four could pass the end of the memory. */
function loadFirst(x: usize, count: i32): v128 {
  let numbers = v128.load32_zero(x);
  if (count > 1) numbers = v128.load_lane<f32>(x + 4, numbers, 1);
  if (count > 2) numbers = v128.load_lane<f32>(x + 8, numbers, 2);
  return numbers;
}

function storeFirst(y: usize, numbers: v128, count: i32): void {
  store<f32>(y, f32x4.extract_lane(numbers, 0));
  if (count > 1) store<f32>(y + 4, f32x4.extract_lane(numbers, 1));
  if (count > 2) store<f32>(y + 8, f32x4.extract_lane(numbers, 2));
}
