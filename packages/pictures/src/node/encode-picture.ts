/**
 * @module
 * Pictures for a page: rasters and heat maps as WebP data URIs.
 */
import { checkNumber, invalid, kindOf } from 'lpips-core';
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

/** A picture within a page. */
export interface EncodedPicture {
  /** Data URI. */
  readonly source: string;
  readonly width: number;
  readonly height: number;
}

/**
 * Encodes levels without loss as a data URI.
 *
 * @param levels `[height, width, channels]`, RGB in [0, 255]; a fourth channel is dropped
 * @throws LpipsError unless they fill the picture
 */
export async function encodeLevels(
  levels: Uint8Array,
  layout: { width: number; height: number; channels: 3 | 4 },
): Promise<EncodedPicture> {
  if (!(levels instanceof Uint8Array))
    throw invalid('encodeLevels', 'a Uint8Array', 'levels', kindOf(levels));
  if (typeof layout !== 'object' || layout === null) {
    throw invalid('encodeLevels', 'an object with width, height, channels', 'layout', kindOf(layout));
  }
  const { width, height, channels } = layout;
  checkSize('encodeLevels', 'levels', levels, { width, height, perPixel: channels });
  const file = await sharp(levels, { raw: { width, height, channels } })
    .removeAlpha()
    .webp({ lossless: true })
    .toBuffer();
  return { source: dataUri(file), width, height };
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
