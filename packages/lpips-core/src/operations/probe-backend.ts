/**
 * @module
 * Finds out by a small computation where the gradient of max pooling goes in a tie, for a backend that was never measured.
 */
import { engine, MaxPoolGrad, ones, type Tensor4D, tidy } from '@tensorflow/tfjs-core';

/** Side of the images. */
const SIDE = 5;
/** The pixels at which windows of 2x2 or 3x3 begin with stride 2, row by row. */
const BEGINNINGS = '10100 00000 10100 00000 00000';

/** What the backend answers. `false` is always safe, and only costs time. */
interface Probed {
  readonly routesToFirstMaximum: boolean;
}

/**
 * Probes the current backend. It reads synchronously; a backend that cannot do so answers `false`.
 * No tape records it, and no tensor is left.
 */
export function probeBackend(): Probed {
  return {
    routesToFirstMaximum: isYes(() => isFirstMaximum(2) && isFirstMaximum(3)),
  };
}

/** Whether the answer is yes. An error, such as that a kernel is missing, is a no. */
function isYes(question: () => boolean): boolean {
  const { state } = engine();
  state.kernelDepth++; // as inside a kernel, where no tape records
  try {
    return tidy(question);
  } catch {
    return false;
  } finally {
    state.kernelDepth--;
  }
}

/** Whether each window of an image of ones gives its gradient to its first pixel. */
function isFirstMaximum(filterSize: number): boolean {
  const [input, output] = [ones([1, SIDE, SIDE, 1]), ones([1, 2, 2, 1])];
  const attributes = { filterSize, strides: 2, pad: 'valid' };
  const dx = engine().runKernel<Tensor4D>(MaxPoolGrad, { dy: output, input, output }, attributes);
  return dx.dataSync().join('') === BEGINNINGS.replaceAll(' ', '');
}
