/**
 * @module
 * Clips as a picture: the frames of each clip in a row, with the rebuilt frames below them, all magnified.
 */
import { reshape, type Tensor4D, type Tensor5D } from '@tensorflow/tfjs';
import { rastersOf } from 'example-harness/rasters';
import { layOut } from 'example-harness/sheet';
import { writeAtomically } from 'lpips-node/files';
import type { Raster } from 'lpips-pictures';
import sharp from 'sharp';

/** Side of the square that a pixel becomes. */
const MAGNIFIED = 4;

/**
 * Draws a PNG.
 *
 * @param clips, rebuilt `[count, frames, height, width, 3]` in [-1, 1]
 */
export async function writeSheet(path: string, clips: Tensor5D, rebuilt: Tensor5D): Promise<void> {
  const [originals, copies] = [await framesOf(clips), await framesOf(rebuilt)];
  const rows = originals.flatMap((frames, clip) => [frames, copies[clip] ?? []]);
  const { data, width, height } = layOut(rows);
  const png = await sharp(data, { raw: { width, height, channels: 3 } })
    .resize({ width: MAGNIFIED * width, kernel: 'nearest' })
    .png()
    .toBuffer();
  await writeAtomically(path, png);
}

/** The frames of each clip. */
async function framesOf(clips: Tensor5D): Promise<Raster[][]> {
  const [count, frames, height, width, channels] = clips.shape;
  const images: Tensor4D = reshape(clips, [count * frames, height, width, channels]);
  const pictures = await rastersOf(images);
  images.dispose();
  return Array.from({ length: count }, (_, clip) => pictures.slice(clip * frames, (clip + 1) * frames));
}
