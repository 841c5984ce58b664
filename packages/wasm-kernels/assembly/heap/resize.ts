/**
 * Resizing by the nearest pixel and by bilinear interpolation, and their gradients, in place in the memory of
 * TensorFlow.js's backend. Images are [batch, height, width, channels]; x is before, y after resizing.
 *
 * Along an axis, pixel o of y lies at o s in x, or at (o + 1/2) s - 1/2 with centres of pixels in the middle. s is the
 * ratio of the sizes, or of the distances between the outermost pixels where these are aligned. The gradients are the
 * adjoints: what a pixel of y has taken from x with some weight, it gives back with that weight. dx is cleared first.
 */

/** How many pixels of x there are for one of y, along an axis. */
function ratio(size: i32, outSize: i32, alignCorners: bool): f32 {
  return alignCorners && outSize > 1 ? <f32>(size - 1) / <f32>(outSize - 1) : <f32>size / <f32>outSize;
}

/** The pixel of x that is nearest to pixel o of y. */
function nearest(o: i32, size: i32, step: f32, alignCorners: bool, halfPixelCenters: bool): i32 {
  const place = (halfPixelCenters ? <f32>o + 0.5 : <f32>o) * step;
  return min(size - 1, <i32>Mathf.floor(alignCorners ? place + 0.5 : place));
}

/** y[r, c] = x[nearest r, nearest c] */
export function resizeNearest(
  x: usize,
  y: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  alignCorners: bool,
  halfPixelCenters: bool,
): void {
  const pixel = (<usize>channels) << 2;
  const line = <usize>width * pixel;
  const outLine = <usize>outWidth * pixel;
  const down = ratio(height, outHeight, alignCorners);
  const across = ratio(width, outWidth, alignCorners);
  for (let image = 0; image < batch; image++) {
    let last = -1;
    for (let row = 0; row < outHeight; row++) {
      const source = nearest(row, height, down, alignCorners, halfPixelCenters);
      if (source === last) memory.copy(y, y - outLine, outLine);
      else {
        const from = x + <usize>source * line;
        let to = y;
        for (let column = 0; column < outWidth; column++) {
          const place = nearest(column, width, across, alignCorners, halfPixelCenters);
          copyPixel(from + <usize>place * pixel, to, channels);
          to += pixel;
        }
      }
      last = source;
      y += outLine;
    }
    x += <usize>height * line;
  }
}

/** dx[nearest r, nearest c] += dy[r, c] */
export function resizeNearestGradient(
  dy: usize,
  dx: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  alignCorners: bool,
  halfPixelCenters: bool,
): void {
  const pixel = (<usize>channels) << 2;
  const line = <usize>width * pixel;
  const down = ratio(height, outHeight, alignCorners);
  const across = ratio(width, outWidth, alignCorners);
  memory.fill(dx, 0, <usize>(batch * height) * line);
  for (let image = 0; image < batch; image++) {
    for (let row = 0; row < outHeight; row++) {
      const to = dx + <usize>nearest(row, height, down, alignCorners, halfPixelCenters) * line;
      for (let column = 0; column < outWidth; column++) {
        const place = nearest(column, width, across, alignCorners, halfPixelCenters);
        addShare(dy, to + <usize>place * pixel, 1, channels);
        dy += pixel;
      }
    }
    dx += <usize>height * line;
  }
}

function copyPixel(x: usize, y: usize, channels: i32): void {
  for (; channels >= 4; channels -= 4) {
    v128.store(y, v128.load(x));
    x += 16;
    y += 16;
  }
  for (; channels > 0; channels--) {
    store<f32>(y, load<f32>(x));
    x += 4;
    y += 4;
  }
}

/** Where pixel o of y lies in x: between two pixels, or on the first. */
function between(o: i32, step: f32, halfPixelCenters: bool): f32 {
  return halfPixelCenters ? (<f32>o + 0.5) * step - 0.5 : <f32>o * step;
}

