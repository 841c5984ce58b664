/**
 * @module
 * A distance map over its image: the image in grey, under the colours of "inferno".
 */
import { checkNumber } from 'lpips-core';
import { checkFloats, checkPixels, checkSize } from './check-arguments.js';
import type { RgbPixels } from './image-pixels.js';
import { inferno } from './inferno.js';
import { outside } from './outside.js';

/** Opacity of the heat colour over the grey image, where the distance is 0 and where it is largest. */
const OPACITY = { least: 0.5, most: 0.95 } as const;

/**
 * The distance that takes the hottest colour: the largest of the map, or 1 if the images are identical.
 *
 * @throws LpipsError unless `map` is a Float32Array
 */
export function heatTop(map: Float32Array): number {
  checkFloats('heatTop', 'map', map);
  const most = map.reduce((largest, value) => Math.max(largest, value), 0);
  return most > 0 ? most : 1;
}

/**
 * Blends a map into its image.
 *
 * @param map distance of each pixel, row by row, of the image's size
 * @param top distance that takes the hottest colour, as `heatTop` gives it
 * @returns interleaved RGB
 * @throws LpipsError where the map is not of the image's size, and for arguments of another kind
 */
export function overlayHeat(image: RgbPixels, map: Float32Array, top: number): Uint8Array {
  checkPixels('overlayHeat', 'image', image);
  checkFloats('overlayHeat', 'map', map);
  const { width, height, data } = image;
  checkSize('overlayHeat', 'map', map, { width, height, perPixel: 1 });
  checkNumber('overlayHeat', 'top', top);
  const result = new Uint8Array(data.length);
  for (let pixel = 0, at = 0; pixel < map.length; pixel++, at += 3) {
    const grey =
      0.299 * (data[at] ?? outside()) +
      0.587 * (data[at + 1] ?? outside()) +
      0.114 * (data[at + 2] ?? outside()); // BT.601
    const value = (map[pixel] ?? outside()) / top;
    const opacity = OPACITY.least + (OPACITY.most - OPACITY.least) * Math.sqrt(value);
    const [red, green, blue] = inferno(value);
    result[at] = grey + (red - grey) * opacity;
    result[at + 1] = grey + (green - grey) * opacity;
    result[at + 2] = grey + (blue - grey) * opacity;
  }
  return result;
}
