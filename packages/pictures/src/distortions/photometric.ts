/**
 * @module
 * Distortions that change each pixel without looking at its neighbours: tone, colour, contrast. Strength 0 leaves the
 * picture as it is.
 */
import { checkNumber } from 'lpips-core';
import { checkRaster } from '../check-arguments.js';
import { outside } from '../outside.js';
import { luma, mapSamples, type Raster } from '../raster.js';

/** Moves samples towards mid-grey by the share `loss` (1: all grey), or away from it where `loss` is negative. */
export function loseContrast(image: Raster, loss: number): Raster {
  return mapSamples(image, (value) => 0.5 + (value - 0.5) * (1 - loss));
}

/** Adds `shift[channel]` to every sample. */
export function shiftColours(image: Raster, shift: readonly [number, number, number]): Raster {
  return mapSamples(image, (value, channel) => value + shift[channel]);
}

/** Gamma 1 / (1 + `strength`), which brightens; where `strength` is negative, 1 − `strength`, which darkens. */
export function changeGamma(image: Raster, strength: number): Raster {
  const exponent = strength >= 0 ? 1 / (1 + strength) : 1 - strength;
  return mapSamples(image, (value) => Math.max(0, value) ** exponent);
}

/**
 * Moves colours to `1 + gain` times their distance from grey of the same luma: −1 is greyscale.
 *
 * @throws LpipsError for arguments of another kind
 */
export function changeSaturation(image: Raster, gain: number): Raster {
  checkRaster('changeSaturation', 'image', image);
  checkNumber('changeSaturation', 'gain', gain, { least: Number.NEGATIVE_INFINITY });
  const grey = luma(image);
  return mapSamples(image, (value, _, index) => {
    const own = grey[Math.floor(index / 3)] ?? outside();
    return own + (value - own) * (1 + gain);
  });
}

/** Rounds every sample to multiples of `step`. */
export function quantise(image: Raster, step: number): Raster {
  return step === 0 ? image : mapSamples(image, (value) => Math.round(value / step) * step);
}

/** Darkens towards the corners, which lose the share `loss` of their light. */
export function darkenCorners(image: Raster, loss: number): Raster {
  const { width, height } = image;
  const [centreX, centreY] = [(width - 1) / 2, (height - 1) / 2];
  const corner = centreX ** 2 + centreY ** 2;
  return mapSamples(image, (value, _, index) => {
    const at = Math.floor(index / 3);
    const away = ((at % width) - centreX) ** 2 + (Math.floor(at / width) - centreY) ** 2;
    return value * (1 - loss * (away / corner));
  });
}
