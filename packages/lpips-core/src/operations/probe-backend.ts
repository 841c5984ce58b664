/**
 * @module
 * Two questions to a backend of which nothing was measured, asked by small computations: where the gradient of max
 * pooling goes in a tie, and whether NaN passes a convolution with relu.
 */
import {
  engine,
  FusedConv2D,
  getBackend,
  getKernel,
  MaxPoolGrad,
  ones,
  type Tensor,
  type Tensor4D,
  tensor4d,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';

/** Side of the images. Windows of 2 and of 3 with stride 2 begin at the same pixels of them. */
const SIDE = 5;
const BEGINNINGS = [0, 2, 2 * SIDE, 2 * SIDE + 2];
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
    routesToFirstMaximum:
      getKernel(MaxPoolGrad, getBackend()) !== undefined && [2, 3].every((size) => isYes(tieOf(size))),
    propagatesNaN: NAN_BITS.every((bits) => isYes(nanOf(bits))),
  };
}

/** Whether `question` is answered by yes: an error is a no. */
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
function tieOf(filterSize: number): () => boolean {
  return () => {
    const attributes = { filterSize, strides: 2, pad: 'valid' };
    const [input, output, dy] = [ones([1, SIDE, SIDE, 1]), ones([1, 2, 2, 1]), ones([1, 2, 2, 1])];
    const dx = valuesOf(engine().runKernel<Tensor4D>(MaxPoolGrad, { dy, input, output }, attributes));
    return dx.every((value, pixel) => value === (BEGINNINGS.includes(pixel) ? 1 : 0));
  };
}

/** Whether NaN in the middle of an image reaches everything that a 3x3 convolution with relu computes from it. */
function nanOf(bits: number): () => boolean {
  return () => {
    const words = new Uint32Array(SIDE * SIDE * 3);
    words[(2 * SIDE + 2) * 3] = bits; // the first channel of pixel (2, 2)
    const x = tensor4d(new Float32Array(words.buffer), [1, SIDE, SIDE, 3]);
    const signs = Float32Array.from({ length: 9 * 3 * CHANNELS_OUT }, (_, i) => (i % 2 === 0 ? 1 : -1));
    const filter = tensor4d(signs, [3, 3, 3, CHANNELS_OUT]);
    const bias = zeros([CHANNELS_OUT]);
    const attributes = {
      strides: [1, 1],
      pad: 'valid',
      dataFormat: 'NHWC',
      dilations: [1, 1],
      activation: 'relu',
    };
    const y = engine().runKernel<Tensor4D>(FusedConv2D, { x, filter, bias }, attributes);
    return valuesOf(y).every(Number.isNaN); // [1, 3, 3, 16], each window of which holds the pixel
  };
}

function valuesOf(tensor: Tensor): number[] {
  return Array.from(tensor.dataSync());
}
