/**
 * @module
 * Tensors as 8-bit pixels, for drawing.
 */
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { type ImageSize, invalid } from 'lpips-core';

/** Interleaved 8-bit sRGB, row by row. */
export interface RgbPixels extends ImageSize {
  readonly data: Uint8Array;
}

/**
 * The pixels that were compared, as 8-bit levels.
 *
 * @param image float32 `[1, height, width, 3]`, RGB, in [-1, 1], as `readImage` gives it; not disposed
 * @returns `width * height * 3` bytes; an 8-bit file gives its own levels back
 * @throws LpipsError on another shape
 */
export async function imagePixels(image: Tensor4D): Promise<RgbPixels> {
  const [batch, height, width, channels] = image.shape;
  if (batch !== 1 || channels !== 3) {
    throw invalid('imagePixels', '[1, height, width, 3]', 'image', `[${image.shape.join(', ')}]`);
  }
  const values = await image.data<'float32'>();
  const levels = new Uint8ClampedArray(values.length);
  for (let i = 0; i < values.length; i++) levels[i] = ((values[i] ?? 0) + 1) * 127.5;
  return { width, height, data: new Uint8Array(levels.buffer) };
}
