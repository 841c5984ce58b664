/**
 * @module
 * The kernels of `src/convolutions/` on a pool of the test's own, each with seeded numbers.
 */
import { backend_util } from '@tensorflow/tfjs-core';
import { randomValues, sizeOf } from '../../../../test/support/numbers.js';
import { convolve } from '../../src/convolutions/convolve.js';
import {
  convolveDepthwise,
  depthwiseFilterGradient,
  depthwiseInputGradient,
} from '../../src/convolutions/depthwise.js';
import { filterGradient } from '../../src/convolutions/filter-gradient.js';
import { type Geometry, geometryOf } from '../../src/convolutions/geometry.js';
import { inputGradient } from '../../src/convolutions/input-gradient.js';
import { methodFor, packFilter, tapsInOrder } from '../../src/convolutions/packed-filter.js';
import type { Pool } from '../../src/pool/pool.js';

type Shape4D = [number, number, number, number];
type Pair = [number, number];

/** A forward convolution; of a depthwise one the filter is `[rows, columns, in, multiplier]`. */
export interface OwnConvolution {
  readonly kind: 'full' | 'depthwise';
  readonly x: Shape4D;
  readonly filter: Shape4D;
  readonly strides?: number | Pair;
  readonly dilations?: number | Pair;
  readonly pad?: 'same' | 'valid' | number;
}

/** What is computed of a convolution. */
export const PARTS = ['forward', 'input gradient', 'filter gradient'] as const;
export type Part = (typeof PARTS)[number];

export function geometryOfOwn(convolution: OwnConvolution): Geometry {
  const { kind, x, filter, strides = 1, dilations = 1, pad = 'same' } = convolution;
  const isDepthwise = kind === 'depthwise';
  return geometryOf(
    backend_util.computeConv2DInfo(x, filter, strides, dilations, pad, undefined, isDepthwise),
  );
}

/** The geometry in words, with the method of the forward pass. */
export function titleOfOwn(convolution: OwnConvolution): string {
  const { kind, x, filter, strides = 1, dilations = 1, pad = 'same' } = convolution;
  const method = kind === 'full' ? ` ${methodFor(geometryOfOwn(convolution))}` : '';
  return `${kind}${method} x=[${x.join()}] f=[${filter.join()}] s=${String(strides)} d=${String(dilations)} p=${pad}`;
}

/** Numbers that a convolution and its gradients are computed from. */
interface Operands {
  readonly x: Float32Array;
  readonly filter: Float32Array;
  readonly bias: Float32Array;
  readonly dy: Float32Array;
}

export function operandsOf(convolution: OwnConvolution): Operands {
  const g = geometryOfOwn(convolution);
  return {
    x: randomValues(sizeOf(convolution.x), 1),
    filter: randomValues(sizeOf(convolution.filter), 2),
    bias: randomValues(g.out, 3),
    dy: randomValues(g.batch * g.outHeight * g.outWidth * g.out, 4),
  };
}

/** The operands of one image of the batch. */
export function ofImage({ x, dy, ...shared }: Operands, image: number, batch: number): Operands {
  const part = (numbers: Float32Array) =>
    numbers.subarray((image * numbers.length) / batch, ((image + 1) * numbers.length) / batch);
  return { ...shared, x: part(x), dy: part(dy) };
}

/**
 * One part of a convolution on a pool.
 *
 * @throws Error if it does not fit the memory
 */
export function compute(pool: Pool, convolution: OwnConvolution, part: Part, given: Operands): Float32Array {
  const g = geometryOfOwn(convolution);
  const { x, filter, bias, dy } = given;
  const sizes = {
    forward: g.batch * g.outHeight * g.outWidth * g.out,
    'input gradient': g.batch * g.height * g.width * g.in,
    'filter gradient': filter.length,
  };
  const result = new Float32Array(sizes[part]);
  if (!run(pool, convolution.kind, part, g, { x, filter, bias, dy }, result)) throw new Error('no room');
  return result;
}

function run(
  pool: Pool,
  kind: OwnConvolution['kind'],
  part: Part,
  g: Geometry,
  { x, filter, bias, dy }: Operands,
  result: Float32Array,
): boolean {
  const isFull = kind === 'full';
  const ending = { bias, activation: 'relu' } as const;
  if (part === 'filter gradient') {
    return (isFull ? filterGradient : depthwiseFilterGradient)(pool, g, x, dy, result);
  }
  if (part === 'input gradient') {
    return (isFull ? inputGradient : depthwiseInputGradient)(pool, g, dy, filter, result);
  }
  if (!isFull) return convolveDepthwise(pool, g, x, filter, ending, result);
  const packed = packFilter(pool, filter, tapsInOrder(g), methodFor(g));
  if (!packed) return false;
  try {
    return convolve(pool, g, x, packed, ending, result);
  } finally {
    pool.memory.free(packed.address);
  }
}
