/**
 * @module
 * Finds out two things about a backend that was never measured, by small computations: where the gradient of max pooling
 * goes in a tie, and whether NaN passes a convolution with relu.
 */
import {
  engine,
  FusedConv2D,
  MaxPoolGrad,
  ones,
  type Tensor4D,
  tensor4d,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';

/** Side of the images. */
const SIDE = 5;
/** The pixels at which windows of 2x2 or 3x3 begin with stride 2, row by row. */
const BEGINNINGS = '10100 00000 10100 00000 00000';
/** NaN with either sign: a relu that compares floats as integers takes one of the two for a negative number. */
const NAN_BITS = [0x7fc00000, 0xffc00000];
/** As the first convolution of the networks has at least: a kernel may treat fewer otherwise. */
const CHANNELS_OUT = 16;

/** What the backend answers. `false` is always safe, and only costs time. */
interface Probed {
  readonly routesToFirstMaximum: boolean;
  readonly propagatesNaN: boolean;
}

/**
 * Probes the current backend. It reads synchronously; a backend that cannot do so answers `false` to both questions.
 * No tape records it, and no tensor is left.
 */
export function probeBackend(): Probed {
  return {
    routesToFirstMaximum: isYes(() => isFirstMaximum(2) && isFirstMaximum(3)),
    propagatesNaN: isYes(doesNaNPass),
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

/** Whether NaN in the middle of an image reaches everything that a 3x3 convolution with relu computes from it. */
function doesNaNPass(): boolean {
  const words = new Uint32Array(NAN_BITS.length * SIDE * SIDE * 3);
  for (const [image, bits] of NAN_BITS.entries()) words[((image * SIDE + 2) * SIDE + 2) * 3] = bits; // pixel (2, 2)
  const x = tensor4d(new Float32Array(words.buffer), [NAN_BITS.length, SIDE, SIDE, 3]);
  const [filter, bias] = [ones([3, 3, 3, CHANNELS_OUT]), zeros([CHANNELS_OUT])];
  const attributes = {
    strides: [1, 1],
    pad: 'valid',
    dataFormat: 'NHWC',
    dilations: [1, 1],
    activation: 'relu',
  };
  const y = engine().runKernel<Tensor4D>(FusedConv2D, { x, filter, bias }, attributes);
  return y.dataSync().every(Number.isNaN); // [2, 3, 3, 16], each window of which holds the pixel
}
