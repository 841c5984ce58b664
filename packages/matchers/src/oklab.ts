/**
 * @module
 * OKLab (Ottosson 2020, https://bottosson.github.io/posts/oklab/): equal distances look about equally different. One
 * deviation: each channel has the light added that a screen reflects. Without it the cube root makes one level of 255
 * next to black as large a step as ten levels of grey.
 */

import type { RgbPixels } from 'lpips-pictures';
import type { Area } from 'lpips-pictures/node';

/** L, a and b, each row by row. */
export type OklabPlanes = readonly [Float32Array, Float32Array, Float32Array];

/** Light reflected by a screen, as a part of its white: the viewing flare of sRGB (IEC 61966-2-1). */
const FLARE = 0.01;

/** Linear light of each level of 255, with the flare. */
const LINEAR = Float64Array.from({ length: 256 }, (_, level) => {
  const value = level / 255;
  const linear = value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  return (linear + FLARE) / (1 + FLARE);
});

/** A part of an image in OKLab; L is in [0.21, 1]. */
export function oklabPlanes({ data, width }: RgbPixels, part: Area): OklabPlanes {
  const size = part.width * part.height;
  const planes = [new Float32Array(size), new Float32Array(size), new Float32Array(size)] as const;
  const [lightness, greenRed, blueYellow] = planes;
  for (let y = 0; y < part.height; y++) {
    const row = (part.top + y) * width + part.left;
    for (let x = 0; x < part.width; x++) {
      const from = (row + x) * 3;
      const to = y * part.width + x;
      const red = data[from] ?? 0;
      const green = data[from + 1] ?? 0;
      const blue = data[from + 2] ?? 0;
      if (x > 0 && red === data[from - 3] && green === data[from - 2] && blue === data[from - 1]) {
        lightness[to] = lightness[to - 1] ?? 0; // most pixels of a page are like the one before
        greenRed[to] = greenRed[to - 1] ?? 0;
        blueYellow[to] = blueYellow[to - 1] ?? 0;
        continue;
      }
      const r = LINEAR[red] ?? 0;
      const g = LINEAR[green] ?? 0;
      const b = LINEAR[blue] ?? 0;
      const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
      const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
      const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
      lightness[to] = 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s;
      greenRed[to] = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s;
      blueYellow[to] = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s;
    }
  }
  return planes;
}
