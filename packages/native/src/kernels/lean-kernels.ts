/**
 * @module
 * Kernels of tfjs-node done with fewer operations of TensorFlow, or faster ones: convolutions with bias and relu and their
 * gradients, the steps of the equation, the gradient of a relu, `split` without two tensors made for each call, `reshape`
 * without any where the shape stays, and `step`, which takes two passes over the data here instead of seven.
 */
import {
  engine,
  getKernel,
  Reshape,
  type ReshapeAttrs,
  registerKernel,
  relu,
  SplitV,
  type SplitVAttrs,
  Step,
  sign,
  type Tensor,
  type TensorInfo,
  tidy,
  util,
} from '@tensorflow/tfjs-core';
import type { Device } from '../native-platform.js';
import { registerConstantConvolution } from './constant-convolution.js';
import { registerConvolutionGradients } from './convolution-gradients.js';
import { registerEquationKernels } from './equation-kernels.js';
import { registerFusedConvolutions } from './fused-convolution.js';
import { METRIC_KERNELS } from './metric-kernels.js';
import {
  ATTRIBUTE,
  BACKEND,
  FLOAT32,
  isNativeBackend,
  type NativeBackend,
  replaceKernel,
  stockKernel,
} from './tensorflow-operation.js';

/** Replaces the kernels once the backend is registered. Calling it again does nothing. */
export function registerLeanKernels(device: Device): void {
  registerStep();
  const backend = engine().findBackend(BACKEND);
  if (!isNativeBackend(backend)) return;
  registerReluGradient(backend);
  registerSplit(backend);
  registerReshape(backend);
  if (device !== 'cpu') return;
  registerFusedConvolutions(backend);
  registerConvolutionGradients(backend);
  registerConstantConvolution(backend);
  registerEquationKernels(backend);
}

/** TensorFlow's own gradient of a relu, one pass over dy and y, under the name by which lpips-core looks for it. */
function registerReluGradient(backend: NativeBackend): void {
  const kernelName = METRIC_KERNELS.reluGradient;
  if (getKernel(kernelName, BACKEND)) return;
  registerKernel({
    kernelName,
    backendName: BACKEND,
    kernelFunc: ({ inputs: { dy, y } }) => {
      if (!dy || !y) throw new Error('ReluGrad: dy and y are needed');
      const type = { name: 'T', type: ATTRIBUTE.type, value: FLOAT32 };
      return backend.executeSingleOutput('ReluGrad', [type], [dy, y]);
    },
  });
}

/** Equal parts of batches, which need no tensor of sizes, and share one that holds the axis. */
function registerSplit(backend: NativeBackend): void {
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

/** To the shape that a tensor has: it is shared, as `clone` shares it, without an operation. */
function registerReshape(backend: NativeBackend): void {
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

function registerStep(): void {
  const stock = stockKernel(Step);
  if (!stock) return;
  replaceKernel({
    ...stock,
    kernelFunc: (params) => {
      const x = params.inputs['x'] as Tensor;
      const isPlain = params.attrs?.['alpha'] === 0 && x.dtype === 'float32';
      return isPlain ? tidy(() => sign(relu(x))) : stock.kernelFunc(params);
    },
  });
}
