/**
 * @module
 * `Split` and `Reshape` with less work than in tfjs-node, which makes two tensors of parameters for each `split`, and
 * runs an operation for a `reshape` to the shape that the tensor has already.
 */
import {
  Reshape,
  type ReshapeAttrs,
  SplitV,
  type SplitVAttrs,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import {
  ATTRIBUTE,
  FLOAT32,
  type NativeBackend,
  replaceKernel,
  stockKernel,
} from './tensorflow-operation.js';

/** Splits a batch into equal parts without a tensor of sizes, and with one tensor for the axis that all calls share. */
export function registerSplit(backend: NativeBackend): void {
  const stock = stockKernel(SplitV);
  if (!stock) return;
  const batchAxis: TensorInfo = {
    dataId: backend.write(Int32Array.of(0), [], 'int32'),
    shape: [],
    dtype: 'int32',
  };
  replaceKernel({
    ...stock,
    kernelFunc: (params) => {
      const { x } = params.inputs;
      const { numOrSizeSplits, axis }: Partial<SplitVAttrs> = { ...params.attrs };
      const sizes = Array.isArray(numOrSizeSplits) ? numOrSizeSplits : [];
      const areEqual = sizes.length > 0 && sizes.every((size) => size > 0 && size === sizes[0]);
      if (!areEqual || axis !== 0 || x?.dtype !== 'float32') return stock.kernelFunc(params);
      const attributes = [
        { name: 'num_split', type: ATTRIBUTE.int, value: sizes.length },
        { name: 'T', type: ATTRIBUTE.type, value: FLOAT32 },
      ];
      return backend.executeMultipleOutputs('Split', attributes, [batchAxis, x], sizes.length);
    },
  });
}

/** Reshapes a tensor to its own shape by sharing its values, as `clone` does. */
export function registerReshape(backend: NativeBackend): void {
  const stock = stockKernel(Reshape);
  if (!stock) return;
  replaceKernel({
    ...stock,
    kernelFunc: (params) => {
      const { x } = params.inputs;
      const { shape }: Partial<ReshapeAttrs> = { ...params.attrs };
      if (!x || !shape || !util.arraysEqual(x.shape, shape)) return stock.kernelFunc(params);
      backend.incRef(x.dataId);
      return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
    },
  });
}
