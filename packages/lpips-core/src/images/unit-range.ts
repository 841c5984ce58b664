/**
 * @module
 * Decoded pixels as the metric takes them. Transparent pixels are composited on a stated colour in floating point,
 * because libvips and a canvas round to whole levels when they composite.
 */
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
    for (let i = 0; i < values.length; i++) result[i] = level(valueAt(values, i), white);
    return result;
  }
  const colour = [0, 1, 2].map((c) => at(background, c) * white);
  for (let from = 0, to = 0; from < values.length; from += 4, to += 3) {
    const alpha = valueAt(values, from + 3);
    for (let c = 0; c < 3; c++) {
      const value = valueAt(values, from + c);
      const under = at(colour, c);
      result[to + c] =
        alpha === white
          ? level(value, white)
          : ((value * alpha + under * (white - alpha)) / white) * scale - 1;
    }
  }
  return result;
}

/** `at` for pixels alone: the generic one is slow where it reads many kinds of arrays. */
function valueAt(values: DecodedPixels['values'], index: number): number {
  const value = values[index];
  if (value === undefined) throw new RangeError(`no value ${index} of ${values.length}`);
  return value;
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
  if (!/^#[0-9a-f]{6}$/i.test(colour)) {
    throw invalid(where, 'a colour like #ffffff', 'background', `"${colour}"`);
  }
  return [1, 3, 5].map((start) => Number.parseInt(colour.slice(start, start + 2), 16) / 255);
}
