/**
 * @module
 * The picture of a comparison that failed: the reference, the image and the heat map side by side. Each has an outline
 * around the place of the number that is furthest above its threshold.
 */
import type { RgbPixels } from 'lpips-pictures';
import { type Area, drawHeatMap, heatPixels, mapTitle } from 'lpips-pictures/node';
import { type Comparison, overBlack } from './compare-images.js';
import { pixelsOf, type ReadImage } from './lookable-image.js';

/** @returns a PNG file */
export async function drawComparison(
  image: ReadImage,
  reference: ReadImage,
  comparison: Comparison,
): Promise<Buffer> {
  const { net, version, isOfficial, distance, local, map, isOverBlack } = comparison;
  const shownPixels = isOverBlack ? pixelsOverBlack : pixelsOf;
  const [pixels, expected] = [await shownPixels(image), await shownPixels(reference)];
  const title = mapTitle({ net, version, linear: true }, distance, isOfficial ? undefined : version);
  return await drawHeatMap(pixels, map, `${title}, local ${local.distance.toFixed(4)}`, {
    beside: [
      { caption: 'expected', pixels: expected },
      { caption: 'image', pixels },
    ],
    ...(local.distance > 0 && { mark: failedPlace(comparison) }),
  });
}

/**
 * The heat map alone over the image, in its size, with the same outline.
 *
 * @returns 8-bit RGBA, row by row, opaque
 */
export async function drawDifference(image: ReadImage, comparison: Comparison): Promise<Uint8Array> {
  const { local, map, isOverBlack } = comparison;
  const pixels = await (isOverBlack ? pixelsOverBlack : pixelsOf)(image);
  return await heatPixels(pixels, map, local.distance > 0 ? failedPlace(comparison) : undefined);
}

async function pixelsOverBlack(image: ReadImage): Promise<RgbPixels> {
  const copy = await overBlack(image);
  try {
    return await pixelsOf(copy);
  } finally {
    copy.tensor.dispose();
  }
}

function failedPlace({ failures, local, colour, shape }: Comparison): Area {
  const places = { local, colour, shape };
  const name = failures.find((failure) => failure !== 'distance');
  return name === undefined ? local : places[name];
}
