/**
 * @module
 * Paddings that the stock backend gets wrong, and the explicit ones that mean the same.
 *
 * - A number: TensorFlow.js computes the width of the output with the height of the window and the vertical stride. With
 *   windows or strides that are not square the kernel then reads and writes beyond its tensors.
 * - `'same'`, where the windows leave pixels out at the end, k + (⌈n/s⌉ − 1)·s < n: the 2D kernels compute the negative
 *   padding as an unsigned number and see zeros alone; in 3D the windows move inwards, which TensorFlow's do not.
 */
import type { backend_util, NamedAttrMap } from '@tensorflow/tfjs-core';

/** What the forward kernels accept for images. */
export type Padding = Parameters<typeof backend_util.computeConv2DInfo>[4];

type Pair = readonly [number, number];

/** One value for each axis of `rank`, from an attribute that may be one number for all. */
export function perAxis(value: NamedAttrMap[string] | undefined, rank: number): number[] {
  return Array.isArray(value) ? value.map(Number) : Array<number>(rank).fill(Number(value ?? 1));
}

/** How many pixels the padding `'same'` adds before and after a side, as TensorFlow does: never less than 0. */
function samePadding(size: number, window: number, stride: number): [number, number] {
  const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + window - size);
  const before = Math.floor(total / 2);
  return [before, total - before];
}

/** How many pixels of a side the windows reach with `'same'`; fewer than `size` where they leave some out. */
export function pixelsReached(size: number, window: number, stride: number): number {
  return Math.min(size, (Math.ceil(size / stride) - 1) * stride + window);
}

/**
 * The padding to give to a stock kernel: `pad` itself where the kernel gets it right, else the explicit one of the same
 * meaning.
 *
 * @param sides height and width of the image
 * @param windows height and width of the window in pixels, dilation included
 * @param strides vertical and horizontal
 */
export function soundPadding(pad: Padding, sides: Pair, windows: Pair, strides: Pair): Padding {
  if (typeof pad === 'number') {
    const isSquare = windows[0] === windows[1] && strides[0] === strides[1];
    return isSquare ? pad : explicit([pad, pad], [pad, pad]);
  }
  if (pad !== 'same') return pad;
  const reaches = (axis: 0 | 1) => pixelsReached(sides[axis], windows[axis], strides[axis]) === sides[axis];
  if (reaches(0) && reaches(1)) return pad;
  const along = (axis: 0 | 1) => samePadding(sides[axis], windows[axis], strides[axis]);
  return explicit(along(0), along(1));
}

function explicit(rows: [number, number], columns: [number, number]): Padding {
  return [[0, 0], rows, columns, [0, 0]]; // of batch, height, width and channels
}
