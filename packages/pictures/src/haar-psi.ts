/**
 * @module
 * The Haar wavelet-based perceptual similarity index (HaarPSI) of Reisenhofer et al. 2018, for colour: how alike the edges of two
 * pictures are at two fine scales, weighted by the edges of a third, and how alike their tints are. No network and no training
 * data are behind it, but for two constants that were fitted to judgements.
 */
import { invalid } from 'lpips-core';
import { checkRaster } from './check-arguments.js';
import { outside } from './outside.js';
import type { Raster } from './raster.js';

/** The constants of the paper, for samples up to 255: C of the similarity, and the slope of the logistic function. */
const C = 30;
const ALPHA = 4.2;
/** Sides of the Haar filters: two for the similarity, the last for the weights. */
const SIDES = [2, 4, 8] as const;
const LEAST_SIDE = 16;

/** A plane of samples, row by row. */
interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Float64Array;
}

/**
 * HaarPSI, in (0, 1]; higher is more alike, 1 for identical images.
 *
 * @throws LpipsError if the sizes differ or a side has fewer than 16 pixels
 */
export function haarPsi(image: Raster, reference: Raster): number {
  checkRaster('haarPsi', 'image', image);
  checkRaster('haarPsi', 'reference', reference);
  const told = ({ width, height }: Raster) => `${width} x ${height}`;
  if (told(image) !== told(reference)) {
    const advice = 'Resize one of them.';
    throw invalid('haarPsi', `${told(image)} pixels`, 'reference', told(reference), advice);
  }
  if (Math.min(image.width, image.height) < LEAST_SIDE) {
    const least = `at least ${LEAST_SIDE} x ${LEAST_SIDE} pixels`;
    throw invalid('haarPsi', least, 'image', told(image), 'Enlarge the image.');
  }
  const [x, y] = [halvedYiq(image), halvedYiq(reference)];
  const sums = { weighted: 0, weights: 0 };
  const tintWeights = new Float64Array(x.luma.data.length);
  for (const direction of ['rows', 'columns'] as const) {
    const [a, b] = [x, y].map(({ luma }) => SIDES.map((side) => haarMagnitudes(luma, side, direction)));
    tintWeights.forEach((_, at) => {
      const value = (scales: readonly Float64Array[] | undefined, scale: number) =>
        scales?.[scale]?.[at] ?? outside();
      const weight = Math.max(value(a, 2), value(b, 2));
      const alike = (similarity(value(a, 0), value(b, 0)) + similarity(value(a, 1), value(b, 1))) / 2;
      addTo(sums, alike, weight);
      tintWeights[at] = (tintWeights[at] ?? outside()) + weight / 2;
    });
  }
  const [tintsX, tintsY] = [x, y].map(({ tints }) => tints.map(blockMagnitudes));
  tintWeights.forEach((weight, at) => {
    const value = (tints: readonly Float64Array[] | undefined, which: number) =>
      tints?.[which]?.[at] ?? outside();
    const [i, q] = [0, 1].map((which) => similarity(value(tintsX, which), value(tintsY, which)));
    addTo(sums, ((i ?? outside()) + (q ?? outside())) / 2, weight);
  });
  if (sums.weights === 0) return 1; // both are black, for outside them there are zeros
  const mean = sums.weighted / sums.weights;
  return (Math.log(mean / (1 - mean)) / ALPHA) ** 2;
}

function similarity(a: number, b: number): number {
  return (2 * a * b + C) / (a * a + b * b + C);
}

function addTo(sums: { weighted: number; weights: number }, alike: number, weight: number): void {
  sums.weighted += weight / (1 + Math.exp(-ALPHA * alike));
  sums.weights += weight;
}

/** Luma and the two tints of a picture at half its size, samples up to 255. An odd last row or column meets zeros. */
function halvedYiq({ width, height, data }: Raster): { luma: Plane; tints: readonly [Plane, Plane] } {
  const size = { width: Math.ceil(width / 2), height: Math.ceil(height / 2) };
  const plane = (red: number, green: number, blue: number): Plane => {
    const halved = new Float64Array(size.width * size.height);
    for (let y = 0, at = 0; y < height; y++) {
      for (let x = 0; x < width; x++, at += 3) {
        const [r, g, b] = [data[at] ?? outside(), data[at + 1] ?? outside(), data[at + 2] ?? outside()];
        const to = (y >> 1) * size.width + (x >> 1);
        halved[to] = (halved[to] ?? outside()) + (255 / 4) * (red * r + green * g + blue * b);
      }
    }
    return { ...size, data: halved };
  };
  const tints = [plane(0.5959, -0.2746, -0.3213), plane(0.2115, -0.5227, 0.3112)] as const;
  return { luma: plane(0.299, 0.587, 0.114), tints };
}

/** |Haar coefficients| of windows of `side` pixels around every pixel: one half less the other, zeros outside. */
function haarMagnitudes(plane: Plane, side: number, direction: 'rows' | 'columns'): Float64Array {
  const sumOver = windowSums(plane);
  const half = side / 2;
  return perPixel(plane, (x, y) => {
    const [left, top] = [x - half + 1, y - half + 1];
    const all = sumOver(left, top, side, side);
    const first = direction === 'rows' ? sumOver(left, top, side, half) : sumOver(left, top, half, side);
    return Math.abs(2 * first - all) / side;
  });
}

/** |means| of 2x2 pixels, each with its neighbours to the right and below. */
function blockMagnitudes(plane: Plane): Float64Array {
  const sumOver = windowSums(plane);
  return perPixel(plane, (x, y) => Math.abs(sumOver(x, y, 2, 2)) / 4);
}

function perPixel({ width, height }: Plane, valueAt: (x: number, y: number) => number): Float64Array {
  const result = new Float64Array(width * height);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) result[at++] = valueAt(x, y);
  }
  return result;
}

/** Sums over rectangles by a summed-area table; what lies outside the plane is zero. */
function windowSums({ width, height, data }: Plane) {
  const stride = width + 1;
  const table = new Float64Array(stride * (height + 1));
  for (let y = 1; y <= height; y++) {
    let row = 0;
    for (let x = 1; x <= width; x++) {
      row += data[(y - 1) * width + x - 1] ?? outside();
      table[y * stride + x] = row + (table[(y - 1) * stride + x] ?? outside());
    }
  }
  const upTo = (x: number, y: number) =>
    table[Math.min(Math.max(y, 0), height) * stride + Math.min(Math.max(x, 0), width)] ?? outside();
  return (left: number, top: number, wide: number, high: number): number =>
    upTo(left + wide, top + high) - upTo(left, top + high) - upTo(left + wide, top) + upTo(left, top);
}
