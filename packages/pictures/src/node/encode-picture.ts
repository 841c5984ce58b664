/**
 * @module
 * Pictures for a page: rasters and heat maps as WebP data URIs.
 */
import { cannot, checkNumber, checkText } from 'lpips-core';
import sharp from 'sharp';
import { checkFloats, checkRaster, checkSide, checkSize } from '../check-arguments.js';
import { infernoUnit } from '../inferno.js';
import { outside } from '../outside.js';
import { paint, type Raster, toBytes } from '../raster.js';

/** Good enough that the eye finds no difference; all measurements are made on the uncompressed pixels. */
const PHOTOGRAPH_QUALITY = 86;
const HEAT_QUALITY = 70;

/**
 * Encodes a picture as a data URI.
 *
 * @throws LpipsError unless it is a raster
 */
export async function encodePicture(image: Raster): Promise<string> {
  checkRaster('encodePicture', 'image', image);
  return encode(image, PHOTOGRAPH_QUALITY);
}

/**
 * Encodes a picture file without loss as a data URI, and tells its size.
 *
 * @throws LpipsError where it cannot be read
 */
export async function encodeFile(path: string): Promise<{ source: string; width: number; height: number }> {
  checkText('encodeFile', 'path', path);
  const { data, info } = await sharp(path)
    .webp({ lossless: true })
    .toBuffer({ resolveWithObject: true })
    .catch((error: unknown) => {
      throw cannot('encodeFile', `read ${path}`, error instanceof Error ? error.message : String(error));
    });
  const { width, height } = info;
  return { source: dataUri(data), width, height };
}

/**
 * Encodes a heat map as a data URI: black at 0, pale yellow from `full` on.
 *
 * @throws LpipsError for arguments of another kind, and values that do not fill their rows
 */
export async function encodeHeat(heat: Float32Array, width: number, full: number): Promise<string> {
  checkFloats('encodeHeat', 'heat', heat);
  checkSide('encodeHeat', 'width', width);
  checkSize('encodeHeat', 'heat', heat, {
    width,
    height: Math.max(1, Math.floor(heat.length / width)),
    perPixel: 1,
  });
  checkNumber('encodeHeat', 'full', full);
  const height = heat.length / width;
  return encode(
    paint(width, height, (x, y) => infernoUnit((heat[y * width + x] ?? outside()) / full)),
    HEAT_QUALITY,
  );
}

async function encode(image: Raster, quality: number): Promise<string> {
  const { width, height } = image;
  const file = await sharp(toBytes(image), { raw: { width, height, channels: 3 } })
    .webp({ quality, smartSubsample: true, effort: 3 })
    .toBuffer();
  return dataUri(file);
}

function dataUri(webp: Buffer): string {
  return `data:image/webp;base64,${webp.toString('base64')}`;
}
