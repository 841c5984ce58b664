/**
 * Convolutions of each channel with its own kernels, and their gradients. A tensor of results has `multiplier` channels for
 * each channel of the images; the filter `[rows, columns, in, multiplier]` has the same order as they.
 *
 *   y[p, o] = Σ_k x[p s + k d, ⌊o / m⌋] w[k, o]
 *   dx[i, c] = Σ_k Σ_o dy[(i + p − k d) / s, o] w[k, o]      over whole quotients, o from c m to c m + m − 1
 *   dw[k, o] = Σ_p x[p s + k d, ⌊o / m⌋] dy[p, o]
 *
 * x has its zeros around it already, dx and dy have none. With a multiplier of 1 four channels are computed at once.
 */
import { activate } from './finish';
import { madd } from './products';

/** What a depthwise convolution, or a gradient of it, is computed from. Steps are in bytes. */
@unmanaged
export class Depthwise {
  x: usize; // or dx
  y: usize; // or dy
  filter: usize; // or dw
  bias: usize; // or 0
  batch: i32;
  height: i32; // of dx
  width: i32;
  channels: i32; // of x
  multiplier: i32;
  outHeight: i32;
  outWidth: i32;
  kernelRows: i32;
  kernelColumns: i32;
  strideHeight: i32;
  strideWidth: i32;
  dilationHeight: i32;
  dilationWidth: i32;
  top: i32; // zeros above and on the left of dx
  left: i32;
  imageOfX: usize;
  lineOfX: usize; // of pixels, in the frame
  activation: i32;
}

/** One line of the result. */
export function convolveDepthwise(d: Depthwise, line: i32): void {
  const image = line / d.outHeight;
  const row = line - image * d.outHeight;
  const pixelOfX = (<usize>d.channels) << 2;
  const out = d.channels * d.multiplier;
  const pixelOfY = (<usize>out) << 2;
  let x = d.x + <usize>image * d.imageOfX + <usize>(row * d.strideHeight) * d.lineOfX;
  let y = d.y + <usize>(line * d.outWidth) * pixelOfY;
  const down = <usize>d.dilationHeight * d.lineOfX;
  const right = <usize>d.dilationWidth * pixelOfX;
  for (let column = 0; column < d.outWidth; column++) {
    let o = 0;
    if (d.multiplier === 1) {
      for (; o + 4 <= out; o += 4) {
        const at = (<usize>o) << 2;
        let sum = d.bias ? v128.load(d.bias + at) : f32x4.splat(0);
        let w = d.filter + at;
        for (let a = 0; a < d.kernelRows; a++) {
          let from = x + <usize>a * down + at;
          for (let b = 0; b < d.kernelColumns; b++) {
            sum = madd(v128.load(from), v128.load(w), sum);
            from += right;
            w += pixelOfY;
          }
        }
        v128.store(y + at, activate(sum, d.activation));
      }
    }
    for (; o < out; o++) {
      let sum = d.bias ? load<f32>(d.bias + ((<usize>o) << 2)) : 0;
      let w = d.filter + ((<usize>o) << 2);
      for (let a = 0; a < d.kernelRows; a++) {
        let from = x + <usize>a * down + ((<usize>(o / d.multiplier)) << 2);
        for (let b = 0; b < d.kernelColumns; b++) {
          sum += load<f32>(from) * load<f32>(w);
          from += right;
          w += pixelOfY;
        }
      }
      store<f32>(y + ((<usize>o) << 2), f32x4.extract_lane(activate(f32x4.splat(sum), d.activation), 0));
    }
    x += <usize>d.strideWidth * pixelOfX;
    y += pixelOfY;
  }
}

