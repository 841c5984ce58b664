/**
 * @module
 * The photographs of the new domain: two of Karl Blossfeldt's plates of plants, in grey. The upper part of a plate is
 * learned from, the lower part is held out.
 */
import { join } from 'node:path';
import { photographOf } from 'example-harness/photographs';
import { makeFolder } from 'lpips-node/files';
import sharp from 'sharp';

export const PLATES = ['acanthus', 'allium'].map(photographOf);

/** Share of a plate's height that is learned from. */
const LEARNED = 0.62;

/** Writes the plates into `folder`, as `synthesize` takes them: `train` and `val`, grey PNG files. */
export async function writePlates(folder: string): Promise<void> {
  for (const split of ['train', 'val']) await makeFolder(join(folder, split));
  for (const { id, file } of PLATES) {
    const { width, height } = await sharp(file).metadata();
    const cut = Math.round(LEARNED * height);
    const part = (top: number, rows: number) =>
      sharp(file).extract({ left: 0, top, width, height: rows }).toColourspace('b-w').png();
    await part(0, cut).toFile(join(folder, 'train', `${id}.png`));
    await part(cut, height - cut).toFile(join(folder, 'val', `${id}.png`));
  }
}
