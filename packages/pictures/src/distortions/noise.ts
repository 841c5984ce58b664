/**
 * @module
 * Distortions that add what was not there: noise of several colours, specks, a checkerboard. Amounts are standard
 * deviations on the scale of [0, 1], unless stated.
 */
import { convolveSeparable, gaussianKernel } from '../convolve.js';
import type { Random } from '../random.js';
import { mapSamples, paint, pixelAt, type Raster } from '../raster.js';
import { resize } from '../resize.js';

/** Normal, each channel by itself. */
export function addNoise(image: Raster, sigma: number, random: Random): Raster {
  return mapSamples(image, (value) => value + sigma * random.normal());
}

/** Normal, the same in all channels. */
export function addGreyNoise(image: Raster, sigma: number, random: Random): Raster {
  return paint(image.width, image.height, (x, y) => {
    const [red, green, blue] = pixelAt(image, x, y);
    const change = sigma * random.normal();
    return [red + change, green + change, blue + change];
  });
}

/** Uniform, each channel by itself. */
export function addUniformNoise(image: Raster, sigma: number, random: Random): Raster {
  const reach = Math.sqrt(12) * sigma;
  return mapSamples(image, (value) => value + reach * (random.uniform() - 0.5));
}

/** Coarse and fine alike: equal parts of noise at four sizes, each twice the one before (about 1/f). */
export function addPinkNoise(image: Raster, sigma: number, random: Random): Raster {
  const { width, height } = image;
  const layers = [1, 2, 4, 8].map((size) => {
    const small = whiteNoise(Math.ceil(width / size), Math.ceil(height / size), random);
    return size === 1 ? small : resize(small, width, height, 'linear');
  });
  return addScaled(image, sumOf(layers), sigma);
}

/** Fine alone: white noise without its blur (about f). */
export function addBlueNoise(image: Raster, sigma: number, random: Random): Raster {
  const white = whiteNoise(image.width, image.height, random);
  const coarse = convolveSeparable(white, gaussianKernel(1, 3));
  return addScaled(
    image,
    mapSamples(white, (value, _, index) => value - (coarse.data[index] ?? 0)),
    sigma,
  );
}

/** Pixels black or white, a `share` of them. */
export function addSpecks(image: Raster, share: number, random: Random): Raster {
  return paint(image.width, image.height, (x, y) => {
    const hit = random.uniform() < share;
    const speck = random.uniform() < 0.5 ? 0 : 1;
    return hit ? [speck, speck, speck] : pixelAt(image, x, y);
  });
}

/** Fields of `size` pixels, lighter and darker by `amount` in turn. */
export function addCheckerboard(image: Raster, amount: number, size: number): Raster {
  return mapSamples(image, (value, _, index) => {
    const at = Math.floor(index / 3);
    const field = Math.floor((at % image.width) / size) + Math.floor(at / image.width / size);
    return value + (field % 2 === 0 ? amount : -amount);
  });
}

function whiteNoise(width: number, height: number, random: Random): Raster {
  return { width, height, data: new Float32Array(width * height * 3).map(() => random.normal()) };
}

function sumOf(layers: readonly Raster[]): Raster {
  const [first, ...rest] = layers;
  if (first === undefined) throw new RangeError('sumOf: expected at least one layer');
  return mapSamples(first, (value, _, index) =>
    rest.reduce((sum, { data }) => sum + (data[index] ?? 0), value),
  );
}

/** Adds `noise`, whatever its own scale, with standard deviation `sigma`. */
function addScaled(image: Raster, noise: Raster, sigma: number): Raster {
  const { data } = noise;
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  const scale = Math.sqrt(data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length);
  return mapSamples(image, (value, _, index) => value + (sigma * ((data[index] ?? 0) - mean)) / scale);
}
