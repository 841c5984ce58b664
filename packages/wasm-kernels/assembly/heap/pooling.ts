/**
 * Max pooling and its gradient, in place in the memory of TensorFlow.js's backend. Windows are cut at the edges of the
 * image, so that padding never is a maximum. The gradient of a window goes to its first maximum in reading order; a NaN
 * counts as one.
 */

/** y `[batch, outHeight, outWidth, channels]` from x `[batch, height, width, channels]`. */
export function maxPool(
  x: usize,
  y: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  windowHeight: i32,
  windowWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  top: i32,
  left: i32,
  outHeight: i32,
  outWidth: i32,
): void {
  const pixel = (<usize>channels) << 2;
  const line = <usize>width * pixel;
  for (let image = 0; image < batch; image++) {
    for (let row = 0; row < outHeight; row++) {
      const firstRow = max(0, row * strideHeight - top);
      const lastRow = min(height, row * strideHeight - top + windowHeight);
      for (let column = 0; column < outWidth; column++) {
        const firstColumn = max(0, column * strideWidth - left);
        const lastColumn = min(width, column * strideWidth - left + windowWidth);
        const first = x + <usize>firstRow * line + <usize>firstColumn * pixel;
        maxOfWindow(first, line, pixel, lastRow - firstRow, lastColumn - firstColumn, y, channels);
        y += pixel;
      }
    }
    x += <usize>height * line;
  }
}

function maxOfWindow(
  x: usize,
  line: usize,
  pixel: usize,
  rows: i32,
  columns: i32,
  y: usize,
  channels: i32,
): void {
  let c = 0;
  for (; c + 4 <= channels; c += 4) {
    let most = f32x4.splat(-Infinity);
    let from = x;
    for (let row = 0; row < rows; row++) {
      let at = from;
      for (let column = 0; column < columns; column++) {
        most = f32x4.max(most, v128.load(at));
        at += pixel;
      }
      from += line;
    }
    v128.store(y, most);
    x += 16;
    y += 16;
  }
  for (; c < channels; c++) {
    let most: f32 = -Infinity;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        most = max(most, load<f32>(x + <usize>row * line + <usize>column * pixel));
      }
    }
    store<f32>(y, most);
    x += 4;
    y += 4;
  }
}

/** dx from dy, x and the maxima y. dx is cleared first. */
export function maxPoolGradient(
  dy: usize,
  x: usize,
  y: usize,
  dx: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  windowHeight: i32,
  windowWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  top: i32,
  left: i32,
  outHeight: i32,
  outWidth: i32,
): void {
  const pixel = (<usize>channels) << 2;
  const line = <usize>width * pixel;
  memory.fill(dx, 0, <usize>(batch * height) * line);
  for (let image = 0; image < batch; image++) {
    for (let row = 0; row < outHeight; row++) {
      const firstRow = max(0, row * strideHeight - top);
      const lastRow = min(height, row * strideHeight - top + windowHeight);
      for (let column = 0; column < outWidth; column++) {
        const firstColumn = max(0, column * strideWidth - left);
        const lastColumn = min(width, column * strideWidth - left + windowWidth);
        const first = <usize>firstRow * line + <usize>firstColumn * pixel;
        routeWindow(
          dy,
          x + first,
          y,
          dx + first,
          line,
          pixel,
          lastRow - firstRow,
          lastColumn - firstColumn,
          channels,
        );
        dy += pixel;
        y += pixel;
      }
    }
    x += <usize>height * line;
    dx += <usize>height * line;
  }
}

function routeWindow(
  dy: usize,
  x: usize,
  y: usize,
  dx: usize,
  line: usize,
  pixel: usize,
  rows: i32,
  columns: i32,
  channels: i32,
): void {
  let c = 0;
  for (; c + 4 <= channels; c += 4) {
    const most = v128.load(y);
    let left = v128.load(dy); // what is not handed on yet
    let offset: usize = 0;
    for (let row = 0; row < rows; row++) {
      let at = offset;
      for (let column = 0; column < columns; column++) {
        const value = v128.load(x + at);
        const isMost = v128.or(f32x4.eq(value, most), f32x4.ne(value, value));
        const taken = v128.and(left, isMost);
        left = v128.andnot(left, isMost);
        v128.store(dx + at, f32x4.add(v128.load(dx + at), taken));
        at += pixel;
      }
      offset += line;
    }
    x += 16;
    y += 16;
    dx += 16;
    dy += 16;
  }
  for (; c < channels; c++) {
    const most = load<f32>(y);
    let left = load<f32>(dy);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const at = <usize>row * line + <usize>column * pixel;
        const value = load<f32>(x + at);
        if (value !== most && !F32.isNaN(value)) continue;
        store<f32>(dx + at, load<f32>(dx + at) + left);
        left = 0;
      }
    }
    x += 4;
    y += 4;
    dx += 4;
    dy += 4;
  }
}
