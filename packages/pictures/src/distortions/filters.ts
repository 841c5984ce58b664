/**
 * @module
 * Distortions that mix neighbouring pixels: blurs, sharpening, median, mosaic, shrinking and enlarging. Edges are
 * repeated.
 */
import { blockMeans } from '../block-means.js';
import { clampIndex } from '../clamp-index.js';
import { outside } from '../outside.js';
import { mapSamples, paint, pixelAt, type Raster } from '../raster.js';
import { type ResizeKernel, resize } from '../resize.js';
import { convolveSeparable, gaussianKernel } from '../separable-filter.js';

/** A Gaussian blur of `sigma` pixels. */
export function blur(image: Raster, sigma: number): Raster {
  return convolveSeparable(image, gaussianKernel(Math.max(sigma, 1e-3), Math.ceil(3 * sigma) + 1));
}

/** The mean along a line of `length` pixels at `angle` (radians). */
export function blurMotion(image: Raster, length: number, angle: number): Raster {
  const steps = Math.max(1, Math.ceil(length));
  const [dx, dy] = [(Math.cos(angle) * length) / steps, (Math.sin(angle) * length) / steps];
  return meanOf(image, steps, (step) => [
    Math.round(dx * (step - (steps - 1) / 2)),
    Math.round(dy * (step - (steps - 1) / 2)),
  ]);
}

/** Adds `amount` times what a blur of one pixel would take away. */
export function sharpen(image: Raster, amount: number): Raster {
  const soft = blur(image, 1);
  return mapSamples(image, (value, _, index) => value + amount * (value - (soft.data[index] ?? outside())));
}

/** The median of each channel within `radius` pixels. */
export function median(image: Raster, radius: number): Raster {
  const window = new Float32Array((2 * radius + 1) ** 2);
  return mapSamples(image, (_value, channel, index) => {
    const at = Math.floor(index / 3);
    gatherSorted(image, at % image.width, Math.floor(at / image.width), channel, radius, window);
    return window[(window.length - 1) / 2] ?? outside();
  });
}

/**
 * Smooths areas and keeps edges: a mean within two pixels, weighted by likeness (Tomasi and Manduchi 1998).
 *
 * @param sigma difference of colour that still counts as alike
 */
export function smoothAreas(image: Raster, sigma: number): Raster {
  const radius = 2;
  const { width, height, data } = image;
  return paint(width, height, (x, y) => {
    const [ownRed, ownGreen, ownBlue] = pixelAt(image, x, y);
    let [red, green, blue, total] = [0, 0, 0, 0];
    for (let dy = -radius; dy <= radius; dy++) {
      const row = clampIndex(y + dy, height) * width;
      for (let dx = -radius; dx <= radius; dx++) {
        const from = 3 * (row + clampIndex(x + dx, width));
        const [r, g, b] = [data[from] ?? outside(), data[from + 1] ?? outside(), data[from + 2] ?? outside()];
        const away = (ownRed - r) ** 2 + (ownGreen - g) ** 2 + (ownBlue - b) ** 2;
        const weight = Math.exp(-(dx * dx + dy * dy) / 4 - away / (2 * sigma * sigma + 1e-12));
        red += weight * r;
        green += weight * g;
        blue += weight * b;
        total += weight;
      }
    }
    return [red / total, green / total, blue / total];
  });
}

/** Blocks of `size` pixels, each in one colour, the mean of its pixels. */
export function mosaic(image: Raster, size: number): Raster {
  const side = Math.max(1, Math.round(size));
  const means = blockMeans(image, side);
  return paint(image.width, image.height, (x, y) =>
    pixelAt(means, Math.floor(x / side), Math.floor(y / side)),
  );
}

/** Shrinks by `factor` with one kernel and enlarges again with another. */
export function shrinkAndEnlarge(
  image: Raster,
  factor: number,
  down: ResizeKernel,
  up: ResizeKernel,
): Raster {
  const shrunk = (side: number) => Math.max(1, Math.round(side / factor));
  const small = resize(image, shrunk(image.width), shrunk(image.height), down);
  return resize(small, image.width, image.height, up);
}

/** The mean of `count` copies of a picture, each moved by whole pixels. */
function meanOf(image: Raster, count: number, move: (copy: number) => readonly [number, number]): Raster {
  const { width, height } = image;
  const data = new Float32Array(image.data.length);
  for (let copy = 0; copy < count; copy++) {
    const [dx, dy] = move(copy);
    for (let y = 0, to = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const from = 3 * (clampIndex(y + dy, height) * width + clampIndex(x + dx, width));
        for (let c = 0; c < 3; c++, to++) {
          data[to] = (data[to] ?? outside()) + (image.data[from + c] ?? outside()) / count;
        }
      }
    }
  }
  return { width, height, data };
}

/** The samples around a place in ascending order: few enough to insert one by one. */
function gatherSorted(
  image: Raster,
  x: number,
  y: number,
  channel: number,
  radius: number,
  into: Float32Array,
): void {
  let count = 0;
  for (let dy = -radius; dy <= radius; dy++) {
    const row = clampIndex(y + dy, image.height) * image.width;
    for (let dx = -radius; dx <= radius; dx++) {
      const value = image.data[3 * (row + clampIndex(x + dx, image.width)) + channel] ?? outside();
      let at = count++;
      for (; at > 0 && (into[at - 1] ?? outside()) > value; at--) into[at] = into[at - 1] ?? outside();
      into[at] = value;
    }
  }
}
