/**
 * @module
 * Distortions that lay something over the picture: another one, itself moved, patches.
 */
import { between, type Random, wholeBetween } from '../random.js';
import { mapSamples, paint, pixelAt, type Raster } from '../raster.js';

/** `share` of `other`, which has the same size, over the rest of the picture. */
export function blend(image: Raster, other: Raster, share: number): Raster {
  return mapSamples(image, (value, _, index) => value + share * ((other.data[index] ?? 0) - value));
}

/** Its mirror image, left and right exchanged. */
export function mirror(image: Raster): Raster {
  return paint(image.width, image.height, (x, y) => pixelAt(image, image.width - 1 - x, y));
}

/** Rectangles of one colour that cover about `share` of the picture. */
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
