/**
 * @module
 * The two usual metrics of pixels. PSNR is −10·log10 of the mean squared error of samples in [0, 1]. SSIM is that of
 * Wang et al. 2004: on luma, with an 11 x 11 Gaussian window of σ 1.5, K1 = 0.01 and K2 = 0.03, the mean over all windows
 * that lie inside the image. The evaluation of BAPPS compares with other variants of both.
 */
import { checkOptions, invalid, kindOf } from 'lpips-core';
import { checkFunction, checkRaster } from './check-arguments.js';
import { outside } from './outside.js';
import { luma, type Raster } from './raster.js';
import { gaussianKernel } from './separable-filter.js';

const SSIM_RADIUS = 5;
const SSIM_SIGMA = 1.5;
const C1 = 0.01 ** 2;
const C2 = 0.03 ** 2;

/**
 * Mean squared error over all samples, values in [0, 1].
 *
 * @throws LpipsError if the sizes differ
 */
export function mse(image: Raster, reference: Raster): number {
  checkSameSize('mse', image, reference);
  return meanSquares(image, reference);
}

/**
 * Peak signal-to-noise ratio in decibels; higher is more alike, infinite for identical images.
 *
 * @throws LpipsError if the sizes differ
 */
export function psnr(image: Raster, reference: Raster): number {
  checkSameSize('psnr', image, reference);
  return -10 * Math.log10(meanSquares(image, reference));
}

/**
 * Structural similarity, at most 1; higher is more alike.
 *
 * @throws LpipsError if the sizes differ or a side has fewer than 11 pixels
 */
export function ssim(image: Raster, reference: Raster): number {
  checkSameSize('ssim', image, reference);
  const { width, height } = image;
  const window = 2 * SSIM_RADIUS + 1;
  if (Math.min(width, height) < window) {
    throw invalid(
      'ssim',
      `at least ${window} x ${window} pixels`,
      'image',
      `${width} x ${height}`,
      'Enlarge the image.',
    );
  }
  const [x, y] = [new Float64Array(luma(image)), new Float64Array(luma(reference))];
  return planeSimilarity(x, y, { windowMeans: (plane) => gaussianMeans(plane, width, height) });
}

/** How two planes are compared by SSIM. */
export interface SimilarityWindows {
  /** Weighted means of all windows inside a plane. */
  readonly windowMeans: (plane: Float64Array) => Float64Array;
  /** Factor of the variances and the covariance: 1 (the default), or `n / (n - 1)` for those of a sample of n. */
  readonly varianceScale?: number;
  /** Difference of white and black. Default 1. */
  readonly range?: number;
}

/**
 * SSIM of two planes of the same size, the mean over all windows; at most 1.
 *
 * @throws LpipsError where the sizes differ, and for arguments of another kind
 */
export function planeSimilarity(x: Float64Array, y: Float64Array, windows: SimilarityWindows): number {
  checkOptions('planeSimilarity', windows, ['windowMeans', 'varianceScale', 'range']);
  const { windowMeans, varianceScale = 1, range = 1 } = windows;
  checkPlane('x', x);
  checkPlane('y', y);
  if (x.length !== y.length) throw invalid('planeSimilarity', `${x.length} values`, 'y', `${y.length}`);
  checkFunction('planeSimilarity', 'windowMeans', windowMeans);
  const [c1, c2] = [C1 * range ** 2, C2 * range ** 2];
  const meanX = windowMeans(x);
  const meanY = windowMeans(y);
  const meanXX = windowMeans(x.map((value) => value * value));
  const meanYY = windowMeans(y.map((value) => value * value));
  const meanXY = windowMeans(x.map((value, index) => value * (y[index] ?? outside())));
  let sum = 0;
  meanX.forEach((mx, i) => {
    const my = meanY[i] ?? outside();
    const varianceX = varianceScale * ((meanXX[i] ?? outside()) - mx * mx);
    const varianceY = varianceScale * ((meanYY[i] ?? outside()) - my * my);
    const covariance = varianceScale * ((meanXY[i] ?? outside()) - mx * my);
    sum +=
      ((2 * mx * my + c1) * (2 * covariance + c2)) /
      ((mx * mx + my * my + c1) * (varianceX + varianceY + c2));
  });
  return sum / meanX.length;
}

function checkPlane(argument: string, value: unknown): void {
  if (value instanceof Float64Array) return;
  throw invalid('planeSimilarity', 'a Float64Array', argument, kindOf(value));
}

function checkSameSize(where: string, image: Raster, reference: Raster): void {
  checkRaster(where, 'image', image);
  checkRaster(where, 'reference', reference);
  if (image.width === reference.width && image.height === reference.height) return;
  const got = `${reference.width} x ${reference.height}`;
  throw invalid(where, `${image.width} x ${image.height} pixels`, 'reference', got, 'Resize one of them.');
}

function meanSquares(image: Raster, reference: Raster): number {
  let sum = 0;
  image.data.forEach((value, index) => {
    sum += (value - (reference.data[index] ?? outside())) ** 2;
  });
  return sum / image.data.length;
}

/** Gaussian-weighted means of all windows inside the plane: `[height - 10, width - 10]`. */
function gaussianMeans(plane: Float64Array, width: number, height: number): Float64Array {
  const kernel = gaussianKernel(SSIM_SIGMA, SSIM_RADIUS);
  const innerWidth = width - 2 * SSIM_RADIUS;
  const innerHeight = height - 2 * SSIM_RADIUS;
  const rows = new Float64Array(innerWidth * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < innerWidth; x++) {
      let sum = 0;
      for (let k = 0; k < kernel.length; k++) {
        sum += (kernel[k] ?? outside()) * (plane[y * width + x + k] ?? outside());
      }
      rows[y * innerWidth + x] = sum;
    }
  }
  const means = new Float64Array(innerWidth * innerHeight);
  for (let y = 0; y < innerHeight; y++) {
    for (let x = 0; x < innerWidth; x++) {
      let sum = 0;
      for (let k = 0; k < kernel.length; k++) {
        sum += (kernel[k] ?? outside()) * (rows[(y + k) * innerWidth + x] ?? outside());
      }
      means[y * innerWidth + x] = sum;
    }
  }
  return means;
}
