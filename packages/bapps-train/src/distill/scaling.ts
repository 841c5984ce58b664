/**
 * @module
 * Square pictures made smaller and larger with the kernels that programs use: area means, nearest pixels, bilinear and
 * cubic interpolation. Pixel centres lie at halves.
 */
import { resample } from '../pictures/convolve.js';
import type { Raster } from '../pictures/raster.js';

/** How a picture is made smaller. */
export type ShrinkKernel = 'area' | 'nearest' | 'cubic';
/** How a picture is made larger. */
export type EnlargeKernel = 'nearest' | 'linear' | 'cubic';

/** The square picture in `side` x `side` pixels, where `side` is at most its own. */
export function shrink(image: Raster, side: number, kernel: ShrinkKernel): Raster {
  if (kernel === 'area') return areaMeans(image, side);
  const factor = image.width / side;
  const nearest = kernel === 'nearest' ? Math.floor : (value: number) => value - 0.5;
  return resample(image, side, side, (x, y) => [nearest((x + 0.5) * factor), nearest((y + 0.5) * factor)]);
}

/** The square picture in `side` x `side` pixels, where `side` is at least its own. */
export function enlarge(image: Raster, side: number, kernel: EnlargeKernel): Raster {
  const factor = image.width / side;
  if (kernel === 'cubic') {
    return resample(image, side, side, (x, y) => [(x + 0.5) * factor - 0.5, (y + 0.5) * factor - 0.5]);
  }
  const weights = Array.from({ length: side }, (_, at) => {
    const position = (at + 0.5) * factor - (kernel === 'nearest' ? 0 : 0.5);
    const first = Math.floor(position);
    const share = kernel === 'nearest' ? 0 : position - first;
    return { from: first, shares: [1 - share, share] };
  });
  return weighted(image, side, weights);
}

/** Means over side x side equal rectangles, whose edges may cut pixels. */
function areaMeans(image: Raster, side: number): Raster {
  const factor = image.width / side;
  const weights = Array.from({ length: side }, (_, at) => {
    const [start, end] = [at * factor, (at + 1) * factor];
    const from = Math.floor(start);
    const shares: number[] = [];
    for (let pixel = from; pixel < end - 1e-9; pixel++) {
      shares.push((Math.min(end, pixel + 1) - Math.max(start, pixel)) / factor);
    }
    return { from, shares };
  });
  return weighted(image, side, weights);
}

interface Weights {
  readonly from: number;
  readonly shares: readonly number[];
}

/** Each result pixel a weighted sum over columns, then over rows; edges repeated. */
function weighted(image: Raster, side: number, weights: readonly Weights[]): Raster {
  const size = image.width;
  const rows = new Float32Array(side * size * 3); // [size, side, 3]
  const result = new Float32Array(side * side * 3);
  const clamp = (index: number) => Math.min(size - 1, Math.max(0, index));
  weights.forEach(({ from, shares }, x) => {
    shares.forEach((share, offset) => {
      if (share === 0) return;
      const column = clamp(from + offset);
      for (let y = 0; y < size; y++) {
        for (let c = 0; c < 3; c++) {
          const to = 3 * (y * side + x) + c;
          rows[to] = (rows[to] ?? 0) + share * (image.data[3 * (y * size + column) + c] ?? 0);
        }
      }
    });
  });
  weights.forEach(({ from, shares }, y) => {
    shares.forEach((share, offset) => {
      if (share === 0) return;
      const row = clamp(from + offset) * side * 3;
      for (let at = 0; at < side * 3; at++) {
        const to = y * side * 3 + at;
        result[to] = (result[to] ?? 0) + share * (rows[row + at] ?? 0);
      }
    });
  });
  return { width: side, height: side, data: result };
}
