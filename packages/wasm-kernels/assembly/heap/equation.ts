/**
 * The per-pixel steps of the LPIPS equation, in place in the memory of TensorFlow.js's backend. Each takes one pass over
 * its inputs. lpips-core has the derivations, beside its forward passes.
 *
 * Tensors are float32 [batch, height, width, channels]; `rows` counts pixels and `size` channels.
 */

/** Σ of the four lanes. */
function sumLanes(x: v128): f32 {
  return (
    f32x4.extract_lane(x, 0) +
    f32x4.extract_lane(x, 1) +
    (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3))
  );
}

/** Σ_c a_c b_c in eight lanes. */
function dot(a: usize, b: usize, size: i32): f32 {
  let even = f32x4.splat(0);
  let odd = even;
  let c = 0;
  for (; c + 8 <= size; c += 8) {
    even = f32x4.add(even, f32x4.mul(v128.load(a), v128.load(b)));
    odd = f32x4.add(odd, f32x4.mul(v128.load(a, 16), v128.load(b, 16)));
    a += 32;
    b += 32;
  }
  let sum: f32 = 0;
  for (; c < size; c++) {
    sum += load<f32>(a) * load<f32>(b);
    a += 4;
    b += 4;
  }
  return sum + sumLanes(f32x4.add(even, odd));
}

/** u = x / (r + ε), r = ‖x‖ over channels */
export function unitNormalize(x: usize, u: usize, r: usize, rows: i32, size: i32, epsilon: f32): void {
  for (let row = 0; row < rows; row++) {
    const norm = Mathf.sqrt(dot(x, x, size));
    store<f32>(r, norm);
    r += 4;
    const length = norm + epsilon;
    const lengths = f32x4.splat(length);
    let c = 0;
    for (; c + 4 <= size; c += 4) {
      v128.store(u, f32x4.div(v128.load(x), lengths));
      x += 16;
      u += 16;
    }
    for (; c < size; c++) {
      store<f32>(u, load<f32>(x) / length);
      x += 4;
      u += 4;
    }
  }
}

/** dx = (dy − u Σ(dy u) (r + ε)/r) / (r + ε), 0 where r = 0 */
export function unitNormalizeGradient(
  dy: usize,
  u: usize,
  r: usize,
  dx: usize,
  rows: i32,
  size: i32,
  epsilon: f32,
  leastNorm: f32,
): void {
  for (let row = 0; row < rows; row++) {
    const norm = load<f32>(r);
    r += 4;
    const length = norm + epsilon;
    const along = dot(dy, u, size) * (length / max(norm, leastNorm));
    const scale: f32 = norm > 0 ? 1 / length : 0;
    const alongs = f32x4.splat(along);
    const scales = f32x4.splat(scale);
    let c = 0;
    for (; c + 4 <= size; c += 4) {
      const rest = f32x4.sub(v128.load(dy), f32x4.mul(v128.load(u), alongs));
      v128.store(dx, f32x4.mul(rest, scales));
      dy += 16;
      u += 16;
      dx += 16;
    }
    for (; c < size; c++) {
      store<f32>(dx, (load<f32>(dy) - load<f32>(u) * along) * scale);
      dy += 4;
      u += 4;
      dx += 4;
    }
  }
}

/** Σ_c w_c (u − v)_c² of one pixel. */
function weighted(u: usize, v: usize, weights: usize, size: i32): f32 {
  let even = f32x4.splat(0);
  let odd = even;
  let c = 0;
  for (; c + 8 <= size; c += 8) {
    const left = f32x4.sub(v128.load(u), v128.load(v));
    const right = f32x4.sub(v128.load(u, 16), v128.load(v, 16));
    even = f32x4.add(even, f32x4.mul(v128.load(weights), f32x4.mul(left, left)));
    odd = f32x4.add(odd, f32x4.mul(v128.load(weights, 16), f32x4.mul(right, right)));
    u += 32;
    v += 32;
    weights += 32;
  }
  let sum: f32 = 0;
  for (; c < size; c++) {
    const difference = load<f32>(u) - load<f32>(v);
    sum += load<f32>(weights) * (difference * difference);
    u += 4;
    v += 4;
    weights += 4;
  }
  return sum + sumLanes(f32x4.add(even, odd));
}

/** y = Σ_c w_c (u − v)_c² */
export function weightedSquaredDifference(
  u: usize,
  v: usize,
  weights: usize,
  y: usize,
  rows: i32,
  size: i32,
): void {
  const pixel = (<usize>size) << 2;
  for (let row = 0; row < rows; row++) {
    store<f32>(y, weighted(u, v, weights, size));
    y += 4;
    u += pixel;
    v += pixel;
  }
}