/** y = the four pixels of x around its place, weighted by how near they are */
export function resizeBilinear(
  x: usize,
  y: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  alignCorners: bool,
  halfPixelCenters: bool,
): void {
  const pixel = (<usize>channels) << 2;
  const line = <usize>width * pixel;
  const down = ratio(height, outHeight, alignCorners);
  const across = ratio(width, outWidth, alignCorners);
  for (let image = 0; image < batch; image++) {
    for (let row = 0; row < outHeight; row++) {
      const atRow = between(row, down, halfPixelCenters);
      const above = Mathf.floor(atRow);
      const top = x + <usize>max(0, <i32>above) * line;
      const bottom = x + <usize>min(height - 1, <i32>Mathf.ceil(atRow)) * line;
      for (let column = 0; column < outWidth; column++) {
        const atColumn = between(column, across, halfPixelCenters);
        const before = Mathf.floor(atColumn);
        const left = <usize>max(0, <i32>before) * pixel;
        const right = <usize>min(width - 1, <i32>Mathf.ceil(atColumn)) * pixel;
        const share = atColumn - before;
        interpolate(
          top + left,
          top + right,
          bottom + left,
          bottom + right,
          atRow - above,
          share,
          y,
          channels,
        );
        y += pixel;
      }
    }
    x += <usize>height * line;
  }
}

function interpolate(
  topLeft: usize,
  topRight: usize,
  bottomLeft: usize,
  bottomRight: usize,
  down: f32,
  across: f32,
  y: usize,
  channels: i32,
): void {
  const bytes = (<usize>channels) << 2;
  const downs = f32x4.splat(down);
  const acrosses = f32x4.splat(across);
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16) {
    const top = along(v128.load(topLeft + at), v128.load(topRight + at), acrosses);
    const bottom = along(v128.load(bottomLeft + at), v128.load(bottomRight + at), acrosses);
    v128.store(y + at, along(top, bottom, downs));
  }
  for (; at < bytes; at += 4) {
    const a = load<f32>(topLeft + at);
    const b = load<f32>(bottomLeft + at);
    const top = a + (load<f32>(topRight + at) - a) * across;
    const bottom = b + (load<f32>(bottomRight + at) - b) * across;
    store<f32>(y + at, top + (bottom - top) * down);
  }
}

/** From a towards b. */
function along(a: v128, b: v128, share: v128): v128 {
  return f32x4.add(a, f32x4.mul(f32x4.sub(b, a), share));
}

/** dx += dy with the weights of `resizeBilinear` */
export function resizeBilinearGradient(
  dy: usize,
  dx: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  alignCorners: bool,
  halfPixelCenters: bool,
): void {
  const pixel = (<usize>channels) << 2;
  const line = <usize>width * pixel;
  const down = ratio(height, outHeight, alignCorners);
  const across = ratio(width, outWidth, alignCorners);
  memory.fill(dx, 0, <usize>(batch * height) * line);
  for (let image = 0; image < batch; image++) {
    for (let row = 0; row < outHeight; row++) {
      const atRow = between(row, down, halfPixelCenters);
      const above = Mathf.floor(atRow);
      const top = dx + <usize>max(0, <i32>above) * line;
      const bottom = dx + <usize>min(height - 1, <i32>Mathf.ceil(atRow)) * line;
      const share = atRow - above;
      for (let column = 0; column < outWidth; column++) {
        const atColumn = between(column, across, halfPixelCenters);
        const before = Mathf.floor(atColumn);
        const left = <usize>max(0, <i32>before) * pixel;
        const right = <usize>min(width - 1, <i32>Mathf.ceil(atColumn)) * pixel;
        const shareOfRight = atColumn - before;
        addShare(dy, top + left, (1 - share) * (1 - shareOfRight), channels);
        addShare(dy, top + right, (1 - share) * shareOfRight, channels);
        addShare(dy, bottom + left, share * (1 - shareOfRight), channels);
        addShare(dy, bottom + right, share * shareOfRight, channels);
        dy += pixel;
      }
    }
    dx += <usize>height * line;
  }
}

function addShare(dy: usize, dx: usize, share: f32, channels: i32): void {
  const shares = f32x4.splat(share);
  for (; channels >= 4; channels -= 4) {
    v128.store(dx, f32x4.add(v128.load(dx), f32x4.mul(v128.load(dy), shares)));
    dy += 16;
    dx += 16;
  }
  for (; channels > 0; channels--) {
    store<f32>(dx, load<f32>(dx) + load<f32>(dy) * share);
    dy += 4;
    dx += 4;
  }
}
