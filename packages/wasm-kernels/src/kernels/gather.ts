/**
 * @module
 * `GatherV2`. The stock kernel copies one number after the other, each from a place that it computes from the shape. Here what
 * an index stands for is copied as one run.
 */
import { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { backend_util, type KernelConfig, type KernelFunc, type Tensor, util } from '@tensorflow/tfjs-core';
import { addressOf } from '../heap/heap-kernels.js';
import { heapBytes } from '../heap/tensor-views.js';

/** y `[batch, outer, indices, slice]` of the slices of x `[batch, outer, size, slice]` that the indices `[batch, indices]` name. */
export function gather(stock: KernelConfig): KernelFunc {
  return (args) => {
    const { backend, inputs, attrs = {} } = args;
    const { x, indices } = inputs;
    if (!(backend instanceof BackendWasm) || !x || !indices || x.dtype === 'string') {
      return stock.kernelFunc(args);
    }
    const [axis = 0] = util.parseAxisParam(attrs['axis'] as number, x.shape);
    const places = backend.readSync(indices.dataId) as Int32Array;
    const size = x.shape[axis] ?? 0;
    const isInside = places.every((place) => place >= 0 && place < size);
    const form = backend_util.segment_util.collectGatherOpShapeInfo(
      x as Tensor,
      indices as Tensor,
      axis,
      attrs['batchDims'] as number,
    );
    const run = form.sliceSize * util.bytesPerElement(x.dtype);
    if (!isInside || run === 0) return stock.kernelFunc(args);
    const y = backend.makeOutput(form.outputShape, x.dtype);
    const bytes = heapBytes(backend);
    const [from, count] = [addressOf(backend, x), places.length / form.batchSize];
    let to = addressOf(backend, y);
    for (let batch = 0; batch < form.batchSize; batch++) {
      for (let outer = 0; outer < form.outerSize; outer++) {
        const first = from + (batch * form.outerSize + outer) * size * run;
        for (let k = batch * count; k < (batch + 1) * count; k++, to += run) {
          const start = first + (places[k] ?? 0) * run;
          bytes.copyWithin(to, start, start + run);
        }
      }
    }
    return y;
  };
}
