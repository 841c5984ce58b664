/**
 * The gradient of a convolution to its filter:
 *
 *   dw[k, o] = Σ_p x[p s + k d] dy[p, o]      over the pixels p of all images
 *
 * For one row of taps it is a product of matrices, [taps and channels, pixels] x [pixels, out], whose rows are neighbours
 * in x. A block of 4 by 8 sums stays in registers over a stretch of pixels. Tasks share no sum, and every sum runs in the
 * same order, so the bits do not depend on the number of threads.
 *
 * x has its zeros around it already. Reading up to 28 bytes beyond x and dy is harmless: those sums are not stored.
 */
import { madd } from './products';

/** What a filter's gradient is computed from. All steps are in bytes. */
@unmanaged
export class FilterGradient {
  x: usize;
  dy: usize;
  dw: usize; // [rows of taps][runs][runLength][out]
  batch: i32;
  outHeight: i32;
  outWidth: i32;
  out: i32;
  imageOfX: usize;
  lineOfX: usize; // from the window of a pixel to that of the one below
  pixelOfX: usize; // to that of the one on the right
  kernelRows: i32;
  kernelRow: usize; // from a row of taps to the next
  runs: i32; // in a row of taps
  run: usize; // from a run to the next
  runLength: i32; // in numbers
  lines: i32; // of the result in a stretch
  rowParts: i32; // parts of a run
  columnParts: i32; // parts of the output channels
}

/** One part of one run of taps and one part of the output channels, over all pixels. */
export function filterGradient(g: FilterGradient, task: i32): void {
  const columnPart = task % g.columnParts;
  task /= g.columnParts;
  const rowPart = task % g.rowParts;
  task /= g.rowParts;
  const run = task % g.runs;
  const row = task / g.runs;
  const rowBlocks = (g.runLength + 3) >> 2;
  const columnBlocks = (g.out + 7) >> 3;
  const firstRow = ((rowBlocks * rowPart) / g.rowParts) << 2;
  const lastRow = min(((rowBlocks * (rowPart + 1)) / g.rowParts) << 2, g.runLength);
  const firstColumn = ((columnBlocks * columnPart) / g.columnParts) << 3;
  const lastColumn = min(((columnBlocks * (columnPart + 1)) / g.columnParts) << 3, g.out);
  const x = g.x + <usize>row * g.kernelRow + <usize>run * g.run;
  const dw = g.dw + ((<usize>((row * g.runs + run) * g.runLength * g.out)) << 2);
  const pixelOfDy = (<usize>g.out) << 2;
  const lineOfDy = <usize>g.outWidth * pixelOfDy;
  let adds = false;
  for (let image = 0; image < g.batch; image++) {
    for (let line = 0; line < g.outHeight; line += g.lines) {
      const lines = min(g.lines, g.outHeight - line);
      const a = x + <usize>image * g.imageOfX + <usize>line * g.lineOfX;
      const b = g.dy + <usize>(image * g.outHeight + line) * lineOfDy;
      for (let r = firstRow; r < lastRow; r += 4) {
        for (let c = firstColumn; c < lastColumn; c += 8) {
          const to = dw + ((<usize>(r * g.out + c)) << 2);
          const rows = min(4, lastRow - r);
          const columns = min(8, lastColumn - c);
          const ofX = a + ((<usize>r) << 2);
          const ofDy = b + ((<usize>c) << 2);
          sumBlock(
            ofX,
            g.pixelOfX,
            g.lineOfX,
            ofDy,
            pixelOfDy,
            lineOfDy,
            lines,
            to,
            pixelOfDy,
            rows,
            columns,
            adds,
          );
        }
      }
      adds = true;
    }
  }
}

/**
 * dw = Σ x dyᵀ, or dw += Σ x dyᵀ where it `adds`, over all pixels of some lines, for up to four rows and eight columns. Lines
 * of dy follow each other without a gap.
 */
export function sumBlock(
  x: usize,
  pixelOfX: usize,
  lineOfX: usize,
  dy: usize,
  pixelOfDy: usize,
  lineOfDy: usize,
  lines: i32,
  dw: usize,
  rowOfDw: usize,
  rows: i32,
  columns: i32,
  adds: bool,
): void {
  const zero = f32x4.splat(0);
  let c00 = zero;
  let c01 = zero;
  let c10 = zero;
  let c11 = zero;
  let c20 = zero;
  let c21 = zero;
  let c30 = zero;
  let c31 = zero;
  for (let line = 0; line < lines; line++) {
    let a = x;
    const end = dy + lineOfDy;
    while (dy < end) {
      const left = v128.load(dy);
      const right = v128.load(dy, 16);
      let s = v128.load32_splat(a);
      c00 = madd(s, left, c00);
      c01 = madd(s, right, c01);
      s = v128.load32_splat(a, 4);
      c10 = madd(s, left, c10);
      c11 = madd(s, right, c11);
      s = v128.load32_splat(a, 8);
      c20 = madd(s, left, c20);
      c21 = madd(s, right, c21);
      s = v128.load32_splat(a, 12);
      c30 = madd(s, left, c30);
      c31 = madd(s, right, c31);
      a += pixelOfX;
      dy += pixelOfDy;
    }
    x += lineOfX;
  }
  putRow(dw, c00, c01, columns, adds);
  if (rows > 1) putRow(dw + rowOfDw, c10, c11, columns, adds);
  if (rows > 2) putRow(dw + 2 * rowOfDw, c20, c21, columns, adds);
  if (rows > 3) putRow(dw + 3 * rowOfDw, c30, c31, columns, adds);
}

function putRow(to: usize, left: v128, right: v128, columns: i32, adds: bool): void {
  if (columns === 8) {
    v128.store(to, adds ? f32x4.add(v128.load(to), left) : left);
    v128.store(to, adds ? f32x4.add(v128.load(to, 16), right) : right, 16);
    return;
  }
  if (columns >= 4) {
    v128.store(to, adds ? f32x4.add(v128.load(to), left) : left);
    to += 16;
    columns -= 4;
    left = right;
  }
  if (columns > 0) putNumber(to, f32x4.extract_lane(left, 0), adds);
  if (columns > 1) putNumber(to + 4, f32x4.extract_lane(left, 1), adds);
  if (columns > 2) putNumber(to + 8, f32x4.extract_lane(left, 2), adds);
}

function putNumber(to: usize, value: f32, adds: bool): void {
  store<f32>(to, adds ? load<f32>(to) + value : value);
}
