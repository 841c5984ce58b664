/**
 * @module
 * The images of a triplet or pair as people see them and as a data set holds them: upright, sRGB, 8 bits, without transparency
 * and without what a camera wrote about the photographer.
 */
import { invalid } from 'lpips-core';
import { fromBytes, type Raster } from 'lpips-pictures';
import sharp from 'sharp';
import { readFileOf } from '../files/read-file.js';
import type { TrialItem } from './trial-items.js';

const MOST_FILE_BYTES = 2 ** 26;
/** A file of a few bytes may claim any size. */
const MOST_PIXELS = 2 ** 26;

/** The pictures of an item, all of one size. */
export interface ItemPictures {
  readonly ref?: Raster;
  readonly p0: Raster;
  readonly p1: Raster;
}

/**
 * Reads the images of an item.
 *
 * @throws LpipsError naming an image that is missing, damaged or too large, or whose size is not that of its partners
 */
export async function readPictures({ images }: TrialItem): Promise<ItemPictures> {
  const p0 = await readPicture(images.p0);
  const partner = async (path: string): Promise<Raster> => {
    const picture = await readPicture(path);
    if (picture.width === p0.width && picture.height === p0.height) return picture;
    const requirement = `${p0.width}x${p0.height} pixels, as ${images.p0} has,`;
    throw invalid('collect', requirement, path, `${picture.width}x${picture.height}`, 'Scale both alike.');
  };
  const p1 = await partner(images.p1);
  return images.ref === undefined ? { p0, p1 } : { ref: await partner(images.ref), p0, p1 };
}

async function readPicture(path: string): Promise<Raster> {
  const bytes = await readFileOf(path, { where: 'collect', what: 'an image', mostBytes: MOST_FILE_BYTES });
  try {
    const { data, info } = await sharp(bytes, { limitInputPixels: MOST_PIXELS })
      .rotate() // as EXIF says
      .removeAlpha()
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return fromBytes(info.channels === 1 ? repeated(data) : data, info.width, info.height);
  } catch (error) {
    const [why = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw invalid('collect', 'a PNG, JPEG or WebP image', path, `a fault in it (${why})`);
  }
}

/** Grey as RGB. */
function repeated(grey: Uint8Array): Uint8Array {
  const data = new Uint8Array(3 * grey.length);
  for (const [index, value] of grey.entries()) data.fill(value, 3 * index, 3 * index + 3);
  return data;
}
