/**
 * @module
 * The exact distances of a picture to images of an index, which are read from their files.
 */
import { concat, type Tensor4D } from '@tensorflow/tfjs-core';
import { at, type Features, type Lpips } from 'lpips-core';
import type { Measure, MeasureFrom, SearchIndex } from 'lpips-search';
import type { LeftOutPath } from '../comparing/leave-out.js';
import { takeValues } from '../comparing/take-values.js';
import { batchSize } from './index-images.js';
import { readIndexed } from './indexed-files.js';

/** Where the images of an index are, and what is left out of them. */
export interface IndexedImages {
  readonly lpips: Lpips;
  readonly index: SearchIndex;
  /** Path of the index, from whose folder its images are seen. */
  readonly path: string;
  /** Gets what cannot be read. */
  readonly leftOut: LeftOutPath[];
}

/**
 * Distances to a query.
 *
 * @param query its features, at the size of the index; not disposed
 */
export function measureTo(query: Features, images: IndexedImages): Measure {
  return async (rows) => await distancesTo(query, rows, images);
}

/** Distances between images of the index. */
export function measureBetween(images: IndexedImages): MeasureFrom {
  return async (row, others) => {
    const [picture] = await readRows([row], images);
    if (picture === undefined) return others.map(() => undefined);
    const features = images.lpips.features(picture, { range: [-1, 1] });
    picture.dispose();
    try {
      return await distancesTo(features, others, images);
    } finally {
      features.dispose();
    }
  };
}

/** Batches are read one ahead. */
async function distancesTo(
  query: Features,
  rows: readonly number[],
  images: IndexedImages,
): Promise<(number | undefined)[]> {
  const size = batchSize(images.lpips, images.index.header);
  const distances: (number | undefined)[] = [];
  let reading = readRows(rows.slice(0, size), images);
  for (let start = 0; start < rows.length; start += size) {
    const pictures = await reading;
    reading = readRows(rows.slice(start + size, start + 2 * size), images);
    distances.push(...(await compareAll(images.lpips, query, pictures)));
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

function readRows(
  rows: readonly number[],
  { index, path, leftOut }: IndexedImages,
): Promise<(Tensor4D | undefined)[]> {
  return Promise.all(rows.map((row) => readIndexed(path, at(index.entries, row), index.header, leftOut)));
}
