/**
 * @module
 * The pictures of a trial by where they stand, which is all that a page learns of them: left, middle and right of a triplet,
 * first and second of a pair.
 */
import type { Raster } from 'lpips-pictures';
import { toPng } from '../synthesize/items.js';
import type { ItemPictures } from '../votes/item-pictures.js';

/** PNG files by the names of their places, in order. */
export interface Slots {
  readonly pngs: ReadonlyMap<string, Uint8Array>;
  /** Size of each in pixels. */
  readonly width: number;
  readonly height: number;
}

/** @param first the copy that stands at the left, or is shown first */
export async function encodeSlots({ ref, p0, p1 }: ItemPictures, first: 'p0' | 'p1'): Promise<Slots> {
  const copies = first === 'p0' ? ([p0, p1] as const) : ([p1, p0] as const);
  const places: readonly (readonly [string, Raster])[] =
    ref === undefined
      ? [
          ['first', copies[0]],
          ['second', copies[1]],
        ]
      : [
          ['left', copies[0]],
          ['middle', ref],
          ['right', copies[1]],
        ];
  const pngs = await Promise.all(
    places.map(async ([place, picture]) => [place, await toPng(picture)] as const),
  );
  return { pngs: new Map(pngs), width: p0.width, height: p0.height };
}
