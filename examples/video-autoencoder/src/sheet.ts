/**
 * @module
 * Clips as a picture: the frames of each clip in a row, with the rebuilt frames below them, all magnified.
 */
import type { Tensor5D } from '@tensorflow/tfjs';
import { writeAtomically } from 'lpips-node/files';
import sharp from 'sharp';

/** Side of the square that a pixel becomes. */
const MAGNIFIED = 4;

/**
 * Draws a PNG.
 *
 * @param clips, rebuilt `[count, frames, height, width, 3]` in [-1, 1]
 */
export async function writeSheet(path: string, clips: Tensor5D, rebuilt: Tensor5D): Promise<void> {
  const [count, frames, height, width] = clips.shape;
  const sources = [await clips.data(), await rebuilt.data()];
  const bytes = Buffer.alloc(2 * count * height * frames * width * 3);
  let to = 0;
  for (let clip = 0; clip < count; clip++) {
    for (const values of sources) {
      for (let y = 0; y < height; y++) {
        for (let frame = 0; frame < frames; frame++) {
          const from = ((clip * frames + frame) * height + y) * width * 3;
          for (const value of values.subarray(from, from + 3 * width)) {
            bytes[to++] = Math.round((value + 1) * 127.5);
          }
        }
      }
    }
  }
  const raw = { width: frames * width, height: 2 * count * height, channels: 3 } as const;
  const png = await sharp(bytes, { raw })
    .resize({ width: MAGNIFIED * raw.width, kernel: 'nearest' })
    .png()
    .toBuffer();
  await writeAtomically(path, png);
}