/** 1/rows Σ_rows Σ_c w_c (u − v)_c², one number. The sum of the pixels is one of float64. */
export function meanWeightedSquaredDifference(
  u: usize,
  v: usize,
  weights: usize,
  y: usize,
  rows: i32,
  size: i32,
): void {
  const pixel = (<usize>size) << 2;
  let sum: f64 = 0;
  for (let row = 0; row < rows; row++) {
    sum += <f64>weighted(u, v, weights, size);
    u += pixel;
    v += pixel;
  }
  store<f32>(y, <f32>(sum / <f64>rows));
}

/** du = 2 w (u − v) dy / divisor; dy has one number for each pixel, or one for all, then `step` is 0 instead of 4. */
export function weightedSquaredDifferenceGradient(
  dy: usize,
  step: usize,
  divisor: f32,
  u: usize,
  v: usize,
  weights: usize,
  du: usize,
  rows: i32,
  size: i32,
): void {
  for (let row = 0; row < rows; row++) {
    const slope = (<f32>2 * load<f32>(dy)) / divisor;
    const slopes = f32x4.splat(slope);
    dy += step;
    let w = weights;
    let c = 0;
    for (; c + 4 <= size; c += 4) {
      const difference = f32x4.sub(v128.load(u), v128.load(v));
      v128.store(du, f32x4.mul(difference, f32x4.mul(v128.load(w), slopes)));
      u += 16;
      v += 16;
      w += 16;
      du += 16;
    }
    for (; c < size; c++) {
      store<f32>(du, (load<f32>(u) - load<f32>(v)) * (load<f32>(w) * slope));
      u += 4;
      v += 4;
      w += 4;
      du += 4;
    }
  }
}

/** y = (x − shift) / scale of pixels of three channels. */
export function scaleChannels(
  x: usize,
  y: usize,
  pixels: i32,
  shift0: f32,
  shift1: f32,
  shift2: f32,
  scale0: f32,
  scale1: f32,
  scale2: f32,
): void {
  for (; pixels >= 4; pixels -= 4) {
    // Four pixels are three registers.
    v128.store(
      y,
      f32x4.div(f32x4.sub(v128.load(x), shifted(shift0, shift1, shift2)), shifted(scale0, scale1, scale2)),
    );
    v128.store(
      y,
      f32x4.div(
        f32x4.sub(v128.load(x, 16), shifted(shift1, shift2, shift0)),
        shifted(scale1, scale2, scale0),
      ),
      16,
    );
    v128.store(
      y,
      f32x4.div(
        f32x4.sub(v128.load(x, 32), shifted(shift2, shift0, shift1)),
        shifted(scale2, scale0, scale1),
      ),
      32,
    );
    x += 48;
    y += 48;
  }
  for (; pixels > 0; pixels--) {
    store<f32>(y, (load<f32>(x) - shift0) / scale0);
    store<f32>(y, (load<f32>(x, 4) - shift1) / scale1, 4);
    store<f32>(y, (load<f32>(x, 8) - shift2) / scale2, 8);
    x += 12;
    y += 12;
  }
}

function shifted(first: f32, second: f32, third: f32): v128 {
  const x = f32x4.replace_lane(f32x4.splat(first), 1, second);
  return f32x4.replace_lane(x, 2, third);
}

/** Whether all numbers are finite. */
export function areFinite(x: usize, size: i32): bool {
  let sums = f32x4.splat(0);
  let i = 0;
  for (; i + 4 <= size; i += 4) {
    sums = f32x4.add(sums, f32x4.mul(v128.load(x), f32x4.splat(0)));
    x += 16;
  }
  let sum: f32 = sumLanes(sums);
  for (; i < size; i++) {
    const number = load<f32>(x);
    sum += number - number;
    x += 4;
  }
  return sum === 0;
}

/** dx = dy where y > 0, else 0 */
export function reluGradient(dy: usize, y: usize, dx: usize, size: i32): void {
  const zero = f32x4.splat(0);
  let i = 0;
  for (; i + 4 <= size; i += 4) {
    v128.store(dx, v128.and(v128.load(dy), f32x4.gt(v128.load(y), zero)));
    dy += 16;
    y += 16;
    dx += 16;
  }
  for (; i < size; i++) {
    store<f32>(dx, load<f32>(y) > 0 ? load<f32>(dy) : 0);
    dy += 4;
    y += 4;
    dx += 4;
  }
}
