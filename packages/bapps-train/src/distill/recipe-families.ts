/**
 * @module
 * The sixteen families of distortion that the student learns from, each at a strength drawn anew, and a few broader
 * ones beside them, which keep it from knowing only sixteen ways to spoil a picture. Sizes are in pixels of 64x64
 * crops.
 */
import sharp from 'sharp';
import { convolveSeparable, gaussianKernel, resample } from '../pictures/convolve.js';
import type { Random } from '../pictures/random.js';
import { fromBytes, luma, mapSamples, type Raster, roundToBytes, toBytes } from '../pictures/raster.js';
import { enlarge, shrink } from './scaling.js';

/** A way to spoil a picture, at a random strength; `other` is another crop, for what blends two pictures. */
export type Family = (image: Raster, random: Random, other: Raster) => Raster | Promise<Raster>;

/** Between `low` and `high`, every factor alike. */
export function logUniform(random: Random, low: number, high: number): number {
  return low * (high / low) ** random.uniform();
}

/** Uniform between `low` and `high`. */
export function between(random: Random, low: number, high: number): number {
  return low + (high - low) * random.uniform();
}

/** A whole number from `low` to `high`, both included. */
export function whole(random: Random, low: number, high: number): number {
  return low + Math.floor(random.uniform() * (high - low + 1));
}

/** One of `items`. */
export function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[Math.floor(random.uniform() * items.length)];
  if (item === undefined) throw new RangeError('pick: nothing to pick from');
  return item;
}

/** The sixteen families by name. */
export const RECIPE_FAMILIES: Readonly<Record<string, Family>> = {
  noise: (image, random) => {
    const sigma = logUniform(random, 0.008, 0.3);
    return mapSamples(image, (value) => value + sigma * random.normal());
  },
  'grey noise': (image, random) => {
    const sigma = logUniform(random, 0.008, 0.3);
    return addGrey(image, () => sigma * random.normal());
  },
  'salt and pepper': (image, random) => {
    const share = logUniform(random, 0.002, 0.15);
    const data = image.data.slice();
    for (let at = 0; at < data.length; at += 3) {
      if (random.uniform() < share) data.fill(random.uniform() < 0.5 ? 0 : 1, at, at + 3);
    }
    return { ...image, data };
  },
  blur: (image, random) => blur(image, logUniform(random, 0.35, 4)),
  'motion blur': (image, random) => {
    const length = between(random, 2, 14);
    const angle = Math.PI * random.uniform();
    const [dx, dy] = [Math.cos(angle), Math.sin(angle)];
    const count = Math.ceil(length) + 1;
    const along = (index: number) => (index / (count - 1) - 0.5) * length;
    const views = Array.from({ length: count }, (_, index) =>
      bilinear(image, (x, y) => [x + dx * along(index), y + dy * along(index)]),
    );
    return mapSamples(image, (_, __, index) => mean(views, index));
  },
  jpeg: async (image, random) => {
    const { width, height } = image;
    const quality = Math.round(logUniform(random, 3, 80));
    const file = await sharp(toBytes(roundToBytes(image)), { raw: { width, height, channels: 3 } })
      .jpeg({ quality })
      .toBuffer();
    return fromBytes(await sharp(file).raw().toBuffer(), width, height);
  },
  'down and up': (image, random) => {
    const side = Math.max(6, Math.round(image.width / logUniform(random, 1.2, 8)));
    const small = shrink(image, side, pick(random, ['area', 'nearest', 'cubic']));
    return enlarge(small, image.width, pick(random, ['nearest', 'linear', 'cubic']));
  },
  contrast: (image, random) => {
    const factor = logUniform(random, 0.35, 1.9);
    return mapSamples(image, (value) => 0.5 + (value - 0.5) * factor);
  },
  'colour shift': (image, random) => {
    const reach = logUniform(random, 0.01, 0.25);
    const shift = [0, 0, 0].map(() => reach * random.normal());
    return mapSamples(image, (value, channel) => value + (shift[channel] ?? 0));
  },
  saturation: (image, random) => {
    const factor = between(random, 0, 2.2);
    const grey = luma(image);
    return mapSamples(image, (value, _, index) => {
      const base = grey[Math.floor(index / 3)] ?? 0;
      return base + (value - base) * factor;
    });
  },
  gamma: (image, random) => {
    const exponent = logUniform(random, 0.45, 2.2);
    return mapSamples(image, (value) => Math.max(0, value) ** exponent);
  },
  warp: (image, random) => {
    const amplitude = logUniform(random, 0.3, 5);
    const wave = () => {
      const [u, v] = [between(random, -1, 1), between(random, -1, 1)];
      const frequency = (2 * Math.PI * between(random, 0.5, 2.5)) / image.width;
      const phase = 2 * Math.PI * random.uniform();
      return (x: number, y: number) => Math.sin(frequency * (u * x + v * y) + phase);
    };
    const [across, down] = [wave(), wave()];
    return bilinear(image, (x, y) => [x + amplitude * across(x, y), y + amplitude * down(x, y)]);
  },
  shift: (image, random) => {
    const reach = logUniform(random, 0.2, 4);
    const angle = 2 * Math.PI * random.uniform();
    const [dx, dy] = [reach * Math.cos(angle), reach * Math.sin(angle)];
    return resample(image, image.width, image.height, (x, y) => [x + dx, y + dy]);
  },
  quantisation: (image, random) => {
    const step = 1 / whole(random, 1, 20);
    return mapSamples(image, (value) => Math.round(value / step) * step);
  },
  patches: (image, random, other) => {
    const data = image.data.slice();
    const count = whole(random, 1, 6);
    for (let patch = 0; patch < count; patch++) {
      const [width, height] = [whole(random, 3, 20), whole(random, 3, 20)];
      const [left, top] = [whole(random, 0, image.width - width), whole(random, 0, image.height - height)];
      const colour = [random.uniform(), random.uniform(), random.uniform()];
      const source = pick(random, ['colour', 'other', 'grey']);
      for (let y = top; y < top + height; y++) {
        for (let at = 3 * (y * image.width + left); at < 3 * (y * image.width + left + width); at++) {
          if (source === 'other') data[at] = other.data[at] ?? 0;
          else data[at] = source === 'grey' ? 0.5 : (colour[at % 3] ?? 0);
        }
      }
    }
    return { ...image, data };
  },
  blend: (image, random, other) => {
    const share = logUniform(random, 0.03, 0.6);
    return mapSamples(image, (value, _, index) => value + share * ((other.data[index] ?? 0) - value));
  },
};

