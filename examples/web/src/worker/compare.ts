/**
 * @module
 * The comparison of two pictures: the distance, what each tap adds, and a map of it.
 */
import type { Tensor4D } from '@tensorflow/tfjs-core';
import {
  at,
  type ImageSize,
  type Lpips,
  LpipsError,
  largestTileSide,
  type OnTile,
  tensorSource,
} from 'lpips-core';
import { decodeBlob, imageFrom } from 'lpips-core/browser';
import { heatTop, imagePixels, overlayHeat } from 'lpips-pictures';
import { bitmapOf } from './drawable.js';

/** Pictures with more pixels than this are reduced: the pictures and their map alone take some 60 bytes for each pixel. */
const MOST_PIXELS = 24_000_000;
/** Pictures with more pixels than this are compared in tiles, because features take some 400 bytes for each pixel. */
const MOST_WHOLE_PIXELS = 1_500_000;
/** Memory for a tile. */
const TILE_BYTES = 400 * MOST_WHOLE_PIXELS;

/** Who is told of the tiles that are done, and what ends the comparison. */
export interface Watching {
  readonly onTile: OnTile;
  readonly signal: AbortSignal;
}

/** The result of a comparison. */
export interface Comparison {
  readonly distance: number;
  /** What each tap adds, the finest first. */
  readonly layers: readonly number[];
  /** The distance that takes the hottest colour of `heat`. */
  readonly top: number;
  readonly milliseconds: number;
  /** The pictures that were compared, and the map over the first of them. */
  readonly image: ImageBitmap;
  readonly reference: ImageBitmap;
  readonly heat: ImageBitmap;
  /** How the pictures were changed before the comparison, in words. */
  readonly notes: readonly string[];
}

/** Sizes that differ, so the visitor must decide. */
export interface DifferentSizes {
  readonly sizes: readonly [image: ImageSize, reference: ImageSize];
}

/**
 * Compares two pictures.
 *
 * @param resize whether the first is scaled to the size of the second where they differ
 * @throws LpipsError where one cannot be read or is too small; the reason of the signal
 */
export async function comparePictures(
  lpips: Lpips,
  [image, reference]: readonly [Blob, Blob],
  resize: boolean,
  watching: Watching,
): Promise<Comparison | DifferentSizes> {
  const notes: string[] = [];
  const [first, second] = [await sizeOf(image), await sizeOf(reference)];
  if (!isSame(first, second)) {
    if (!resize) return { sizes: [first, second] };
    notes.push(`The image was scaled from ${told(first)} to ${told(second)}.`);
  }
  const size = reduced(second);
  if (!isSame(size, second)) {
    notes.push(`Both were reduced from ${told(second)} to ${told(size)} to fit the memory of a page.`);
  }
  if (Math.min(size.width, size.height) < lpips.smallestSize) {
    const least = `${lpips.smallestSize} × ${lpips.smallestSize}`;
    throw new LpipsError(`The pictures are ${told(size)} pixels; this net needs ${least} at least.`);
  }
  const x = await imageFrom(image, isSame(first, size) ? {} : { size });
  const y = await imageFrom(reference, isSame(second, size) ? {} : { size });
  try {
    return { ...(await measure(lpips, x, y, watching)), notes };
  } finally {
    x.dispose();
    y.dispose();
  }
}

async function measure(
  lpips: Lpips,
  x: Tensor4D,
  y: Tensor4D,
  watching: Watching,
): Promise<Omit<Comparison, 'notes'>> {
  const started = performance.now();
  const { size } = x;
  const { distance, layers, map } =
    size > 3 * MOST_WHOLE_PIXELS ? await inTiles(lpips, x, y, watching) : await whole(lpips, x, y);
  const milliseconds = performance.now() - started;
  const pixels = await imagePixels(x);
  const top = heatTop(map);
  return {
    distance,
    layers,
    top,
    milliseconds,
    image: await bitmapOf(pixels.data, pixels),
    reference: await bitmapOf((await imagePixels(y)).data, pixels),
    heat: await bitmapOf(overlayHeat(pixels, map, top), pixels),
  };
}

/** The numbers of a comparison, and the distance of each pixel. */
interface Numbers {
  readonly distance: number;
  readonly layers: readonly number[];
  readonly map: Float32Array;
}

async function inTiles(lpips: Lpips, x: Tensor4D, y: Tensor4D, watching: Watching): Promise<Numbers> {
  const side = largestTileSide(lpips.net, TILE_BYTES);
  const tiles = side === undefined ? 'auto' : { side };
  const options = { ...watching, tiles, map: true } as const;
  const { map = new Float32Array(), ...numbers } = await lpips.compareSources(
    tensorSource(x),
    tensorSource(y),
    options,
  );
  return { ...numbers, map };
}

async function whole(lpips: Lpips, x: Tensor4D, y: Tensor4D): Promise<Numbers> {
  const [u, v] = [lpips.features(x), lpips.features(y)];
  const [each, sum, map] = [lpips.layers(u, v), lpips.distance(u, v), lpips.map(u, v)];
  try {
    const layers = Array.from(await each.data());
    return { layers, distance: at(await sum.data(), 0), map: await map.data<'float32'>() };
  } finally {
    for (const made of [u, v, each, sum, map]) made.dispose();
  }
}

/**
 * The size of a picture in pixels, upright.
 *
 * @throws LpipsError where it cannot be read
 */
export async function sizeOf(picture: Blob): Promise<ImageSize> {
  const bitmap = await decodeBlob(picture);
  const { width, height } = bitmap;
  bitmap.close();
  return { width, height };
}

function reduced({ width, height }: ImageSize): ImageSize {
  const factor = Math.min(1, Math.sqrt(MOST_PIXELS / (width * height)));
  return { width: Math.max(1, Math.floor(width * factor)), height: Math.max(1, Math.floor(height * factor)) };
}

function isSame(a: ImageSize, b: ImageSize): boolean {
  return a.width === b.width && a.height === b.height;
}

function told({ width, height }: ImageSize): string {
  return `${width} × ${height}`;
}
