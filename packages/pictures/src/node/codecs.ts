/**
 * @module
 * Distortions by file formats: a picture is encoded and decoded again, by sharp.
 */
import sharp, { type Sharp } from 'sharp';
import { fromBytes, type Raster, roundToBytes, toBytes } from '../raster.js';

/** JPEG of a `quality` from 1 to 100, with colours at half resolution. */
export function jpeg(image: Raster, quality: number): Promise<Raster> {
  return through(image, (picture) => picture.jpeg({ quality: wholeQuality(quality) }));
}

/** WebP of a `quality` from 1 to 100. */
export function webp(image: Raster, quality: number): Promise<Raster> {
  return through(image, (picture) => picture.webp({ quality: wholeQuality(quality) }));
}

async function through(image: Raster, encode: (picture: Sharp) => Sharp): Promise<Raster> {
  const { width, height } = image;
  const picture = sharp(toBytes(roundToBytes(image)), { raw: { width, height, channels: 3 } });
  const file = await encode(picture).toBuffer();
  return fromBytes(await sharp(file).toColourspace('srgb').removeAlpha().raw().toBuffer(), width, height);
}

function wholeQuality(quality: number): number {
  return Math.min(100, Math.max(1, Math.round(quality)));
}
