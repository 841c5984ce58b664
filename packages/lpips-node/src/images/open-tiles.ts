/**
 * @module
 * Image files that are too large for a tensor: decoded once, as bytes, and read in rectangles. Decoding itself holds 3 bytes for
 * each pixel, 4 where there is transparency, and twice as many of 16-bit files.
 */
import { type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import { type DecodedPixels, type ImageSize, type Span, type TileSource, toUnitRange } from 'lpips-core';
import type { RgbPixels } from 'lpips-pictures';

/** Largest number of pixels of an image that is read in tiles: 32768 x 32768. */
export const MOST_TILED_PIXELS = 2 ** 30;

/** Rows that are converted at once. */
const STRIP = 256;

/** A decoded image, read in rectangles. Nothing has to be disposed but what it gives. */
export class ImageTiles implements TileSource {
  readonly height: number;
  readonly width: number;
  readonly #pixels: DecodedPixels;
  readonly #background: readonly number[];

  /**
   * Made by `openTiles`.
   *
   * @param background colour under transparent pixels, each channel in [0, 1]
   */
  constructor(pixels: DecodedPixels, { width, height }: ImageSize, background: readonly number[]) {
    this.#pixels = pixels;
    this.height = height;
    this.width = width;
    this.#background = background;
  }

  /** @returns float32 `[1, rows, columns, 3]`, sRGB, in [-1, 1], as `readImage` gives it; the caller disposes */
  async read(rows: Span, columns: Span): Promise<Tensor4D> {
    const [height, width] = [rows.end - rows.start, columns.end - columns.start];
    return tensor4d(this.#values(rows, columns), [1, height, width, 3]);
  }

  /** The levels of all pixels in 8 bits. */
  levels(): RgbPixels {
    const { width, height } = this;
    const data = new Uint8ClampedArray(width * height * 3);
    for (let start = 0; start < height; start += STRIP) {
      const rows = { start, end: Math.min(height, start + STRIP) };
      const values = this.#values(rows, { start: 0, end: width });
      for (let i = 0; i < values.length; i++) data[start * width * 3 + i] = ((values[i] ?? 0) + 1) * 127.5;
    }
    return { width, height, data: new Uint8Array(data.buffer) };
  }

  #values(rows: Span, columns: Span): Float32Array {
    const { values, channels } = this.#pixels;
    const [height, width] = [rows.end - rows.start, (columns.end - columns.start) * channels];
    const size = height * width;
    const crop = values instanceof Uint16Array ? new Uint16Array(size) : new Uint8Array(size);
    for (let row = 0; row < height; row++) {
      const start = ((rows.start + row) * this.width + columns.start) * channels;
      crop.set(values.subarray(start, start + width), row * width);
    }
    return toUnitRange({ ...this.#pixels, values: crop }, this.#background);
  }
}
