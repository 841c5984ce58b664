/**
 * @module
 * From the caller's value range to what the backbone was trained on, one affine map per channel, and its gradient.
 *
 * The scaling layer of LPIPS 0.1 is (x − shift) / scale of images in [-1, 1]; it restates ImageNet's mean and
 * standard deviation. Version 0.0 and `lite` have none. Greyscale is repeated to three channels by broadcasting.
 */
import {
  cast,
  div,
  engine,
  mul,
  reshape,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
  tensor4d,
} from '@tensorflow/tfjs-core';
import { differentiable } from './differentiable.js';
import { hasKernel, METRIC_KERNELS } from './metric-kernels.js';

/** Smallest and largest value that images may have. */
export type ValueRange = readonly [-1, 1] | readonly [0, 1] | readonly [0, 255];

/** Constants of the scaling layer, one for each of red, green and blue, of images in [-1, 1]. */
export const SCALING_LAYER = {
  shift: [-0.03, -0.088, -0.188],
  scale: [0.458, 0.448, 0.45],
} as const;
const { shift: SHIFT, scale: SCALE } = SCALING_LAYER;

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
  if (scalingLayer && !isGrey && hasKernel(METRIC_KERNELS.scaleChannels)) {
    const over = SCALE.map((scale) => scale * halfSpan);
    return differentiable<[Tensor4D], Tensor4D, []>([images], () => ({
      value: scaleChannels(toUnitRange(images, low, halfSpan), SHIFT, SCALE),
      saved: [],
      gradient: (dy) => [scaleChannels(dy, [0, 0, 0], over)],
    }));
  }
  return differentiable([images], () => {
    const unit = toUnitRange(images, low, halfSpan);
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

const NO_LAYER = { shift: [0, 0, 0], scale: [1, 1, 1] } as const;
const { stackPair: STACK_PAIR, guardedScale: GUARDED_SCALE } = METRIC_KERNELS;

/** Whether the current backend scales the images of a pair, and guards their gradient, in one pass each. */
export function hasPairScaling(): boolean {
  return hasKernel(STACK_PAIR) && hasKernel(GUARDED_SCALE);
}

/** Images in [-1, 1] with three channels: those given, where they are so, or what `scaleImages` makes of them. */
export function unitImages(images: Tensor4D, range: ValueRange): Tensor4D {
  const isUnit = range[0] === -1 && images.dtype === 'float32' && images.shape[3] === 3;
  return isUnit ? images : scaleImages(images, range, false);
}

/**
 * Images and their references as the backbone takes them, one after the other. The gradient is the caller's.
 *
 * @param x float32 `[batch, height, width, 3]` in [-1, 1]
 * @param y as many references
 * @returns both `[2 batch, height, width, 3]`; marks `[batch]`: 0, or NaN for a pair of which a pixel is not finite
 */
export function stackPair(x: Tensor4D, y: Tensor4D, scalingLayer: boolean) {
  const { shift, scale } = scalingLayer ? SCALING_LAYER : NO_LAYER;
  const attributes = { shift: [...shift], scale: [...scale] };
  const [both, marks] = engine().runKernel<Tensor[]>(STACK_PAIR, { x, y }, attributes);
  return { both: both as Tensor4D, marks: marks as Tensor1D };
}

/**
 * The gradient of images in [-1, 1] from that of what the backbone takes.
 *
 * @param dy float32 `[batch, height, width, 3]`
 * @param marks of `stackPair`
 * @returns of the shape of dy, NaN for a marked image and where a value of its dy is not finite
 */
export function guardedScale(dy: Tensor4D, marks: Tensor1D, scalingLayer: boolean): Tensor4D {
  const { scale } = scalingLayer ? SCALING_LAYER : NO_LAYER;
  return engine().runKernel<Tensor4D>(GUARDED_SCALE, { dy, marks }, { scale: [...scale] });
}

/** In [-1, 1]. */
function toUnitRange(images: Tensor4D, low: number, halfSpan: number): Tensor4D {
  const floats: Tensor4D = images.dtype === 'float32' ? images : cast(images, 'float32');
  return low === -1 ? floats : sub(div(floats, halfSpan), 1);
}

function scaleChannels(x: Tensor4D, shift: readonly number[], scale: readonly number[]): Tensor4D {
  return engine().runKernel<Tensor4D>(
    METRIC_KERNELS.scaleChannels,
    { x },
    { shift: [...shift], scale: [...scale] },
  );
}
