/** Sums over rows, in place in the memory of TensorFlow.js's backend. */

/** Rows whose sums are added up before they are added to the total, so that rounding does not grow with their number. */
export const BLOCK: i32 = 128;

/** y[c] = Σ x[row, c] of `rows` rows of `channels` numbers */
export function sumRows(x: usize, y: usize, rows: i32, channels: i32): void {
  memory.fill(y, 0, (<usize>channels) << 2);
  for (; rows > 0; rows -= BLOCK) {
    const count = min(BLOCK, rows);
    addRows(x, y, count, channels);
    x += (<usize>(count * channels)) << 2;
  }
}

/** y[c] += Σ x[row, c] of one block of rows */
export function addRows(x: usize, y: usize, rows: i32, channels: i32): void {
  const step = (<usize>channels) << 2;
  let c: usize = 0;
  for (; c + 64 <= step; c += 64) addSixteen(x + c, y + c, rows, step);
  for (; c + 16 <= step; c += 16) addFour(x + c, y + c, rows, step);
  for (; c < step; c += 4) addOne(x + c, y + c, rows, step);
}

function addSixteen(x: usize, y: usize, rows: i32, step: usize): void {
  let first = f32x4.splat(0);
  let second = first;
  let third = first;
  let fourth = first;
  for (; rows > 0; rows--) {
    first = f32x4.add(first, v128.load(x));
    second = f32x4.add(second, v128.load(x, 16));
    third = f32x4.add(third, v128.load(x, 32));
    fourth = f32x4.add(fourth, v128.load(x, 48));
    x += step;
  }
  v128.store(y, f32x4.add(v128.load(y), first));
  v128.store(y, f32x4.add(v128.load(y, 16), second), 16);
  v128.store(y, f32x4.add(v128.load(y, 32), third), 32);
  v128.store(y, f32x4.add(v128.load(y, 48), fourth), 48);
}

function addFour(x: usize, y: usize, rows: i32, step: usize): void {
  let sums = f32x4.splat(0);
  for (; rows > 0; rows--) {
    sums = f32x4.add(sums, v128.load(x));
    x += step;
  }
  v128.store(y, f32x4.add(v128.load(y), sums));
}

function addOne(x: usize, y: usize, rows: i32, step: usize): void {
  let sum: f32 = 0;
  for (; rows > 0; rows--) {
    sum += load<f32>(x);
    x += step;
  }
  store<f32>(y, load<f32>(y) + sum);
}
