/**
 * @module
 * The two metrics that people know. PSNR is −10·log10 of the mean squared error of samples in [0, 1].
 * SSIM is Wang et al. 2004: on luma, with an 11 x 11 Gaussian window of σ 1.5, K1 .01, K2 .03, the mean over all
 * windows that lie inside the image. (The baselines of the BAPPS evaluation are other variants: image-baselines.ts.)
 */
import { gaussianKernel } from './convolve.js';
import { luma, type Raster } from './raster.js';

const SSIM_RADIUS = 5;
const SSIM_SIGMA = 1.5;
const C1 = 0.01 ** 2;
const C2 = 0.03 ** 2;

/** Mean squared error over all samples, values in [0, 1]. */
export function mse(image: Raster, reference: Raster): number {
  let sum = 0;
  image.data.forEach((value, index) => {
    sum += (value - (reference.data[index] ?? 0)) ** 2;
  });
  return sum / image.data.length;
}

/** Peak signal to noise ratio in decibels; higher is more alike, infinite for identical images. */
export function psnr(image: Raster, reference: Raster): number {
  return -10 * Math.log10(mse(image, reference));
}

/** Structural similarity, at most 1; higher is more alike. Images at least 11 pixels wide and high. */
export function ssim(image: Raster, reference: Raster): number {
  const { width, height } = image;
  const [x, y] = [new Float64Array(luma(image)), new Float64Array(luma(reference))];
  return planeSimilarity(x, y, { windowMeans: (plane) => gaussianMeans(plane, width, height) });
}

/** How two planes are compared by SSIM. */
export interface SimilarityWindows {
  /** Weighted means of all windows inside a plane. */
  readonly windowMeans: (plane: Float64Array) => Float64Array;
  /** What divides the sum of squares of a window: its size (1, the default) or one less (`n / (n - 1)`). */
  readonly varianceScale?: number;
  /** Difference of white and black, 1 by default. */
  readonly range?: number;
}

/** SSIM of two planes, the mean over all windows; at most 1. */
export function planeSimilarity(
  x: Float64Array,
  y: Float64Array,
  { windowMeans, varianceScale = 1, range = 1 }: SimilarityWindows,
): number {
  const [c1, c2] = [C1 * range ** 2, C2 * range ** 2];
  const meanX = windowMeans(x);
  const meanY = windowMeans(y);
  const meanXX = windowMeans(x.map((value) => value * value));
  const meanYY = windowMeans(y.map((value) => value * value));
  const meanXY = windowMeans(x.map((value, index) => value * (y[index] ?? 0)));
  let sum = 0;
  meanX.forEach((mx, i) => {
    const my = meanY[i] ?? 0;
    const varianceX = varianceScale * ((meanXX[i] ?? 0) - mx * mx);
    const varianceY = varianceScale * ((meanYY[i] ?? 0) - my * my);
    const covariance = varianceScale * ((meanXY[i] ?? 0) - mx * my);
    sum +=
      ((2 * mx * my + c1) * (2 * covariance + c2)) /
      ((mx * mx + my * my + c1) * (varianceX + varianceY + c2));
  });
  return sum / meanX.length;
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
      for (let k = 0; k < kernel.length; k++) sum += (kernel[k] ?? 0) * (plane[y * width + x + k] ?? 0);
      rows[y * innerWidth + x] = sum;
    }
  }
  const means = new Float64Array(innerWidth * innerHeight);
  for (let y = 0; y < innerHeight; y++) {
    for (let x = 0; x < innerWidth; x++) {
      let sum = 0;
      for (let k = 0; k < kernel.length; k++) sum += (kernel[k] ?? 0) * (rows[(y + k) * innerWidth + x] ?? 0);
      means[y * innerWidth + x] = sum;
    }
  }
  return means;
}
