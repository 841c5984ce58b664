/**
 * @module
 * Whether an operation of TensorFlow can stand in for a stock kernel: it is tried on a few numbers first, since it may be
 * missing in another version of the library or binding, or on another processor.
 */
import { type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';

/** A tensor of that shape to try it on: sin(step · i). */
export function wave(shape: number[], step: number): Tensor {
  const size = shape.reduce((product, side) => product * side, 1);
  return tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(i * step)),
    shape,
  );
}

/** Whether `compute` gives two tensors that differ nowhere by more than `largestDifference`; not if it throws. */
export function agree(
  largestDifference: number,
  compute: () => readonly [expected: Tensor, got: Tensor],
): boolean {
  try {
    return tidy(() => {
      const [expected, got] = compute().map((made) => [...made.dataSync()]) as [number[], number[]];
      return expected.every((value, i) => Math.abs(value - (got[i] ?? Number.NaN)) <= largestDifference);
    });
  } catch {
    return false;
  }
}