/** One line of dx. */
export function depthwiseInputGradient(d: Depthwise, line: i32): void {
  const image = line / d.height;
  const row = line - image * d.height;
  const out = d.channels * d.multiplier;
  const pixelOfY = (<usize>out) << 2;
  let dx = d.x + ((<usize>(line * d.width * d.channels)) << 2);
  const dy = d.y + <usize>(image * d.outHeight * d.outWidth) * pixelOfY;
  for (let column = 0; column < d.width; column++) {
    memory.fill(dx, 0, (<usize>d.channels) << 2);
    for (let a = 0; a < d.kernelRows; a++) {
      const below = row + d.top - a * d.dilationHeight;
      if (below < 0 || below % d.strideHeight !== 0 || below / d.strideHeight >= d.outHeight) continue;
      for (let b = 0; b < d.kernelColumns; b++) {
        const beside = column + d.left - b * d.dilationWidth;
        if (beside < 0 || beside % d.strideWidth !== 0 || beside / d.strideWidth >= d.outWidth) continue;
        const pixel = (below / d.strideHeight) * d.outWidth + beside / d.strideWidth;
        const w = d.filter + <usize>(a * d.kernelColumns + b) * pixelOfY;
        addProducts(dx, dy + <usize>pixel * pixelOfY, w, d.channels, d.multiplier);
      }
    }
    dx += (<usize>d.channels) << 2;
  }
}

/** dx_c += Σ_o dy_o w_o over the o of channel c. */
function addProducts(dx: usize, dy: usize, w: usize, channels: i32, multiplier: i32): void {
  let c = 0;
  if (multiplier === 1) {
    for (; c + 4 <= channels; c += 4) {
      v128.store(dx, madd(v128.load(dy), v128.load(w), v128.load(dx)));
      dx += 16;
      dy += 16;
      w += 16;
    }
  }
  for (; c < channels; c++) {
    let sum = load<f32>(dx);
    for (let j = 0; j < multiplier; j++) {
      sum += load<f32>(dy) * load<f32>(w);
      dy += 4;
      w += 4;
    }
    store<f32>(dx, sum);
    dx += 4;
  }
}

/** All channels of one tap of dw. Every line of pixels is one sum, and the lines are summed. */
export function depthwiseFilterGradient(d: Depthwise, tap: i32): void {
  const a = tap / d.kernelColumns;
  const b = tap - a * d.kernelColumns;
  const out = d.channels * d.multiplier;
  const pixelOfX = (<usize>d.channels) << 2;
  const pixelOfY = (<usize>out) << 2;
  const dw = d.filter + <usize>tap * pixelOfY;
  memory.fill(dw, 0, pixelOfY);
  const x = d.x + <usize>(a * d.dilationHeight) * d.lineOfX + <usize>(b * d.dilationWidth) * pixelOfX;
  const step = <usize>d.strideWidth * pixelOfX;
  for (let image = 0; image < d.batch; image++) {
    for (let row = 0; row < d.outHeight; row++) {
      const ofX = x + <usize>image * d.imageOfX + <usize>(row * d.strideHeight) * d.lineOfX;
      const ofDy = d.y + <usize>((image * d.outHeight + row) * d.outWidth) * pixelOfY;
      let o = 0;
      if (d.multiplier === 1) {
        for (; o + 4 <= out; o += 4) {
          const at = (<usize>o) << 2;
          let from = ofX + at;
          let dy = ofDy + at;
          let sum = f32x4.splat(0);
          for (let column = 0; column < d.outWidth; column++) {
            sum = madd(v128.load(from), v128.load(dy), sum);
            from += step;
            dy += pixelOfY;
          }
          v128.store(dw + at, f32x4.add(v128.load(dw + at), sum));
        }
      }
      for (; o < out; o++) {
        let from = ofX + ((<usize>(o / d.multiplier)) << 2);
        let dy = ofDy + ((<usize>o) << 2);
        let sum: f32 = 0;
        for (let column = 0; column < d.outWidth; column++) {
          sum += load<f32>(from) * load<f32>(dy);
          from += step;
          dy += pixelOfY;
        }
        const to = dw + ((<usize>o) << 2);
        store<f32>(to, load<f32>(to) + sum);
      }
    }
  }
}
