/**
 * Activations and their gradients in one pass, in place in the memory of TensorFlow.js's backend. The numbers of the
 * activations are those of src/convolutions/activation.ts. Results may take the place of what they are made from.
 *
 * The slope at the ends of relu and relu6 is 0, and that of a leaky relu at 0 is `alpha`, which is its slope below 0 and at
 * least 0. NaN stays NaN, and does not stop a gradient.
 */
import { exponentialMinusOne, hyperbolicTangent, logistic } from './exponential';
import { addRows, BLOCK } from './sums';

const LINEAR: i32 = 0;
const RELU: i32 = 1;
const RELU6: i32 = 2;
const SWISH: i32 = 3;
const ELU: i32 = 4;
const LEAKY_RELU: i32 = 5;
const SIGMOID: i32 = 6;

/** y = activation(x) of `size` numbers */
export function activate(x: usize, y: usize, size: i32, activation: i32, alpha: f32): void {
  for (; size >= 4; size -= 4) {
    v128.store(y, activated(v128.load(x), activation, alpha));
    x += 16;
    y += 16;
  }
  if (size > 0) storeFirst(y, activated(loadFirst(x, size), activation, alpha), size);
}

/** y[row, c] = activation(x[row, c] + bias[c]) of `rows` rows of `channels` numbers */
export function activateWithBias(
  x: usize,
  bias: usize,
  y: usize,
  rows: i32,
  channels: i32,
  activation: i32,
  alpha: f32,
): void {
  for (; rows > 0; rows--) {
    let b = bias;
    let c = channels;
    for (; c >= 4; c -= 4) {
      v128.store(y, activated(f32x4.add(v128.load(x), v128.load(b)), activation, alpha));
      x += 16;
      b += 16;
      y += 16;
    }
    if (c === 0) continue;
    storeFirst(y, activated(f32x4.add(loadFirst(x, c), loadFirst(b, c)), activation, alpha), c);
    x += (<usize>c) << 2;
    y += (<usize>c) << 2;
  }
}

// @inline
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

/** dx = dy activation'(x) of `size` numbers. `value` is x for a swish, else y = activation(x). */
export function activationGradient(
  dy: usize,
  value: usize,
  dx: usize,
  size: i32,
  activation: i32,
  alpha: f32,
): void {
  for (; size >= 4; size -= 4) {
    v128.store(dx, timesSlope(v128.load(dy), v128.load(value), activation, alpha));
    dy += 16;
    value += 16;
    dx += 16;
  }
  if (size === 0) return;
  storeFirst(dx, timesSlope(loadFirst(dy, size), loadFirst(value, size), activation, alpha), size);
}

/** The same of `rows` rows of `channels` numbers, and their sum over all rows. */
export function activationAndBiasGradient(
  dy: usize,
  value: usize,
  dx: usize,
  sums: usize,
  rows: i32,
  channels: i32,
  activation: i32,
  alpha: f32,
): void {
  memory.fill(sums, 0, (<usize>channels) << 2);
  for (; rows > 0; rows -= BLOCK) {
    const count = min(BLOCK, rows);
    const size = count * channels;
    activationGradient(dy, value, dx, size, activation, alpha);
    addRows(dx, sums, count, channels); // while they are in the first caches
    dy += (<usize>size) << 2;
    value += (<usize>size) << 2;
    dx += (<usize>size) << 2;
  }
}

/** dy activation'(x) */
// @inline
function timesSlope(dy: v128, value: v128, activation: i32, alpha: f32): v128 {
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  if (activation === SWISH) {
    // s (1 + x (1 - s))
    const s = logistic(value);
    return f32x4.mul(dy, f32x4.mul(s, f32x4.add(one, f32x4.mul(value, f32x4.sub(one, s)))));
  }
  if (activation === SIGMOID) return f32x4.mul(dy, f32x4.mul(value, f32x4.sub(one, value)));
  if (activation === RELU) return v128.andnot(dy, f32x4.le(value, zero));
  if (activation === RELU6) {
    return v128.andnot(dy, v128.or(f32x4.le(value, zero), f32x4.ge(value, f32x4.splat(6))));
  }
  if (activation === ELU) {
    return v128.bitselect(dy, f32x4.mul(dy, f32x4.add(value, one)), f32x4.ge(value, zero));
  }
  if (activation === LEAKY_RELU) {
    return v128.bitselect(f32x4.mul(dy, f32x4.splat(alpha)), dy, f32x4.le(value, zero));
  }
  return activation === LINEAR ? dy : f32x4.mul(dy, f32x4.sub(one, f32x4.mul(value, value)));
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
