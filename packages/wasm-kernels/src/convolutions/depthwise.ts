/**
 * @module
 * Depthwise convolutions and their gradients (`assembly/threads/depthwise.ts`), some images at a time.
 */
import { JOB_KIND, type JobKind } from '../pool/job-kind.js';
import type { Pool } from '../pool/pool.js';
import { type Activation, activationNumber } from './activation.js';
import { copyFramed, type Frame, frameOf, type Geometry, inParts } from './geometry.js';

const FLOAT = Float32Array.BYTES_PER_ELEMENT;

/** Geometry of a depthwise convolution: `out` is `in` times the multiplier. */
type Depthwise = Geometry;

/** Addresses of what a job reads and writes. */
interface Operands {
  readonly x: number;
  readonly y: number;
  readonly filter: number;
  readonly bias: number;
}

/**
 * y = activation(x * filter + bias), each channel with its own kernels.
 *
 * @param x float32 `[batch, height, width, in]`
 * @param filter float32 `[rows, columns, in, multiplier]`
 * @param bias float32 `[in · multiplier]`
 * @param y float32 `[batch, outHeight, outWidth, in · multiplier]`, to be written
 * @returns false if it does not fit the memory; y is then unfinished
 */
export function convolveDepthwise(
  pool: Pool,
  g: Depthwise,
  x: Float32Array,
  filter: Float32Array,
  { bias, activation = 'linear' }: { bias?: Float32Array | undefined; activation?: Activation },
  y: Float32Array,
): boolean {
  const frame = frameOf(g);
  return inParts(g, pool.bytesAtOnce, (part, image) => {
    const sizes = {
      x: framedSize(part, frame),
      y: sizeOfY(part),
      filter: filter.length,
      bias: bias?.length ?? 0,
    };
    return withBlocks(pool, sizes, (at, floats) => {
      copyFramed(
        x.subarray((image * sizeOfX(g)) / g.batch),
        { ...part, channels: g.in },
        frame,
        floats(at.x, sizes.x),
      );
      floats(at.filter, filter.length).set(filter);
      if (bias) floats(at.bias, bias.length).set(bias);
      const operands = bias ? at : { ...at, bias: 0 };
      run(
        pool,
        JOB_KIND.convolveDepthwise,
        part,
        frame,
        operands,
        part.batch * g.outHeight,
        activationNumber(activation),
      );
      y.set(floats(at.y, sizes.y), (image * sizeOfY(g)) / g.batch);
    });
  });
}

/** dx `[batch, height, width, in]` from dy and the filter; as `convolveDepthwise`. */
export function depthwiseInputGradient(
  pool: Pool,
  g: Depthwise,
  dy: Float32Array,
  filter: Float32Array,
  dx: Float32Array,
): boolean {
  const frame = frameOf(g);
  return inParts(g, pool.bytesAtOnce, (part, image) => {
    const sizes = { x: sizeOfX(part), y: sizeOfY(part), filter: filter.length, bias: 0 };
    const first = (image * sizeOfY(g)) / g.batch;
    return withBlocks(pool, sizes, (at, floats) => {
      floats(at.y, sizes.y).set(dy.subarray(first, first + sizes.y));
      floats(at.filter, filter.length).set(filter);
      run(pool, JOB_KIND.depthwiseInputGradient, part, frame, { ...at, bias: 0 }, part.batch * g.height, 0);
      dx.set(floats(at.x, sizes.x), (image * sizeOfX(g)) / g.batch);
    });
  });
}

/** dw `[rows, columns, in, multiplier]` from x and dy; as `convolveDepthwise`. */
export function depthwiseFilterGradient(
  pool: Pool,
  g: Depthwise,
  x: Float32Array,
  dy: Float32Array,
  dw: Float32Array,
): boolean {
  const frame = frameOf(g);
  dw.fill(0);
  return inParts(g, pool.bytesAtOnce, (part, image) => {
    const sizes = { x: framedSize(part, frame), y: sizeOfY(part), filter: dw.length, bias: 0 };
    const first = (image * sizeOfY(g)) / g.batch;
    return withBlocks(pool, sizes, (at, floats) => {
      copyFramed(
        x.subarray((image * sizeOfX(g)) / g.batch),
        { ...part, channels: g.in },
        frame,
        floats(at.x, sizes.x),
      );
      floats(at.y, sizes.y).set(dy.subarray(first, first + sizes.y));
      run(pool, JOB_KIND.depthwiseFilterGradient, part, frame, { ...at, bias: 0 }, g.rows * g.columns, 0);
      const sums = floats(at.filter, dw.length);
      for (let i = 0; i < dw.length; i++) dw[i] = (dw[i] ?? 0) + (sums[i] ?? 0);
    });
  });
}

const sizeOfX = (g: Depthwise) => g.batch * g.height * g.width * g.in;
const sizeOfY = (g: Depthwise) => g.batch * g.outHeight * g.outWidth * g.out;
const framedSize = (g: Depthwise, frame: Frame) => g.batch * frame.height * frame.width * g.in;

/** Calls `work` with a block for each operand, and gives them back. Returns false if they do not fit. */
function withBlocks(
  { memory }: Pool,
  { x, y, filter, bias }: Operands,
  work: (addresses: Operands, floats: (address: number, size: number) => Float32Array) => void,
): boolean {
  const bytes = [x, y, filter, bias].map((size) => size * FLOAT);
  return memory.borrow(bytes, (x, y, filter, bias) => {
    work({ x, y, filter, bias }, (address, size) => memory.view(address, size));
    return true;
  });
}

function run(
  pool: Pool,
  kind: JobKind,
  g: Depthwise,
  frame: Frame,
  at: Operands,
  tasks: number,
  activation: number,
): void {
  const line = frame.width * g.in * FLOAT;
  pool.run(
    kind,
    [
      [at.x, at.y, at.filter, at.bias, g.batch, g.height, g.width, g.in, g.out / g.in],
      [g.outHeight, g.outWidth, g.rows, g.columns],
      [...g.strides, ...g.dilations, g.top, g.left, frame.height * line, line, activation],
    ].flat(),
    tasks,
  );
}
