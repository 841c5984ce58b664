/**
 * @module
 * Max pooling without padding, and its gradient. A maximum counts once: where several pixels of a window share the
 * largest value, one of them takes the whole gradient (which one is the backend's choice), as in PyTorch.
 *
 * `ceil` adds a row and a column of zeros below and to the right where the last window would hang over. This is
 * PyTorch's ceil_mode for inputs ≥ 0, which all are here, since every pooling follows a relu.
 */
import { engine, MaxPool, MaxPoolGrad, pad, slice, type Tensor4D } from '@tensorflow/tfjs-core';
import { differentiable } from './differentiable.js';

/** Geometry of a square pooling window. */
export interface PoolGeometry {
  /** Side of the window. */
  size: number;
  stride: number;
  /** Whether a last window that hangs over the edge counts. */
  ceil: boolean;
}

/**
 * Largest value of each window, differentiable with respect to x.
 *
 * @param x float32 `[batch, height, width, channels]`, ≥ 0
 */
export function maxPool(x: Tensor4D, { size, stride, ceil }: PoolGeometry): Tensor4D {
  const attrs = { filterSize: size, strides: stride, pad: 'valid' };
  return differentiable([x], () => {
    const [, height, width] = x.shape;
    const overhang = (side: number): [number, number] => [0, ceil ? hangsOver(side, size, stride) : 0];
    const [below, right] = [overhang(height), overhang(width)];
    const isPadded = below[1] > 0 || right[1] > 0;
    const input: Tensor4D = isPadded ? pad(x, [[0, 0], below, right, [0, 0]]) : x;
    const output = engine().runKernel<Tensor4D>(MaxPool, { x: input }, attrs);
    return {
      value: output,
      saved: [input, output],
      gradient: (dy, input, output) => {
        const dx = engine().runKernel<Tensor4D>(MaxPoolGrad, { dy, input, output }, attrs);
        return [isPadded ? slice(dx, [0, 0, 0, 0], x.shape) : dx];
      },
    };
  });
}

/** Pixels by which the last of ⌈(side − size) / stride⌉ + 1 windows passes the edge. */
function hangsOver(side: number, size: number, stride: number): number {
  return Math.ceil((side - size) / stride) * stride + size - side;
}
