/**
 * @module
 * Turns pixels into bitmaps, which the page shows as they are, and bitmaps into pixels.
 */
import { fromBytes, type Raster, toBytes } from 'lpips-pictures';

/** Interleaved RGB as a bitmap; the caller closes it. */
export function bitmapOf(
  rgb: Uint8Array | Uint8ClampedArray,
  { width, height }: { width: number; height: number },
): Promise<ImageBitmap> {
  const pixels = new ImageData(width, height);
  for (let from = 0, to = 0; to < pixels.data.length; from += 3, to += 4) {
    for (let c = 0; c < 3; c++) pixels.data[to + c] = byteAt(rgb, from + c);
    pixels.data[to + 3] = 255;
  }
  return createImageBitmap(pixels);
}

/** The pixels of a bitmap, which stays open; transparency is lost. */
export function rasterOf(bitmap: ImageBitmap): Raster {
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('rasterOf: there is no canvas');
  context.drawImage(bitmap, 0, 0);
  const rgba = context.getImageData(0, 0, width, height).data;
  const rgb = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) {
    for (let c = 0; c < 3; c++) rgb[to + c] = byteAt(rgba, from + c);
  }
  return fromBytes(rgb, width, height);
}

/** JPEG of a `quality` from 1 to 100 by this browser's own encoder. */
export async function jpeg(image: Raster, quality: number): Promise<Raster> {
  const { width, height } = image;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('jpeg: there is no canvas');
  const bitmap = await bitmapOf(toBytes(image), image);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const file = await canvas.convertToBlob({ type: 'image/jpeg', quality: quality / 100 });
  const decoded = await createImageBitmap(file);
  const result = rasterOf(decoded);
  decoded.close();
  return result;
}

/** `at` of lpips-core for bytes alone: the generic one is slow where it reads many kinds of arrays. */
function byteAt(bytes: Uint8Array | Uint8ClampedArray, index: number): number {
  const byte = bytes[index];
  if (byte === undefined) throw new RangeError(`no byte ${index} of ${bytes.length}`);
  return byte;
}
