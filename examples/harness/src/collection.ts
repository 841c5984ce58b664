/**
 * @module
 * What an example learns from, and what is kept out of its training: the photographs of a folder, or those that
 * come with the examples.
 */
import { createHash } from 'node:crypto';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { readPhotographs } from 'bapps-train';
import { at, invalid } from 'lpips-core';
import { listImages } from 'lpips-node';
import { fromBytes, type RgbPixels, toTensor } from 'lpips-pictures';
import sharp from 'sharp';
import { REDUCTION } from './autoencoder.js';
import { captionOf, PHOTOGRAPHS, type Photograph } from './photographs.js';

/** A photograph with its title and source. */
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

/** Of the examples' photographs, those that are kept out. */
const HELD = ['coffee', 'chelsea', 'boats', 'acanthus'];
/** Of the photographs of a folder, every fifth is kept out. */
const FOLD = 5;

/**
 * The photographs of a folder, or of those that come with the examples.
 *
 * @param own the latter
 * @throws LpipsError for a folder that does not exist or has fewer than two photographs
 */
export async function collect(
  folder: string | undefined,
  own: readonly Photograph[] = PHOTOGRAPHS,
): Promise<Collection> {
  const { train, held } = folder === undefined ? await ownPhotographs(own) : await fromFolder(folder);
  const hash = createHash('sha256');
  for (const { photograph } of [...train, ...held]) hash.update(photograph.data);
  return { train, held, digest: hash.digest('hex') };
}

async function ownPhotographs(photographs: readonly Photograph[]) {
  const [train, held]: [Titled[], Titled[]] = [[], []];
  for (const about of photographs) {
    const { left, top, size } = about.region;
    const data = await sharp(about.file)
      .extract({ left, top, width: size, height: size })
      .toColourspace('srgb')
      .removeAlpha()
      .raw()
      .toBuffer();
    (HELD.includes(about.id) ? held : train).push({
      title: captionOf(about),
      source: `${about.publisher}, by way of ${about.via}; ${about.licence}`,
      photograph: { width: size, height: size, data: new Uint8Array(data) },
    });
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
    title: at(names, index),
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
