/**
 * @module
 * From the caller's value range to what the backbone was trained on, one affine map per channel, and its gradient.
 *
 * The scaling layer of LPIPS 0.1 is (x − shift) / scale of images in [-1, 1]; it restates ImageNet's mean and
 * standard deviation. Version 0.0 and `lite` have none. Greyscale is repeated to three channels by broadcasting.
 */
import { cast, div, mul, reshape, sub, sum, type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import { differentiable } from './differentiable.js';

/** Smallest and largest value that images may have. */
export type ValueRange = readonly [-1, 1] | readonly [0, 1] | readonly [0, 255];

const SHIFT = [-0.03, -0.088, -0.188];
const SCALE = [0.458, 0.448, 0.45];

/**
 * Images as the backbone takes them, differentiable with respect to the images. Subtracts and divides as the
 * official code does, since its rounding decides the units whose activation is 0 but for rounding.
 *
 * @param images `[batch, height, width, 3 or 1]` in `range`
 * @param scalingLayer whether the network has LPIPS 0.1's scaling layer
 * @returns float32 `[batch, height, width, 3]`
 */
export function scaleImages(images: Tensor4D, [low, high]: ValueRange, scalingLayer: boolean): Tensor4D {
  const [batch, height, width, channels] = images.shape;
  const isGrey = channels === 1;
  const halfSpan = (high - low) / 2;
  // Rows of pixels at once: backends are slow where only three values repeat. Greyscale is repeated by the same step.
  const rows: [number, number, number, number] = isGrey ? images.shape : [batch, height, 1, 3 * width];
  const perRow = (values: readonly number[]): Tensor4D => {
    const repeated = Array.from({ length: isGrey ? 1 : width }, () => values).flat();
    return tensor4d(repeated, [1, 1, 1, repeated.length]);
  };
  const shape: [number, number, number, number] = [batch, height, width, 3];
  return differentiable([images], () => {
    const unit: Tensor4D = low === -1 ? images : sub(div(cast(images, 'float32'), halfSpan), 1); // in [-1, 1]
    const [shift, scale] = scalingLayer
      ? [perRow(SHIFT), perRow(SCALE)]
      : [perRow([0, 0, 0]), perRow([1, 1, 1])];
    return {
      value: reshape(div(sub(reshape(unit, rows), shift), scale), shape),
      saved: [scale],
      gradient: (dy, scale) => {
        const across: Tensor4D = isGrey ? dy : reshape(dy, rows);
        const dx: Tensor4D = reshape(div(across, mul(scale, halfSpan)), shape);
        return [isGrey ? sum(dx, 3, true) : dx];
      },
    };
  });
}
