/**
 * @module
 * The exact distances of a picture to images of an index, which are read from their files.
 */
import { concat, type Tensor4D } from '@tensorflow/tfjs-core';
import { at, type Features, type Lpips } from 'lpips-core';
import type { DigestsOf, Measure, MeasureFrom } from 'lpips-search';
import { takeValues } from '../comparing/take-values.js';
import { batchSize } from './index-images.js';
import { type IndexedPlaces, readRow } from './indexed-files.js';
import { KeptPixels } from './kept-pixels.js';

/** Images of an index, and what compares them. */
export interface IndexedImages extends IndexedPlaces {
  readonly lpips: Lpips;
}

/** The image of a row, undefined where it cannot be read. Who asks disposes it. */
type ReadRow = (row: number) => Promise<Tensor4D | undefined>;

/**
 * Distances to a query.
 *
 * @param query its features, at the size of the index; not disposed
 */
export function measureTo(query: Features, images: IndexedImages): Measure {
  return async (rows) => await distancesTo(query, rows, images, (row) => readRow(row, images));
}

/**
 * Distances between images of the index, and digests of their pixels. An image is decoded once, as long as the pixels that were asked
 * for since are kept.
 */
export function compareIndexed(images: IndexedImages): { measure: MeasureFrom; digestsOf: DigestsOf } {
  const kept = new KeptPixels(images);
  const measure: MeasureFrom = async (row, others) => {
    const picture = await kept.read(row);
    if (picture === undefined) return others.map(() => undefined);
    const features = images.lpips.features(picture, { range: [-1, 1] });
    picture.dispose();
    try {
      return await distancesTo(features, others, images, (other) => kept.read(other));
    } finally {
      features.dispose();
    }
  };
  return { measure, digestsOf: (rows) => Promise.all(rows.map((row) => kept.digestOf(row))) };
}

/** Batches are read one ahead. */
async function distancesTo(
  query: Features,
  rows: readonly number[],
  { lpips, index }: IndexedImages,
  read: ReadRow,
): Promise<(number | undefined)[]> {
  const size = batchSize(lpips, index.header);
  const readBatch = (start: number) => Promise.all(rows.slice(start, start + size).map(read));
  const distances: (number | undefined)[] = [];
  let reading = readBatch(0);
  for (let start = 0; start < rows.length; start += size) {
    const pictures = await reading;
    reading = readBatch(start + size);
    distances.push(...(await compareAll(lpips, query, pictures)));
  }
  await reading;
  return distances;
}

/** Distances of pictures to a query. The pictures are disposed. */
async function compareAll(
  lpips: Lpips,
  query: Features,
  pictures: readonly (Tensor4D | undefined)[],
): Promise<(number | undefined)[]> {
  const readable = pictures.flatMap((picture) => picture ?? []);
  const [first] = readable;
  if (first === undefined) return pictures.map(() => undefined);
  const together = readable.length === 1 ? first : (concat(readable, 0) as Tensor4D);
  try {
    const values = await takeValues(lpips.distance(together, query, { range: [-1, 1] }));
    let place = 0;
    return pictures.map((picture) => (picture === undefined ? undefined : at(values, place++)));
  } finally {
    for (const picture of readable) picture.dispose();
    if (together !== first) together.dispose();
  }
}
