/**
 * @module
 * Distortions that add noise of several colours, specks or a checkerboard. `sigma` is the standard deviation, where
 * black is 0 and white is 1.
 */
import { outside } from '../outside.js';
import type { Random } from '../random.js';
import { mapSamples, paint, pixelAt, type Raster } from '../raster.js';
import { resize } from '../resize.js';
import { convolveSeparable, gaussianKernel } from '../separable-filter.js';

/** Adds normal noise, independent in each channel. */
export function addNoise(image: Raster, sigma: number, random: Random): Raster {
  return mapSamples(image, (value) => value + sigma * random.normal());
}

/** Adds normal noise, the same in all channels. */
export function addGreyNoise(image: Raster, sigma: number, random: Random): Raster {
  return paint(image.width, image.height, (x, y) => {
    const [red, green, blue] = pixelAt(image, x, y);
    const change = sigma * random.normal();
    return [red + change, green + change, blue + change];
  });
}

/** Adds uniform noise, independent in each channel. */
export function addUniformNoise(image: Raster, sigma: number, random: Random): Raster {
  const reach = Math.sqrt(12) * sigma;
  return mapSamples(image, (value) => value + reach * (random.uniform() - 0.5));
}

/** Adds coarse and fine noise in equal parts: four grains, each twice as coarse as the one before (about 1/f). */
export function addPinkNoise(image: Raster, sigma: number, random: Random): Raster {
  const { width, height } = image;
  const finest = whiteNoise(width, height, random);
  const coarser = [2, 4, 8].map((size) => {
    const small = whiteNoise(Math.ceil(width / size), Math.ceil(height / size), random);
    return resize(small, width, height, 'linear');
  });
  const noise = mapSamples(finest, (value, _, index) =>
    coarser.reduce((sum, { data }) => sum + (data[index] ?? outside()), value),
  );
  return addScaled(image, noise, sigma);
}

/** Adds fine noise alone: white noise without its blur (about f). */
export function addBlueNoise(image: Raster, sigma: number, random: Random): Raster {
  const white = whiteNoise(image.width, image.height, random);
  const coarse = convolveSeparable(white, gaussianKernel(1, 3));
  return addScaled(
    image,
    mapSamples(white, (value, _, index) => value - (coarse.data[index] ?? outside())),
    sigma,
  );
}

/** Makes a `share` of the pixels black or white. */
export function addSpecks(image: Raster, share: number, random: Random): Raster {
  return paint(image.width, image.height, (x, y) => {
    const hit = random.uniform() < share;
    const speck = random.uniform() < 0.5 ? 0 : 1;
    return hit ? [speck, speck, speck] : pixelAt(image, x, y);
  });
}

/** Makes fields of `size` x `size` pixels lighter and darker by `amount` in turn. */
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

/** Adds `noise` of any mean and scale, shifted to mean 0 and scaled to the standard deviation `sigma`. */
function addScaled(image: Raster, noise: Raster, sigma: number): Raster {
  const { data } = noise;
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  const scale = Math.sqrt(data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length);
  return mapSamples(
    image,
    (value, _, index) => value + (sigma * ((data[index] ?? outside()) - mean)) / scale,
  );
}
