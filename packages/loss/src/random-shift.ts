/**
 * @module
 * Crops both images at the same random offset, a new one at every step. A backbone with pooling sees a fixed grid. A
 * generator that is always compared on the same grid learns to fit it and leaves a visible pattern.
 */
import { slice, type Tensor4D } from '@tensorflow/tfjs-core';
import { checkNumber, invalid, mulberry32 } from 'lpips-core';
import { type Draw, drawNumbers } from 'tfjs-fused-training';
import { checkTensor } from './check-tensors.js';

/** Crops images of the same size at the same offset. */
export type Shift = (...images: Tensor4D[]) => Tensor4D[];

/**
 * Makes a function that crops `[batch, height, width, channels]` to `[batch, height − pixels, width − pixels, channels]`
 * at an offset of 0 to `pixels`, drawn anew at each call.
 *
 * @param pixels largest offset, in pixels; 0 leaves images as they are
 * @param seed a whole number
 * @returns the function, which throws an LpipsError for images that are no larger than `pixels`
 * @throws LpipsError for numbers that are not whole, and a negative `pixels`
 */
export function randomShift(pixels: number, seed: number): Shift {
  checkNumber('randomShift', 'pixels', pixels, { isWhole: true });
  checkNumber('randomShift', 'seed', seed, { isWhole: true });
  if (pixels === 0) return (...images) => images;
  const next = mulberry32(seed);
  const offset = () => Math.floor(next() * (pixels + 1));
  const offsets: Draw = {
    draw: () => [offset(), offset()],
    // The beginning of each crop, and what its gradient is padded by. // [axis, side]
    tensorsOf: ([top = 0, left = 0]) => [
      [0, top, left, 0],
      [0, 0, top, pixels - top, left, pixels - left, 0, 0],
    ],
  };
  return (...images) => {
    for (const image of images) checkTensor('randomShift', 'images', image);
    const [top = 0, left = 0] = drawNumbers(offsets);
    return images.map((image) => {
      const [batch, height, width, channels] = image.shape;
      if (Math.min(height, width) <= pixels) {
        const advice = 'The crop would leave nothing of them.';
        throw invalid(
          'randomShift',
          `less than ${Math.min(height, width)}, the smaller side of the images,`,
          'pixels',
          `${pixels}`,
          advice,
        );
      }
      return slice(image, [0, top, left, 0], [batch, height - pixels, width - pixels, channels]);
    });
  };
}
