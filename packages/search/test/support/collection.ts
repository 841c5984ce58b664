/**
 * @module
 * A small collection of scenes with near-duplicates, its index, and its distances by brute force.
 */
import { concat, type Tensor4D } from '@tensorflow/tfjs-core';
import { at, type Lpips } from 'lpips-core';
import type { IndexedImage } from '../../src/index-blocks.js';
import { type IndexHeader, indexHeader } from '../../src/index-header.js';
import { summary } from '../../src/summary.js';
import { SIDE, scene } from './scenes.js';

/** Scenes, each with a copy of little and one of more noise. */
export interface Collection {
  readonly header: IndexHeader;
  readonly images: readonly IndexedImage[];
  readonly pictures: readonly Tensor4D[];
  /** Distance of any picture to those of rows, in one batch. */
  readonly distances: (picture: Tensor4D, rows: readonly number[]) => Promise<number[]>;
}

/** A collection of `count` scenes and their copies. */
export async function collectionOf(lpips: Lpips, count: number): Promise<Collection> {
  const header = await indexHeader(lpips, { size: { width: SIDE, height: SIDE } });
  const pictures = Array.from({ length: 3 * count }, (_, i) =>
    scene(Math.floor(i / 3), { noise: [0.02, 0.1, 0.5][i % 3] ?? 0, noiseSeed: i }),
  );
  const images: IndexedImage[] = [];
  for (const [i, picture] of pictures.entries()) {
    const [one] = await summary(lpips, picture);
    if (one)
      images.push({ path: `scenes/${i}.png`, bytes: 100 + i, time: 1_700_000_000_000 + i, summary: one });
  }
  const distances = async (picture: Tensor4D, rows: readonly number[]) => {
    if (rows.length === 0) return [];
    const batch = concat(
      rows.map((row) => at(pictures, row)),
      0,
    ) as Tensor4D;
    const distance = lpips.distance(batch, picture);
    const values = Array.from(await distance.data());
    batch.dispose();
    distance.dispose();
    return values;
  };
  return { header, images, pictures, distances };
}
