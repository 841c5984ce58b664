/**
 * Convolutions of any kernel, stride and dilation as plain sums:
 *
 *   y[o] = Σ_k x[o s + k d] w[k]      over kernel rows, kernel columns and channels k
 *
 * x has its zeros around it already. A product (products.ts) computes a group of pixels of the result at once, each
 * from its own window, so that no matrix of patches is made. The taps of a kernel row are neighbours in x unless they are
 * dilated; such a run of numbers is one sum, cut every DEPTH terms at the same places for every pixel.
 *
 * On images of a few pixels many taps fall on the zeros around them. There a group takes the same pixel of several
 * images, and leaves these taps out.
 */
import { finish } from './finish';
import { DEPTH, MOST_ROWS, multiply1, multiply2, multiply4, multiply6, PANEL, PANEL_BYTES } from './products';

/** What a direct convolution is computed from. All steps are in bytes. */
@unmanaged
export class Direct {
  x: usize;
  y: usize;
  filter: usize; // packed
  bias: usize; // or 0
  scratch: usize;
  scratchOfThread: usize;
  batch: i32;
  outHeight: i32;
  outWidth: i32;
  out: i32;
  imageOfX: usize;
  lineOfX: usize; // from the window of a pixel to that of the one below
  pixelOfX: usize; // to that of the one on the right
  imageOfY: usize;
  lineOfY: usize;
  pixelOfY: usize;
  kernelRows: i32;
  kernelRow: usize; // from a row of taps to the next
  runs: i32; // in a row of taps
  run: usize; // from a run to the next
  runLength: i32; // in numbers
  activation: i32;
  blocks: i32; // of groups of pixels
  parts: i32; // of panels
  acrossImages: i32; // whether neighbours in a group are the same pixel of several images
}

/** Pixels of the result, from `first` to `last` − 1 in the order of groups. */
function windowOf(d: Direct, pixel: i32): usize {
  if (d.acrossImages) {
    const place = pixel / d.batch;
    const row = place / d.outWidth;
    return (
      d.x +
      <usize>(pixel % d.batch) * d.imageOfX +
      <usize>row * d.lineOfX +
      <usize>(place - row * d.outWidth) * d.pixelOfX
    );
  }
  const line = pixel / d.outWidth;
  const image = line / d.outHeight;
  return (
    d.x +
    <usize>image * d.imageOfX +
    <usize>(line - image * d.outHeight) * d.lineOfX +
    <usize>(pixel - line * d.outWidth) * d.pixelOfX
  );
}

function placeOf(d: Direct, pixel: i32): usize {
  if (d.acrossImages) {
    const place = pixel / d.batch;
    const row = place / d.outWidth;
    return (
      d.y +
      <usize>(pixel % d.batch) * d.imageOfY +
      <usize>row * d.lineOfY +
      <usize>(place - row * d.outWidth) * d.pixelOfY
    );
  }
  const line = pixel / d.outWidth;
  const image = line / d.outHeight;
  return (
    d.y +
    <usize>image * d.imageOfY +
    <usize>(line - image * d.outHeight) * d.lineOfY +
    <usize>(pixel - line * d.outWidth) * d.pixelOfY
  );
}

/** One block of pixels and one part of the panels. */
export function convolveDirect(d: Direct, task: i32, thread: i32): void {
  const panels = (d.out + PANEL - 1) / PANEL;
  const pixels = d.batch * d.outHeight * d.outWidth;
  const block = task / d.parts;
  const part = task % d.parts;
  const firstPixel = <i32>((<i64>pixels * block) / d.blocks);
  const lastPixel = <i32>((<i64>pixels * (block + 1)) / d.blocks);
  const firstPanel = (panels * part) / d.parts;
  const lastPanel = (panels * (part + 1)) / d.parts;
  // Addresses of the windows, then the sums of one panel.
  const windows = d.scratch + <usize>thread * d.scratchOfThread;
  const count = lastPixel - firstPixel;
  const sums = windows + (((<usize>count * 4 + 15) >> 4) << 4);
  for (let i = 0; i < count; i++) store<usize>(windows + ((<usize>i) << 2), windowOf(d, firstPixel + i));
  const panelBytes = <usize>(d.kernelRows * d.runs * d.runLength) * PANEL_BYTES;
  for (let panel = firstPanel; panel < lastPanel; panel++) {
    sumPanel(d, count, windows, d.filter + <usize>panel * panelBytes, sums);
    const channel = panel * PANEL;
    const channels = min(PANEL, d.out - channel);
    const bytes = (<usize>channel) << 2;
    const bias = d.bias ? d.bias + bytes : 0;
    for (let i = 0; i < count; i++) {
      const y = placeOf(d, firstPixel + i) + bytes;
      finish(sums + <usize>i * PANEL_BYTES, y, channels, bias, d.activation);
    }
  }
}

/** The sums of one panel for `count` pixels, a stretch of the filter at a time, so that it stays in the first cache. */
function sumPanel(d: Direct, count: i32, windows: usize, filter: usize, sums: usize): void {
  let adds = false;
  for (let row = 0; row < d.kernelRows; row++) {
    for (let run = 0; run < d.runs; run++) {
      const at = <usize>row * d.kernelRow + <usize>run * d.run;
      for (let from = 0; from < d.runLength; from += DEPTH) {
        const depth = min(DEPTH, d.runLength - from);
        sumStretch(count, windows, at + ((<usize>from) << 2), filter, depth, sums, adds);
        filter += <usize>depth * PANEL_BYTES;
        adds = true;
      }
    }
  }
}

function sumStretch(
  count: i32,
  windows: usize,
  at: usize,
  filter: usize,
  depth: i32,
  sums: usize,
  adds: bool,
): void {
  let i = 0;
  while (i < count) {
    const w = windows + ((<usize>i) << 2);
    const c = sums + <usize>i * PANEL_BYTES;
    const rows = min(count - i, MOST_ROWS);
    const a0 = load<usize>(w) + at;
    if (ASC_FEATURE_RELAXED_SIMD && rows === 6) {
      multiply6(
        a0,
        load<usize>(w, 4) + at,
        load<usize>(w, 8) + at,
        load<usize>(w, 12) + at,
        load<usize>(w, 16) + at,
        load<usize>(w, 20) + at,
        filter,
        depth,
        c,
        PANEL_BYTES,
        adds,
      );
      i += 6;
    } else if (rows >= 4) {
      multiply4(
        a0,
        load<usize>(w, 4) + at,
        load<usize>(w, 8) + at,
        load<usize>(w, 12) + at,
        filter,
        depth,
        c,
        PANEL_BYTES,
        adds,
      );
      i += 4;
    } else if (rows >= 2) {
      multiply2(a0, load<usize>(w, 4) + at, filter, depth, c, PANEL_BYTES, adds);
      i += 2;
    } else {
      multiply1(a0, filter, depth, c, adds);
      i += 1;
    }
  }
}
