/**
 * @module
 * The pictures of a comparison that failed. The reference, the image and the heat map are side by side, each with an outline
 * around the place of the number that is furthest above its threshold.
 */
import { heatTop, overlayHeat, type RgbPixels } from 'lpips-pictures';
import { type Area, drawHeatMap, drawSideBySide, heatPixels, mapTitle } from 'lpips-pictures/node';
import sharp from 'sharp';
import { type Comparison, overBlack } from './compare-images.js';
import type { FailurePictures } from './failures/failure-files.js';
import { asPng, pixelsOf, type ReadImage } from './lookable-image.js';

/** Pictures of two images that look different. */
export async function differencePictures(
  image: ReadImage,
  reference: ReadImage,
  comparison: Comparison,
): Promise<FailurePictures> {
  const { map, isOverBlack } = comparison;
  const shownPixels = isOverBlack ? pixelsOverBlack : pixelsOf;
  const [pixels, expected] = [await shownPixels(image), await shownPixels(reference)];
  const { width, height } = pixels;
  const heat = sharp(overlayHeat(pixels, map, heatTop(map)), { raw: { width, height, channels: 3 } });
  return {
    expected: await asPng(reference),
    actual: await asPng(image),
    diff: await drawComparison(pixels, expected, comparison),
    heat: await heat.png().toBuffer(),
  };
}

/** Pictures of two images that cannot be compared, such as images of different sizes. */
export async function pairPictures(image: ReadImage, reference: ReadImage): Promise<FailurePictures> {
  const captioned = async (name: string, read: ReadImage) => ({
    caption: `${name} ${read.width}x${read.height}`,
    pixels: await pixelsOf(read),
  });
  return {
    expected: await asPng(reference),
    actual: await asPng(image),
    diff: await drawSideBySide([await captioned('expected', reference), await captioned('image', image)]),
  };
}

/**
 * The heat map alone over the image, in its size, with the outline.
 *
 * @returns 8-bit RGBA, row by row, opaque
 */
export async function drawDifference(image: ReadImage, comparison: Comparison): Promise<Uint8Array> {
  const { local, map, isOverBlack } = comparison;
  const pixels = await (isOverBlack ? pixelsOverBlack : pixelsOf)(image);
  return await heatPixels(pixels, map, local.distance > 0 ? failedPlace(comparison) : undefined);
}

/** @returns a PNG file */
async function drawComparison(
  pixels: RgbPixels,
  expected: RgbPixels,
  comparison: Comparison,
): Promise<Buffer> {
  const { net, version, isOfficial, distance, local, map } = comparison;
  const title = mapTitle({ net, version, linear: true }, distance, isOfficial ? undefined : version);
  return await drawHeatMap(pixels, map, `${title}, local ${local.distance.toFixed(4)}`, {
    beside: [
      { caption: 'expected', pixels: expected },
      { caption: 'image', pixels },
    ],
    ...(local.distance > 0 && { mark: failedPlace(comparison) }),
  });
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
