/**
 * @module
 * Pictures for the page: rasters and heat maps as WebP data URIs.
 */
import sharp from 'sharp';
import { heatColour } from '../page/heat-colours.js';
import { paint, type Raster, toBytes } from '../raster.js';

/** Good enough that the eye finds no difference; all measurements are made on the uncompressed pixels. */
const PHOTOGRAPH_QUALITY = 86;
const HEAT_QUALITY = 70;
const THINNING = 7;

/** The picture as a data URI. */
export function encodePicture(image: Raster): Promise<string> {
  return encode(image, PHOTOGRAPH_QUALITY);
}

/** A picture file as it is, pixel for pixel, as a data URI with its size. */
export async function encodeFile(path: string): Promise<{ source: string; width: number; height: number }> {
  const { data, info } = await sharp(path).webp({ lossless: true }).toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  return { source: dataUri(data), width, height };
}

/** A heat map as a data URI: black at 0, pale yellow from `full` on. */
export function encodeHeat(heat: Float32Array, width: number, full: number): Promise<string> {
  const height = heat.length / width;
  return encode(
    paint(width, height, (x, y) => heatColour((heat[y * width + x] ?? 0) / full)),
    HEAT_QUALITY,
  );
}

/** The value below which `share` of all samples lie, from every `THINNING`th of them. */
export function quantile(samples: readonly Float32Array[], share: number): number {
  const thinned = samples.map((values) => values.filter((_, index) => index % THINNING === 0));
  const sorted = new Float32Array(thinned.reduce((sum, values) => sum + values.length, 0));
  let at = 0;
  for (const values of thinned) {
    sorted.set(values, at);
    at += values.length;
  }
  sorted.sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 1;
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
