/**
 * @module
 * Whether an operation of TensorFlow can replace a stock kernel. It is tried on a few numbers first, because another
 * version of the library or binding, or another processor, may not have it.
 */
import { abs, engine, sub, Tensor, type TensorInfo, tensor, tidy, util } from '@tensorflow/tfjs-core';

/** A tensor to try operations on: sin(step · i). */
export function wave(shape: number[], step: number): Tensor {
  const size = shape.reduce((product, side) => product * side, 1);
  return tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(i * step)),
    shape,
  );
}

/** What a kernel returned as a tensor. Where it is one, a second one of the same data would be counted for ever. */
export function asTensor(result: TensorInfo): Tensor {
  return result instanceof Tensor ? result : engine().makeTensorFromTensorInfo(result);
}

/** Whether `compute` gives two tensors that differ nowhere by more than `largestDifference`. False if it throws. */
export function agree(
  largestDifference: number,
  compute: () => readonly [expected: Tensor, got: Tensor],
): boolean {
  try {
    return tidy(() => {
      const [expected, got] = compute();
      util.assertShapesMatch(expected.shape, got.shape);
      return abs(sub(expected, got))
        .dataSync()
        .every((difference) => difference <= largestDifference);
    });
  } catch {
    return false;
  }
}
