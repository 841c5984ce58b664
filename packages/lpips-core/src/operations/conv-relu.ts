/**
 * @module
 * relu(convolution + bias) with frozen weights, and its gradient with respect to the input.
 *
 * Derivation, in one dimension: y[o] = Σ_k x[o·s + k − p] w[k], so dx[i] = Σ_o dy[o] w[i + p − o·s].
 * Write i + p = q·s + r with 0 ≤ r < s, and k = j·s + r: dx[q·s + r − p] = Σ_j dy[q − j] w[j·s + r].
 * For each phase r this is a stride-1 convolution of dy with every s-th weight, rotated by 180°; the s² phases are
 * the output channels of one convolution, which are interleaved. With s = 1 there is one phase: a forward convolution
 * with rotated kernels whose channel axes are swapped.
 */
import {
  engine,
  keep,
  pad,
  reshape,
  slice,
  type Tensor1D,
  type Tensor4D,
  tensor1d,
  tensor4d,
  transpose,
} from '@tensorflow/tfjs-core';
import type { Weight } from '../weights/weight-map.js';
import { convolve, convolveBiasRelu } from './convolve.js';
import { differentiablePerImage } from './differentiable.js';
import { hasKernel, METRIC_KERNELS } from './metric-kernels.js';
import { reluGradient } from './relu-gradient.js';
import type { Images } from './stack.js';

/** Geometry of a square convolution. */
export interface ConvGeometry {
  in: number;
  out: number;
  /** Side of the kernel. */
  kernel: number;
  stride: number;
  /** Zeros added on each of the four sides. */
  padding: number;
}

/** The frozen weights of one convolution on the current backend. */
export class ConvReluWeights {
  readonly filter: Tensor4D; // [kernel, kernel, in, out]
  readonly bias: Tensor1D; // [out]
  #gradientFilter: Tensor4D | undefined;

  constructor(
    readonly geometry: ConvGeometry,
    readonly weight: Weight,
    bias: Weight,
  ) {
    const { kernel, in: channelsIn, out } = geometry;
    this.filter = keep(tensor4d(toForwardFilter(weight.data, geometry), [kernel, kernel, channelsIn, out]));
    this.bias = keep(tensor1d(bias.data));
  }

  /** Rotated kernels. They are made for the first gradient, so that the weights stand once where only distances are measured. */
  get gradientFilter(): Tensor4D {
    if (!this.#gradientFilter) {
      const { kernel, in: channelsIn, out, stride } = this.geometry;
      const taps = Math.ceil(kernel / stride);
      const shape: [number, number, number, number] = [taps, taps, out, stride * stride * channelsIn];
      this.#gradientFilter = keep(tensor4d(toGradientFilter(this.weight.data, this.geometry), shape));
    }
    return this.#gradientFilter;
  }

  dispose(): void {
    this.filter.dispose();
    this.bias.dispose();
    this.#gradientFilter?.dispose();
  }
}

/**
 * relu(x * weights + bias), differentiable with respect to x. The gradient of relu at 0 is 0.
 *
 * @param x float32 `[batch, height, width, in]`
 * @returns float32 `[batch, height', width', out]`, ≥ 0
 */
export function convRelu<X extends Images>(x: X, weights: ConvReluWeights): X {
  return differentiablePerImage([x], (x) => {
    const y = convolveBiasRelu(x, weights.filter, weights.bias, weights.geometry);
    const [, height, width] = x.shape;
    return {
      value: y,
      saved: [y],
      isInternal: true,
      gradient: (dy, y) => [inputGradient(reluGradient(dy, y), weights, height, width)],
    };
  });
}

/** dx `[batch, height, width, in]` from the gradient dy of the convolution before its relu. */
export function inputGradient(
  dy: Tensor4D,
  weights: ConvReluWeights,
  height: number,
  width: number,
): Tensor4D {
  const { stride, kernel, padding } = weights.geometry;
  const filter = weights.gradientFilter;
  if (stride === 1) return convolve(dy, filter, { stride: 1, padding: kernel - 1 - padding });
  const phases = convolve(dy, filter, { stride: 1, padding: filter.shape[0] - 1 });
  if (hasKernel(METRIC_KERNELS.interleave)) {
    const attributes = { stride, padding, height, width };
    return engine().runKernel<Tensor4D>(METRIC_KERNELS.interleave, { x: phases }, attributes);
  }
  return crop(interleave(phases, stride), padding, height, width); // [batch, height, width, in]
}

/**
 * `[batch, rows, columns, (phaseY, phaseX, in)]` → `[batch, rows · stride, columns · stride, in]`, as `depthToSpace` does,
 * which on WASM takes 10 to 60 times as long; rows and channels of a phase stay together, so four axes suffice.
 */
function interleave(phases: Tensor4D, stride: number): Tensor4D {
  const [batch, rows, columns, channels] = phases.shape;
  const lines = reshape(phases, [batch * rows, columns, stride, channels / stride]); // [line, column, phaseY, (phaseX, in)]
  const whole = transpose(lines, [0, 2, 1, 3]); // [line, phaseY, column, (phaseX, in)]
  return reshape(whole, [batch, rows * stride, columns * stride, channels / stride ** 2]);
}

/** `height` rows and `width` columns of x from `start` on; those beyond its end, which no window reached, are 0. */
function crop(x: Tensor4D, start: number, height: number, width: number): Tensor4D {
  const missing = (have: number, wanted: number): [number, number] => [0, Math.max(0, start + wanted - have)];
  const [below, right] = [missing(x.shape[1], height), missing(x.shape[2], width)];
  const extended = below[1] || right[1] ? pad(x, [[0, 0], below, right, [0, 0]]) : x;
  return slice(extended, [0, start, start, 0], [-1, height, width, -1]);
}

/** `at` for weights alone: the generic one is slow where it reads many kinds of arrays. */
function weightAt(data: Float32Array, index: number): number {
  const weight = data[index];
  if (weight === undefined) throw new RangeError(`no weight ${index} of ${data.length}`);
  return weight;
}

/** `[out, in, kernel, kernel]` → `[kernel, kernel, in, out]`. */
function toForwardFilter(data: Float32Array, { in: channelsIn, out, kernel }: ConvGeometry): Float32Array {
  const filter = new Float32Array(data.length);
  let source = 0;
  for (let o = 0; o < out; o++) {
    for (let i = 0; i < channelsIn; i++) {
      for (let k = 0; k < kernel * kernel; k++) {
        filter[(k * channelsIn + i) * out + o] = weightAt(data, source++);
      }
    }
  }
  return filter;
}

/** `[out, in, kernel, kernel]` → `[taps, taps, out, (phaseY, phaseX, in)]`, rotated, with taps = ⌈kernel / stride⌉. */
function toGradientFilter(
  data: Float32Array,
  { in: channelsIn, out, kernel, stride }: ConvGeometry,
): Float32Array {
  const taps = Math.ceil(kernel / stride);
  const channels = stride * stride * channelsIn;
  const filter = new Float32Array(taps * taps * out * channels);
  let source = 0;
  for (let o = 0; o < out; o++) {
    for (let i = 0; i < channelsIn; i++) {
      for (let y = 0; y < kernel; y++) {
        const row = taps - 1 - Math.floor(y / stride);
        for (let x = 0; x < kernel; x++) {
          const column = taps - 1 - Math.floor(x / stride);
          const phase = (y % stride) * stride + (x % stride);
          filter[((row * taps + column) * out + o) * channels + phase * channelsIn + i] = weightAt(
            data,
            source++,
          );
        }
      }
    }
  }
  return filter;
}
