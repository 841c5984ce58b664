/**
 * @module
 * The two pictures of a comparison in tiles, with their mask: as tensors on the tape, and in crops.
 */
import { slice, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { cannot } from '../errors.js';
import { Features } from '../features.js';
import { at } from '../item-at.js';
import { lengthOf, type Span, type Tile } from './tile-geometry.js';

/** Two pictures, whole or the crops of a tile. */
export interface Pictures {
  readonly image: Tensor4D | Features;
  readonly reference: Tensor4D | Features;
  readonly mask: Tensor4D | undefined;
}

/** One of the two pictures. */
export type Side = 'image' | 'reference';

/** The tensors of both pictures by name: a picture that is one tensor has the name of its side. */
export function tensorsOfPictures(pictures: Pictures): Record<string, Tensor4D> {
  const named = (['image', 'reference'] as const).flatMap((side): (readonly [string, Tensor4D])[] => {
    const picture = pictures[side];
    if (!(picture instanceof Features)) return [[side, picture]];
    return [picture.images, ...picture.taps].map((tensor, index) => [`${side}.${index}`, tensor]);
  });
  return Object.fromEntries(named);
}

/** What a tape has to keep, so that a gradient computes the tiles once more. A mask that was made on the tape is gone by then. */
export function tensorsToSave(pictures: Pictures): Tensor4D[] {
  return [...Object.values(tensorsOfPictures(pictures)), ...(pictures.mask ? [pictures.mask] : [])];
}

/**
 * The pictures as the tape has kept them.
 *
 * @param saved the tensors of `tensorsToSave`, in order
 */
export function savedPictures(pictures: Pictures, saved: readonly Tensor[]): Pictures {
  let next = 0;
  const restored = (picture: Tensor4D | Features): Tensor4D | Features => {
    if (!(picture instanceof Features)) return at(saved, next++) as Tensor4D;
    const images = at(saved, next++) as Tensor4D;
    return new Features(
      picture.owner,
      picture.net,
      images,
      picture.taps.map(() => at(saved, next++) as Tensor4D),
    );
  };
  const [image, reference] = [restored(pictures.image), restored(pictures.reference)];
  return { image, reference, mask: pictures.mask && (at(saved, next) as Tensor4D) };
}

/**
 * @param name of a tensor of the pictures
 * @throws LpipsError for a tensor of features, which no gradient reaches
 */
export function sideOf(name: string): Side {
  if (name === 'image' || name === 'reference') return name;
  const why = 'they were compared in tiles';
  const advice = 'Give the images themselves, or leave out tiles.';
  throw cannot('gradient', 'reach features that were made on the tape', why, advice);
}

/** The crops of a tile out of the image at this place of the batch, and of the reference and the mask that stand against it. */
export function cropPictures({ image, reference, mask }: Pictures, tile: Tile, index: number): Pictures {
  const crop = (images: Tensor4D) => cut(images, index, tile.rows.crop, tile.columns.crop);
  const cropEither = (images: Tensor4D | Features) => {
    if (!(images instanceof Features)) return crop(images);
    const taps = images.taps.map((tap, number) =>
      cut(tap, index, at(tile.rows.taps, number).crop, at(tile.columns.taps, number).crop),
    );
    return new Features(images.owner, images.net, crop(images.images), taps);
  };
  return { image: cropEither(image), reference: cropEither(reference), mask: mask && crop(mask) };
}

/** A rectangle of the image at this place of the batch, or of the only one. */
export function cut(images: Tensor4D, index: number, rows: Span, columns: Span): Tensor4D {
  const [batch, , , channels] = images.shape;
  const place = batch === 1 ? 0 : index;
  return slice(
    images,
    [place, rows.start, columns.start, 0],
    [1, lengthOf(rows), lengthOf(columns), channels],
  );
}
