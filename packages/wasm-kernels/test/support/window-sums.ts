/**
 * @module
 * Convolutions and poolings written out as their definition, in float64: the witness where the JavaScript backend's
 * kernels err too. Images are volumes of depth 1. The padding is TensorFlow's.
 */
import { at } from 'lpips-core';

type Triple = [number, number, number];

/** A convolution or pooling of `x`, `[batch, depth, height, width, channels]`, without dilation. */
export interface WindowSum {
  kind: 'full' | 'depthwise' | 'average' | 'maximum';
  x: [number, ...Triple, number];
  window: Triple;
  strides: Triple;
  /** A number stands for that many pixels before and after every side but a depth of 1. */
  pad: 'same' | 'valid' | number;
  /** Channels of the output, or multiplier of a depthwise convolution. */
  out: number;
}

/** Sides of the output, and the padding before each. */
function sidesOf({ x, window, strides, pad }: WindowSum): { sides: Triple; before: Triple } {
  const axes = ([0, 1, 2] as const).map((axis) => {
    const [size, k, s] = [x[axis + 1] as number, window[axis], strides[axis]];
    if (pad === 'same') {
      const count = Math.ceil(size / s);
      return { count, before: Math.floor(Math.max(0, (count - 1) * s + k - size) / 2) };
    }
    const before = pad === 'valid' || (axis === 0 && size === 1) ? 0 : pad;
    return { count: Math.floor((size + 2 * before - k) / s) + 1, before };
  });
  return {
    sides: axes.map(({ count }) => count) as Triple,
    before: axes.map(({ before }) => before) as Triple,
  };
}

/** Channels of the output. */
function channelsOut({ kind, x, out }: WindowSum): number {
  if (kind === 'full') return out;
  return kind === 'depthwise' ? x[4] * out : x[4];
}

/** `[batch, depth', height', width', channels']`. */
export function shapeOfSum(sum: WindowSum): [number, ...Triple, number] {
  return [sum.x[0], ...sidesOf(sum).sides, channelsOut(sum)];
}

/** The values of the output for the values of x and of the filter `[depth, height, width, in, out]`. */
export type Definition = (x: ArrayLike<number>, filter: ArrayLike<number>) => Float64Array;

/**
 * The definition of a sum. Where its values come from is found once and kept in plain arrays, since central differences
 * evaluate it hundreds of times.
 */
export function definitionOf(sum: WindowSum): Definition {
  const { kind } = sum;
  const isWeighted = kind === 'full' || kind === 'depthwise';
  const { ends, inputs, weights } = placesOf(sum);
  return (x, filter) => {
    const y = new Float64Array(ends.length);
    let place = 0;
    for (const [output, end] of ends.entries()) {
      const count = end - place;
      let [total, largest] = [0, Number.NEGATIVE_INFINITY];
      for (; place < end; place++) {
        const value = x[inputs[place] as number] as number;
        total += isWeighted ? value * (filter[weights[place] as number] as number) : value;
        if (value > largest) largest = value;
      }
      if (kind === 'maximum') y[output] = largest;
      else y[output] = kind === 'average' ? total / count : total;
    }
    return y;
  };
}

/** The values that each value of the output is made of, in a row: `ends[i]` is the end of those of output i. */
interface Places {
  ends: Int32Array;
  /** In x. */
  inputs: Int32Array;
  /** In the filter. Poolings have none. */
  weights: Int32Array;
}

function placesOf(sum: WindowSum): Places {
  const { kind, window, strides, out } = sum;
  const [batch, depth, height, width, channels] = sum.x;
  const { sides, before } = sidesOf(sum);
  const outChannels = channelsOut(sum);
  const [ends, inputs, weights]: [number[], number[], number[]] = [[], [], []];
  for (let image = 0; image < batch; image++) {
    for (const [d0, r0, c0] of starts(sides, strides, before)) {
      for (let channel = 0; channel < outChannels; channel++) {
        let tap = -1;
        for (let d = d0; d < d0 + window[0]; d++) {
          for (let r = r0; r < r0 + window[1]; r++) {
            for (let c = c0; c < c0 + window[2]; c++) {
              tap++;
              if (d < 0 || d >= depth || r < 0 || r >= height || c < 0 || c >= width) continue;
              const first = (((image * depth + d) * height + r) * width + c) * channels;
              if (kind === 'full') {
                for (let i = 0; i < channels; i++) {
                  inputs.push(first + i);
                  weights.push((tap * channels + i) * out + channel);
                }
              } else if (kind === 'depthwise') {
                inputs.push(first + Math.floor(channel / out));
                weights.push(tap * outChannels + channel);
              } else {
                inputs.push(first + channel);
              }
            }
          }
        }
        ends.push(inputs.length);
      }
    }
  }
  return { ends: Int32Array.from(ends), inputs: Int32Array.from(inputs), weights: Int32Array.from(weights) };
}

/** Where each window begins, in the order of the output. */
function starts(sides: Triple, strides: Triple, before: Triple): Triple[] {
  const along = (axis: 0 | 1 | 2) =>
    Array.from({ length: sides[axis] }, (_, index) => index * strides[axis] - before[axis]);
  return along(0).flatMap((d) => along(1).flatMap((r) => along(2).map((c): Triple => [d, r, c])));
}

/** Σ dy · y, differentiated by each of `values` by central differences of this step. */
export function centralDifferences(
  values: Float32Array,
  step: number,
  dy: ArrayLike<number>,
  work: (values: Float32Array) => Float64Array,
): Float64Array {
  const moved = (index: number, by: number): [number, number] => {
    const copy = values.slice();
    copy[index] = at(values, index) + by;
    return [at(copy, index), work(copy).reduce((sum, y, place) => sum + y * at(dy, place), 0)];
  };
  return Float64Array.from(values, (_, index) => {
    const [[high, above], [low, below]] = [moved(index, step), moved(index, -step)];
    return (above - below) / (high - low);
  });
}
