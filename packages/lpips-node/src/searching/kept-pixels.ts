/**
 * @module
 * The pixels of images of an index, which are decoded once as long as they are kept. What was asked for longest ago is dropped first.
 */
import { type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import { digestOf } from 'lpips-core';
import { type IndexedPlaces, readRow } from './indexed-files.js';

/** Bytes of the pixels that are kept: 5,000 images of 64x64. */
const MOST_BYTES = 256e6;

/** What is known of an image, or undefined where it cannot be read. */
type Pixels = { readonly values: Float32Array<ArrayBuffer>; readonly digest: string } | undefined;

/** Images of an index, by their rows. */
export class KeptPixels {
  readonly #places: IndexedPlaces;
  readonly #mostImages: number;
  /** What was asked for last is last. */
  readonly #kept = new Map<number, Promise<Pixels>>();

  constructor(places: IndexedPlaces, mostBytes = MOST_BYTES) {
    this.#places = places;
    const { width, height } = places.index.header;
    this.#mostImages = Math.max(1, Math.floor(mostBytes / (4 * 3 * width * height)));
  }

  /** @returns float32 `[1, height, width, 3]` in [-1, 1], undefined where the image cannot be read; the caller disposes */
  async read(row: number): Promise<Tensor4D | undefined> {
    const pixels = await this.#pixels(row);
    const { width, height } = this.#places.index.header;
    return pixels && tensor4d(pixels.values, [1, height, width, 3]);
  }

  /** The sha256 of the pixels, undefined where the image cannot be read. */
  async digestOf(row: number): Promise<string | undefined> {
    return (await this.#pixels(row))?.digest;
  }

  #pixels(row: number): Promise<Pixels> {
    const pixels = this.#kept.get(row) ?? decode(row, this.#places);
    this.#kept.delete(row);
    this.#kept.set(row, pixels);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.#mostImages) break;
      this.#kept.delete(oldest);
    }
    return pixels;
  }
}

async function decode(row: number, places: IndexedPlaces): Promise<Pixels> {
  const picture = await readRow(row, places);
  if (picture === undefined) return undefined;
  const values = Float32Array.from(await picture.data<'float32'>());
  picture.dispose();
  return { values, digest: await digestOf(new Uint8Array(values.buffer)) };
}
