/** The end of a convolution: bias and activation, on the way from the sums to the result. */

/** Activations by number, in the order of src/convolutions/convolve.ts. */
export const NONE: i32 = 0;
export const RELU: i32 = 1;
export const RELU6: i32 = 2;

/** NaN stays NaN. */
export function activate(x: v128, activation: i32): v128 {
  if (activation === NONE) return x;
  const zero = f32x4.splat(0);
  const positive = v128.andnot(x, f32x4.lt(x, zero));
  if (activation === RELU) return positive;
  const six = f32x4.splat(6);
  return v128.bitselect(six, positive, f32x4.gt(positive, six));
}

/** y = activation(sums + bias) for `channels` numbers; bias may be 0, which is none. */
export function finish(sums: usize, y: usize, channels: i32, bias: usize, activation: i32): void {
  let done = 0;
  for (; done + 4 <= channels; done += 4) {
    const at = (<usize>done) << 2;
    let x = v128.load(sums + at);
    if (bias) x = f32x4.add(x, v128.load(bias + at));
    v128.store(y + at, activate(x, activation));
  }
  if (done === channels) return;
  // The last numbers: reading beyond them is harmless, writing is not.
  const at = (<usize>done) << 2;
  let x = v128.load(sums + at);
  if (bias) x = f32x4.add(x, v128.load(bias + at));
  x = activate(x, activation);
  store<f32>(y + at, f32x4.extract_lane(x, 0));
  if (done + 1 < channels) store<f32>(y + at + 4, f32x4.extract_lane(x, 1));
  if (done + 2 < channels) store<f32>(y + at + 8, f32x4.extract_lane(x, 2));
}
