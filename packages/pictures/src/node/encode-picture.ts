/**
 * @module
 * Pictures for a page: rasters and heat maps as WebP data URIs.
 */
import sharp from 'sharp';
import { infernoUnit } from '../inferno.js';
import { outside } from '../outside.js';
import { paint, type Raster, toBytes } from '../raster.js';

/** Good enough that the eye finds no difference; all measurements are made on the uncompressed pixels. */
const PHOTOGRAPH_QUALITY = 86;
const HEAT_QUALITY = 70;

/** Encodes a picture as a data URI. */
export function encodePicture(image: Raster): Promise<string> {
  return encode(image, PHOTOGRAPH_QUALITY);
}

/** Encodes a picture file without loss as a data URI, and tells its size. */
export async function encodeFile(path: string): Promise<{ source: string; width: number; height: number }> {
  const { data, info } = await sharp(path).webp({ lossless: true }).toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  return { source: dataUri(data), width, height };
}

/** Encodes a heat map as a data URI: black at 0, pale yellow from `full` on. */
export function encodeHeat(heat: Float32Array, width: number, full: number): Promise<string> {
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
