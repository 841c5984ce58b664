/**
 * @module
 * `GatherV2` without reading its indices: tfjs-node waits for them at every call, to refuse those beyond the axis. On the
 * processor TensorFlow's operation refuses them itself.
 */
import { backend_util, GatherV2, type GatherV2Attrs, scalar, type Tensor } from '@tensorflow/tfjs-core';
import {
  ATTRIBUTE,
  FLOAT32,
  INT32,
  inputOf,
  type NativeBackend,
  replaceKernel,
  stockKernel,
} from './tensorflow-operation.js';

/** Replaces the kernel once the backend is registered. */
export function registerGather(backend: NativeBackend): void {
  const stock = stockKernel(GatherV2);
  if (!stock) return;
  replaceKernel({
    ...stock,
    kernelFunc: (call) => {
      const [x, indices] = ['x', 'indices'].map((name) => inputOf(call.inputs, GatherV2, name));
      const { axis, batchDims }: Partial<GatherV2Attrs> = { ...call.attrs };
      const isKnown = x?.dtype === 'float32' && indices?.dtype === 'int32';
      if (!isKnown || axis === undefined || batchDims === undefined) return stock.kernelFunc(call);
      backend_util.segment_util.collectGatherOpShapeInfo(x as Tensor, indices as Tensor, axis, batchDims);
      const attributes = [
        { name: 'batch_dims', type: ATTRIBUTE.int, value: batchDims },
        { name: 'Tparams', type: ATTRIBUTE.type, value: FLOAT32 },
        { name: 'Tindices', type: ATTRIBUTE.type, value: INT32 },
        { name: 'Taxis', type: ATTRIBUTE.type, value: INT32 },
      ];
      const along = scalar(axis, 'int32');
      try {
        return backend.executeSingleOutput(GatherV2, attributes, [x, indices, along]);
      } finally {
        along.dispose();
      }
    },
  });
}
