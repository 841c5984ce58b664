/**
 * One step of an optimiser for one variable, in one pass in the memory of TensorFlow.js's backend.
 * `packages/training/src/optimizers/optimizer-kernel.ts` has the rules.
 *
 * w is the address of the values, g that of the gradient and newW that of the new values. The other addresses are those of
 * states and new states. None overlaps with another. `size` counts numbers: four are updated at once, the last ones singly.
 */

/** Four numbers, or the first of them four times. */
function take(from: usize, four: bool): v128 {
  return four ? v128.load(from) : v128.load32_splat(from);
}

function put(to: usize, x: v128, four: bool): void {
  if (four) v128.store(to, x);
  else v128.store32_lane(to, x, 0);
}

/** high·old + (share·x + low·old) */
function average(high: v128, low: v128, share: v128, old: v128, x: v128): v128 {
  return f32x4.add(f32x4.mul(high, old), f32x4.add(f32x4.mul(share, x), f32x4.mul(low, old)));
}

export function sgd(w: usize, g: usize, newW: usize, size: usize, step: f32): void {
  const steps = f32x4.splat(step);
  const end = size << 2;
  let at: usize = 0;
  while (at < end) {
    const four = at + 16 <= end;
    put(newW + at, f32x4.add(take(w + at, four), f32x4.mul(steps, take(g + at, four))), four);
    at += four ? 16 : 4;
  }
}

export function momentum(
  w: usize,
  g: usize,
  a: usize,
  newW: usize,
  newA: usize,
  size: usize,
  momentum: f32,
  step: f32,
): void {
  const momenta = f32x4.splat(momentum);
  const steps = f32x4.splat(step);
  const end = size << 2;
  let at: usize = 0;
  while (at < end) {
    const four = at + 16 <= end;
    const sum = f32x4.add(f32x4.mul(momenta, take(a + at, four)), take(g + at, four));
    put(newA + at, sum, four);
    put(newW + at, f32x4.add(take(w + at, four), f32x4.mul(steps, sum)), four);
    at += four ? 16 : 4;
  }
}

export function nesterov(
  w: usize,
  g: usize,
  a: usize,
  newW: usize,
  newA: usize,
  size: usize,
  momentum: f32,
  step: f32,
): void {
  const momenta = f32x4.splat(momentum);
  const steps = f32x4.splat(step);
  const end = size << 2;
  let at: usize = 0;
  while (at < end) {
    const four = at + 16 <= end;
    const slope = take(g + at, four);
    const sum = f32x4.add(f32x4.mul(momenta, take(a + at, four)), slope);
    put(newA + at, sum, four);
    const ahead = f32x4.add(slope, f32x4.mul(momenta, sum));
    put(newW + at, f32x4.add(take(w + at, four), f32x4.mul(steps, ahead)), four);
    at += four ? 16 : 4;
  }
}

export function rmsprop(
  w: usize,
  g: usize,
  r: usize,
  a: usize,
  newW: usize,
  newR: usize,
  newA: usize,
  size: usize,
  high: f32,
  low: f32,
  share: f32,
  momentum: f32,
  rate: f32,
  epsilon: f32,
): void {
  const highs = f32x4.splat(high);
  const lows = f32x4.splat(low);
  const shares = f32x4.splat(share);
  const momenta = f32x4.splat(momentum);
  const rates = f32x4.splat(rate);
  const epsilons = f32x4.splat(epsilon);
  const end = size << 2;
  let at: usize = 0;
  while (at < end) {
    const four = at + 16 <= end;
    const slope = take(g + at, four);
    const square = average(highs, lows, shares, take(r + at, four), f32x4.mul(slope, slope));
    put(newR + at, square, four);
    const change = f32x4.div(f32x4.mul(rates, slope), f32x4.sqrt(f32x4.add(square, epsilons)));
    const sum = f32x4.add(f32x4.mul(momenta, take(a + at, four)), change);
    put(newA + at, sum, four);
    put(newW + at, f32x4.sub(take(w + at, four), sum), four);
    at += four ? 16 : 4;
  }
}

export function centeredRmsprop(
  w: usize,
  g: usize,
  r: usize,
  a: usize,
  c: usize,
  newW: usize,
  newR: usize,
  newA: usize,
  newC: usize,
  size: usize,
  high: f32,
  low: f32,
  share: f32,
  momentum: f32,
  rate: f32,
  epsilon: f32,
  least: f32,
): void {
  const highs = f32x4.splat(high);
  const lows = f32x4.splat(low);
  const shares = f32x4.splat(share);
  const momenta = f32x4.splat(momentum);
  const rates = f32x4.splat(rate);
  const epsilons = f32x4.splat(epsilon);
  const leasts = f32x4.splat(least);
  const end = size << 2;
  let at: usize = 0;
  while (at < end) {
    const four = at + 16 <= end;
    const slope = take(g + at, four);
    const square = average(highs, lows, shares, take(r + at, four), f32x4.mul(slope, slope));
    put(newR + at, square, four);
    const mean = average(highs, lows, shares, take(c + at, four), slope);
    put(newC + at, mean, four);
    // NaN stays NaN in f32x4.max.
    const variance = f32x4.max(f32x4.sub(square, f32x4.mul(mean, mean)), leasts);
    const change = f32x4.div(f32x4.mul(rates, slope), f32x4.sqrt(f32x4.add(variance, epsilons)));
    const sum = f32x4.add(f32x4.mul(momenta, take(a + at, four)), change);
    put(newA + at, sum, four);
    put(newW + at, f32x4.sub(take(w + at, four), sum), four);
    at += four ? 16 : 4;
  }
}

export function adam(
  w: usize,
  g: usize,
  m: usize,
  v: usize,
  newW: usize,
  newM: usize,
  newV: usize,
  size: usize,
  high1: f32,
  low1: f32,
  share1: f32,
  high2: f32,
  low2: f32,
  share2: f32,
  keep: f32,
  step: f32,
  scale: f32,
  epsilon: f32,
): void {
  const highs1 = f32x4.splat(high1);
  const lows1 = f32x4.splat(low1);
  const shares1 = f32x4.splat(share1);
  const highs2 = f32x4.splat(high2);
  const lows2 = f32x4.splat(low2);
  const shares2 = f32x4.splat(share2);
  const keeps = f32x4.splat(keep);
  const steps = f32x4.splat(step);
  const scales = f32x4.splat(scale);
  const epsilons = f32x4.splat(epsilon);
  const end = size << 2;
  let at: usize = 0;
  while (at < end) {
    const four = at + 16 <= end;
    const slope = take(g + at, four);
    const mean = average(highs1, lows1, shares1, take(m + at, four), slope);
    put(newM + at, mean, four);
    const square = average(highs2, lows2, shares2, take(v + at, four), f32x4.mul(slope, slope));
    put(newV + at, square, four);
    const root = f32x4.add(f32x4.mul(f32x4.sqrt(square), scales), epsilons);
    const change = f32x4.div(f32x4.mul(steps, mean), root);
    put(newW + at, f32x4.sub(f32x4.mul(keeps, take(w + at, four)), change), four);
    at += four ? 16 : 4;
  }
}
