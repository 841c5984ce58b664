/**
 * @module
 * Distortions that mix neighbouring pixels: blurs, sharpening, median, mosaic, shrinking and enlarging. Edges are
 * repeated.
 */
import { blockMeans, convolveSeparable, gaussianKernel } from './convolve.js';
import { mapSamples, paint, pixelAt, type Raster } from './raster.js';
import { type ResizeKernel, resize } from './resize.js';

/** Gaussian of `sigma` pixels. */
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
  return mapSamples(image, (value, _, index) => value + amount * (value - (soft.data[index] ?? 0)));
}

/** The median of each channel within `radius` pixels. */
export function median(image: Raster, radius: number): Raster {
  const window = new Float32Array((2 * radius + 1) ** 2);
  return mapSamples(image, (_value, channel, index) => {
    const at = Math.floor(index / 3);
    gather(image, at % image.width, Math.floor(at / image.width), channel, radius, window);
    return window.sort()[(window.length - 1) / 2] ?? 0;
  });
}

/**
 * Smooths areas and keeps edges: a mean within two pixels, weighted by likeness (Tomasi and Manduchi 1998).
 *
 * @param sigma difference of colour that still counts as alike
 */
export function smoothAreas(image: Raster, sigma: number): Raster {
  const radius = 2;
  return paint(image.width, image.height, (x, y) => {
    const own = pixelAt(image, x, y);
    let [red, green, blue, total] = [0, 0, 0, 0];
    for (let dy = -radius; dy <= radius; dy++) {
      for (let dx = -radius; dx <= radius; dx++) {
        const other = pixelAt(image, clamp(x + dx, image.width), clamp(y + dy, image.height));
        const away = (own[0] - other[0]) ** 2 + (own[1] - other[1]) ** 2 + (own[2] - other[2]) ** 2;
        const weight = Math.exp(-(dx * dx + dy * dy) / 4 - away / (2 * sigma * sigma + 1e-12));
        red += weight * other[0];
        green += weight * other[1];
        blue += weight * other[2];
        total += weight;
      }
    }
    return [red / total, green / total, blue / total];
  });
}

/** Blocks of `size` pixels that each have one colour, their mean. */
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
  const [width, height] = [image.width, image.height].map((side) => Math.max(1, Math.round(side / factor)));
  return resize(resize(image, width ?? 1, height ?? 1, down), image.width, image.height, up);
}

/** The mean of `count` copies of a picture, each moved by whole pixels. */
function meanOf(image: Raster, count: number, move: (copy: number) => readonly [number, number]): Raster {
  const { width, height } = image;
  const data = new Float32Array(image.data.length);
  for (let copy = 0; copy < count; copy++) {
    const [dx, dy] = move(copy);
    for (let y = 0, to = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const from = 3 * (clamp(y + dy, height) * width + clamp(x + dx, width));
        for (let c = 0; c < 3; c++, to++) data[to] = (data[to] ?? 0) + (image.data[from + c] ?? 0) / count;
      }
    }
  }
  return { width, height, data };
}

function gather(
  image: Raster,
  x: number,
  y: number,
  channel: number,
  radius: number,
  into: Float32Array,
): void {
  let at = 0;
  for (let dy = -radius; dy <= radius; dy++) {
    for (let dx = -radius; dx <= radius; dx++) {
      const from = clamp(y + dy, image.height) * image.width + clamp(x + dx, image.width);
      into[at++] = image.data[3 * from + channel] ?? 0;
    }
  }
}

function clamp(index: number, size: number): number {
  return Math.min(size - 1, Math.max(0, index));
}
