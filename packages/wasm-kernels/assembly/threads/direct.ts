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
 * images, so that it can leave these taps out.
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
  // What is inside the images, in pixels.
  height: i32;
  width: i32;
  top: i32; // zeros above and on the left
  left: i32;
  strideHeight: i32;
  strideWidth: i32;
  dilationHeight: i32;
  dilationWidth: i32;
  kernelColumns: i32;
}

/** Where a pixel of the result has its window, or lies itself, by the steps of x or of y. */
function addressOf(d: Direct, pixel: i32, base: usize, image: usize, line: usize, step: usize): usize {
  let index: i32; // of the image
  let place: i32; // in it
  if (d.acrossImages) {
    place = pixel / d.batch;
    index = pixel - place * d.batch;
  } else {
    const area = d.outHeight * d.outWidth;
    index = pixel / area;
    place = pixel - index * area;
  }
  const row = place / d.outWidth;
  return base + <usize>index * image + <usize>row * line + <usize>(place - row * d.outWidth) * step;
}

/**
 * What is known of a group of pixels: the taps that lie inside the image for any of its windows. Only zeros are outside,
 * so leaving the others out changes no sum.
 */
@unmanaged
class Group {
  window0: usize;
  window1: usize;
  window2: usize;
  window3: usize;
  window4: usize;
  window5: usize;
  firstRow: i32; // of taps
  lastRow: i32;
  firstColumn: i32;
  lastColumn: i32;
}

const GROUP_BYTES: usize = 40;

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
  const count = lastPixel - firstPixel;
  // The groups, then the sums of one panel.
  const groups = d.scratch + <usize>thread * d.scratchOfThread;
  const sums = groups + ((<usize>((count + MOST_ROWS - 1) / MOST_ROWS) * GROUP_BYTES + 15) & ~15);
  for (let i = 0; i < count; i += MOST_ROWS) {
    describe(d, firstPixel + i, min(MOST_ROWS, count - i), groups + <usize>(i / MOST_ROWS) * GROUP_BYTES);
  }
  const panelBytes = <usize>(d.kernelRows * d.runs * d.runLength) * PANEL_BYTES;
  for (let panel = firstPanel; panel < lastPanel; panel++) {
    memory.fill(sums, 0, <usize>count * PANEL_BYTES);
    sumPanel(d, count, groups, d.filter + <usize>panel * panelBytes, sums);
    const channel = panel * PANEL;
    const channels = min(PANEL, d.out - channel);
    const bytes = (<usize>channel) << 2;
    const bias = d.bias ? d.bias + bytes : 0;
    for (let i = 0; i < count; i++) {
      const y = addressOf(d, firstPixel + i, d.y, d.imageOfY, d.lineOfY, d.pixelOfY) + bytes;
      finish(sums + <usize>i * PANEL_BYTES, y, channels, bias, d.activation);
    }
  }
}

function describe(d: Direct, firstPixel: i32, rows: i32, at: usize): void {
  const group = changetype<Group>(at);
  group.firstRow = d.kernelRows;
  group.lastRow = 0;
  group.firstColumn = d.kernelColumns;
  group.lastColumn = 0;
  for (let i = 0; i < rows; i++) {
    const pixel = firstPixel + i;
    store<usize>(at + ((<usize>i) << 2), addressOf(d, pixel, d.x, d.imageOfX, d.lineOfX, d.pixelOfX));
    const place = d.acrossImages ? pixel / d.batch : pixel % (d.outHeight * d.outWidth);
    const row = place / d.outWidth;
    const top = row * d.strideHeight - d.top;
    const left = (place - row * d.outWidth) * d.strideWidth - d.left;
    group.firstRow = min(group.firstRow, firstInside(top, d.dilationHeight, d.kernelRows));
    group.lastRow = max(group.lastRow, lastInside(top, d.dilationHeight, d.kernelRows, d.height));
    group.firstColumn = min(group.firstColumn, firstInside(left, d.dilationWidth, d.kernelColumns));
    group.lastColumn = max(group.lastColumn, lastInside(left, d.dilationWidth, d.kernelColumns, d.width));
  }
}

/** The first tap, along one axis, that lies inside the image for a window that begins at `start`. */
function firstInside(start: i32, dilation: i32, taps: i32): i32 {
  return start >= 0 ? 0 : min(taps, (dilation - 1 - start) / dilation);
}

/** One more than the last such tap. */
function lastInside(start: i32, dilation: i32, taps: i32, size: i32): i32 {
  return max(0, min(taps, (size - start + dilation - 1) / dilation));
}

/** The sums of one panel for `count` pixels, a stretch of the filter at a time, so that it stays in the first cache. */
function sumPanel(d: Direct, count: i32, groups: usize, filter: usize, sums: usize): void {
  const columnLength = d.runLength / (d.runs === 1 ? d.kernelColumns : 1); // numbers of one tap
  for (let row = 0; row < d.kernelRows; row++) {
    for (let run = 0; run < d.runs; run++) {
      const at = <usize>row * d.kernelRow + <usize>run * d.run;
      for (let from = 0; from < d.runLength; from += DEPTH) {
        const to = min(from + DEPTH, d.runLength);
        for (let i = 0; i < count; i += MOST_ROWS) {
          const group = groups + <usize>(i / MOST_ROWS) * GROUP_BYTES;
          const g = changetype<Group>(group);
          if (row < g.firstRow || row >= g.lastRow) continue;
          let first = from;
          let last = to;
          if (d.runs === 1) {
            first = max(first, g.firstColumn * columnLength);
            last = min(last, g.lastColumn * columnLength);
          } else if (run < g.firstColumn || run >= g.lastColumn) continue;
          if (first >= last) continue;
          const b = filter + <usize>(first - from) * PANEL_BYTES;
          const c = sums + <usize>i * PANEL_BYTES;
          multiplyGroup(min(MOST_ROWS, count - i), group, at + ((<usize>first) << 2), b, last - first, c);
        }
        filter += <usize>(to - from) * PANEL_BYTES;
      }
    }
  }
}

/** c += a b for the windows of a group, each `at` bytes in. */
function multiplyGroup(rows: i32, group: usize, at: usize, b: usize, depth: i32, c: usize): void {
  const g = changetype<Group>(group);
  if (ASC_FEATURE_RELAXED_SIMD && rows === 6) {
    const a3 = g.window3 + at;
    const a4 = g.window4 + at;
    const a5 = g.window5 + at;
    multiply6(g.window0 + at, g.window1 + at, g.window2 + at, a3, a4, a5, b, depth, c, PANEL_BYTES, true);
    return;
  }
  if (rows >= 4) {
    multiply4(g.window0 + at, g.window1 + at, g.window2 + at, g.window3 + at, b, depth, c, PANEL_BYTES, true);
    if (rows === 4) return;
    rows -= 4;
    group += 16;
    c += 4 * PANEL_BYTES;
  }
  const rest = changetype<Group>(group);
  if (rows === 1) multiply1(rest.window0 + at, b, depth, c, true);
  else multiply2(rest.window0 + at, rest.window1 + at, b, depth, c, PANEL_BYTES, true);
  if (rows === 3) multiply1(rest.window2 + at, b, depth, c + 2 * PANEL_BYTES, true);
}
