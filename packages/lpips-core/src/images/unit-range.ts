/**
 * @module
 * Decoded pixels as the metric takes them. Transparent pixels are composited on a stated colour in floating point,
 * because libvips and a canvas round to whole levels when they composite.
 */
import { kindOf } from '../check-options.js';
import { invalid } from '../errors.js';
import { at } from '../item-at.js';

/** Colour under transparent pixels, `#rrggbb`. */
export const DEFAULT_BACKGROUND = '#ffffff';

/** Interleaved values, row by row, from 0 to `white`. A fourth channel is alpha; the others are not premultiplied by it. */
export interface DecodedPixels {
  readonly values: Uint8Array | Uint8ClampedArray | Uint16Array;
  readonly channels: 3 | 4;
  readonly white: 255 | 65535;
}

/**
 * Pixels in [-1, 1]: `value / 127.5 - 1`, or `value / 65535 * 2 - 1`.
 *
 * @param background colour under transparent pixels, each channel in [0, 1]
 * @returns three values for each pixel
 */
export function toUnitRange(pixels: DecodedPixels, background: readonly number[]): Float32Array {
  const { values, channels, white } = pixels;
  const scale = white === 255 ? 1 / 127.5 : 2 / 65535;
  const result = new Float32Array((values.length / channels) * 3);
  if (channels === 3) {
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (value === undefined) throw new RangeError(`no value ${i} of ${values.length}`);
      result[i] = level(value, white);
    }
    return result;
  }
  const under = (channel: number) => at(background, channel) * white;
  const [underRed, underGreen, underBlue] = [under(0), under(1), under(2)];
  const composited = (value: number, alpha: number, under: number): number =>
    alpha === white ? level(value, white) : ((value * alpha + under * (white - alpha)) / white) * scale - 1;
  for (let from = 0, to = 0; from < values.length; from += 4, to += 3) {
    const [red, green, blue, alpha] = [values[from], values[from + 1], values[from + 2], values[from + 3]];
    if (red === undefined || green === undefined || blue === undefined || alpha === undefined) {
      throw new RangeError(`no whole pixel at ${from} of ${values.length}`);
    }
    result[to] = composited(red, alpha, underRed);
    result[to + 1] = composited(green, alpha, underGreen);
    result[to + 2] = composited(blue, alpha, underBlue);
  }
  return result;
}

function level(value: number, white: 255 | 65535): number {
  return white === 255 ? value / 127.5 - 1 : (value / 65535) * 2 - 1;
}

/**
 * The channels of `#rrggbb`, each in [0, 1].
 *
 * @param where function that refuses, as its caller knows it
 * @throws LpipsError for anything else
 */
export function parseColour(where: string, colour: string): readonly number[] {
  if (typeof colour !== 'string' || !/^#[0-9a-f]{6}$/i.test(colour)) {
    throw invalid(where, 'a colour like #ffffff', 'background', kindOf(colour));
  }
  return [1, 3, 5].map((start) => Number.parseInt(colour.slice(start, start + 2), 16) / 255);
}
