/**
 * @module
 * A picture in memory for decoders and encoders: bytes. Photographs and what is drawn over them stay bytes, a quarter
 * of the memory of a `Raster`, and an 8-bit file keeps its own levels.
 */
import { Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { type ImageSize, invalid, kindOf } from 'lpips-core';
import { outside } from './outside.js';

/** A picture as bytes. */
export interface RgbPixels extends ImageSize {
  /** `[height, width, 3]`, sRGB, 0 to 255 */
  readonly data: Uint8Array;
}

/**
 * The levels of a tensor's pixels.
 *
 * @param image float32 `[1, height, width, 3]`, RGB, in [-1, 1], as `readImage` gives it; not disposed
 * @returns the levels of the file, if the tensor was read from an 8-bit file
 * @throws LpipsError if it is no tensor, or of another shape
 */
export async function imagePixels(image: Tensor4D): Promise<RgbPixels> {
  if (!(image instanceof Tensor)) throw invalid('imagePixels', 'a tensor', 'image', kindOf(image));
  const [batch, height, width, channels] = image.shape;
  if (batch !== 1 || channels !== 3) {
    throw invalid(
      'imagePixels',
      '[1, height, width, 3]',
      'image',
      `[${image.shape.join(', ')}]`,
      'Take one image of the batch.',
    );
  }
  const values = await image.data<'float32'>();
  const levels = new Uint8ClampedArray(values.length);
  for (let i = 0; i < levels.length; i++) levels[i] = ((values[i] ?? outside()) + 1) * 127.5;
  return { width, height, data: new Uint8Array(levels.buffer) };
}