/** Broader than any one family: noise of any grain, pixels that lose their place. */
export const BROAD_FAMILIES: Readonly<Record<string, Family>> = {
  'coloured noise': (image, random) => {
    const noise = mapSamples(image, () => random.normal());
    const grain = blur(noise, logUniform(random, 0.4, 6));
    const spread = Math.sqrt(grain.data.reduce((sum, value) => sum + value * value, 0) / grain.data.length);
    const strength = logUniform(random, 0.01, 0.25) / Math.max(spread, 1e-6);
    if (random.uniform() < 0.5) return addGrey(image, (pixel) => strength * (grain.data[3 * pixel] ?? 0));
    return mapSamples(image, (value, _, index) => value + strength * (grain.data[index] ?? 0));
  },
  scatter: (image, random) => {
    const reach = logUniform(random, 0.4, 4);
    return bilinear(image, (x, y) => [
      Math.round(x + reach * random.normal()),
      Math.round(y + reach * random.normal()),
    ]);
  },
};

/** Blur by a Gaussian of standard deviation `sigma`. */
export function blur(image: Raster, sigma: number): Raster {
  return convolveSeparable(image, gaussianKernel(sigma, Math.ceil(2.5 * sigma)));
}

/** Reads the image where `position` says, between the four nearest pixels; edges repeated. */
export function bilinear(
  image: Raster,
  position: (x: number, y: number) => readonly [number, number],
): Raster {
  const { width, height, data } = image;
  const result = new Float32Array(data.length);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [atX, atY] = position(x, y);
      const u = Math.min(width - 1, Math.max(0, atX));
      const v = Math.min(height - 1, Math.max(0, atY));
      const [left, top] = [Math.floor(u), Math.floor(v)];
      const [right, bottom] = [Math.min(left + 1, width - 1), Math.min(top + 1, height - 1)];
      const [s, t] = [u - left, v - top];
      for (let c = 0; c < 3; c++, to++) {
        const at = (column: number, row: number) => data[3 * (row * width + column) + c] ?? 0;
        const upper = at(left, top) + s * (at(right, top) - at(left, top));
        const lower = at(left, bottom) + s * (at(right, bottom) - at(left, bottom));
        result[to] = upper + t * (lower - upper);
      }
    }
  }
  return { width, height, data: result };
}

function addGrey(image: Raster, amount: (pixel: number) => number): Raster {
  const data = image.data.slice();
  for (let pixel = 0; pixel < data.length / 3; pixel++) {
    const added = amount(pixel);
    for (let at = 3 * pixel; at < 3 * pixel + 3; at++) data[at] = (data[at] ?? 0) + added;
  }
  return { ...image, data };
}

function mean(views: readonly Raster[], index: number): number {
  let sum = 0;
  for (const view of views) sum += view.data[index] ?? 0;
  return sum / views.length;
}
