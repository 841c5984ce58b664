/**
 * @module
 * Distortions that lay something over the picture: another picture, its mirror image, patches.
 */
import { outside } from '../outside.js';
import { between, type Random, wholeBetween } from '../random.js';
import { mapSamples, paint, pixelAt, type Raster } from '../raster.js';

/** Mixes the picture with a `share` of `other`, which has the same size. */
export function blend(image: Raster, other: Raster, share: number): Raster {
  return mapSamples(image, (value, _, index) => value + share * ((other.data[index] ?? outside()) - value));
}

/** The mirror image, left and right exchanged. */
export function mirror(image: Raster): Raster {
  return paint(image.width, image.height, (x, y) => pixelAt(image, image.width - 1 - x, y));
}

/** Lays one to four rectangles over the picture, each in one colour, that cover about a `share` of it. */
export function addPatches(image: Raster, share: number, random: Random): Raster {
  const { width, height } = image;
  const data = image.data.slice();
  const count = wholeBetween(random, 1, 4);
  for (let patch = 0; patch < count; patch++) {
    const ratio = between(random, 0.5, 2);
    const area = (share * width * height) / count;
    const w = Math.min(width, Math.max(1, Math.round(Math.sqrt(area * ratio))));
    const h = Math.min(height, Math.max(1, Math.round(Math.sqrt(area / ratio))));
    const [left, top] = [wholeBetween(random, 0, width - w), wholeBetween(random, 0, height - h)];
    const colour = [random.uniform(), random.uniform(), random.uniform()];
    for (let y = top; y < top + h; y++) {
      for (let x = left; x < left + w; x++) data.set(colour, 3 * (y * width + x));
    }
  }
  return { width, height, data };
}
