/**
 * @module
 * `Slice`. The stock kernel copies the whole tensor out of the backend's memory, and then one run of its last axis after
 * the other; and it takes places outside the tensor without a word. Here whole axes are copied as one run, within the
 * memory.
 */
import { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type KernelConfig, type KernelFunc, slice_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { addressOf, heapKernels } from '../heap/heap-kernels.js';

/** y of the shape `size` from x, beginning at `begin`. */
export function slice(stock: KernelConfig): KernelFunc {
  return (args) => {
    const { backend, inputs, attrs = {} } = args;
    const { x } = inputs;
    const heap = backend instanceof BackendWasm ? heapKernels(backend) : undefined;
    if (!(backend instanceof BackendWasm) || !heap || !x || x.shape.length === 0 || !isNumeric(x)) {
      return stock.kernelFunc(args);
    }
    const given = [attrs['begin'], attrs['size']] as [number[], number[]];
    const [begin, size] = slice_util.parseSliceParams(x, ...given) as [number[], number[]];
    slice_util.assertParamsValid(x, begin, size);
    const y = backend.makeOutput(size, x.dtype);
    if (size.includes(0)) return y;
    const bytes = util.bytesPerElement(x.dtype);
    const [from, to] = [addressOf(backend, x), addressOf(backend, y)];
    for (const { start, end, runs, step, run } of stretchesOf(x.shape, begin, size)) {
      heap.copyRuns(from + start * bytes, to + end * bytes, runs, step * bytes, run * bytes);
    }
    return y;
  };
}

const isNumeric = ({ dtype }: TensorInfo) => dtype === 'float32' || dtype === 'int32' || dtype === 'bool';

/** Runs that are equally far apart in x. All in numbers of elements. */
interface Stretch {
  /** Where they begin in x, and in y, in which they follow each other. */
  readonly start: number;
  readonly end: number;
  readonly runs: number;
  readonly step: number;
  readonly run: number;
}

/** One stretch for each place of the axes before the last two that are cut. */
function stretchesOf(shape: readonly number[], begin: readonly number[], size: readonly number[]): Stretch[] {
  const strides = shape.map((_, axis) => util.sizeFromShape(shape.slice(axis + 1)));
  const isWhole = (axis: number) => size[axis] === shape[axis];
  let cut = shape.length - 1; // the last axis that is not whole
  while (cut > 0 && isWhole(cut)) cut--;
  const run = (size[cut] ?? 1) * (strides[cut] ?? 1);
  const runs = cut > 0 ? (size[cut - 1] ?? 1) : 1;
  const step = cut > 0 ? (strides[cut - 1] ?? 1) : run;
  const outer = size.slice(0, Math.max(0, cut - 1));
  const start = begin.reduce((sum, index, axis) => sum + index * (strides[axis] ?? 1), 0);
  return Array.from({ length: util.sizeFromShape(outer) }, (_, index) => {
    let [rest, place] = [index, start];
    for (let axis = outer.length - 1; axis >= 0; axis--) {
      const side = outer[axis] ?? 1;
      place += (rest % side) * (strides[axis] ?? 1);
      rest = Math.floor(rest / side);
    }
    return { start: place, end: index * runs * run, runs, step, run };
  });
}
