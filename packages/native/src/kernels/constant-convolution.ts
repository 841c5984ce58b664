/**
 * @module
 * The metric's convolutions, whose filters never change, by the operations that our build of the binding holds
 * (native/direct.cc, native/winograd.cc). They bring a filter into their order once and keep it with TensorFlow's operation,
 * of which there is one for each set of attributes; a digest of the filter among them gives every filter its own, and equal
 * filters the same.
 */
import {
  engine,
  FusedConv2D,
  getKernel,
  registerKernel,
  type Tensor,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { digestOf } from './filter-digest.js';
import { METRIC_KERNELS } from './metric-kernels.js';
import { ATTRIBUTE, BACKEND, type NativeBackend } from './tensorflow-operation.js';
import { agree, wave } from './try-kernel.js';

interface Convolution {
  readonly x: TensorInfo;
  readonly filter: TensorInfo;
  /** Added, and the relu taken, where it is there. */
  readonly bias: TensorInfo | undefined;
  readonly stride: number;
  readonly padding: number;
}

/** Registers the kernel once the backend is registered, where the binding and the processor can do it. */
export function registerConstantConvolution(backend: NativeBackend): void {
  const kernelName = METRIC_KERNELS.convolve;
  if (getKernel(kernelName, BACKEND) || !computesTheSame(backend)) return;
  registerKernel({
    kernelName,
    backendName: BACKEND,
    kernelFunc: ({ inputs: { x, filter, bias }, attrs }) => {
      const { stride, padding }: Partial<Convolution> = { ...attrs };
      if (!x || !filter || stride === undefined || padding === undefined) {
        throw new Error(`${kernelName}: x, filter, stride and padding are needed`);
      }
      return convolve({ x, filter, bias, stride, padding }, backend);
    },
  });
}

function convolve(convolution: Convolution, backend: NativeBackend): TensorInfo {
  const { x, filter, bias, stride, padding } = convolution;
  const operation = isForWinograd(convolution) ? 'LpipsWinograd' : 'LpipsDirect';
  const attributes = [
    { name: 'digest', type: ATTRIBUTE.string, value: digestOf(filter, backend) },
    { name: 'stride', type: ATTRIBUTE.int, value: stride },
    { name: 'padding', type: ATTRIBUTE.int, value: padding },
  ];
  if (bias === undefined) return backend.executeSingleOutput(operation, attributes, [x, filter]);
  return backend.executeSingleOutput(`${operation}BiasRelu`, attributes, [x, filter, bias]);
}

/**
 * Whether Winograd's way is the faster. It takes 4/9 of the multiplications on tiles of 2x2, and 16/9 of the memory for the
 * filter; on images of 3x3 it would leave half of its tiles unused. The size of the batch has no say, so that an image's
 * features are the same bits alone and in any batch.
 */
function isForWinograd({ x, filter, stride, padding }: Convolution): boolean {
  const [, imageHeight = 0, imageWidth = 0] = x.shape;
  const [kernel, , channelsIn = 0, channelsOut = 0] = filter.shape;
  const isKnown = kernel === 3 && stride === 1 && padding === 1;
  return isKnown && channelsIn % 16 === 0 && channelsOut % 32 === 0 && Math.min(imageHeight, imageWidth) > 3;
}

/** Two correct float32 convolutions differ by about 1e-7. */
const LARGEST_DIFFERENCE = 1e-5;

/** Whether the operations are there, and compute what TensorFlow's do. */
function computesTheSame(backend: NativeBackend): boolean {
  const attrs = { strides: 1, dataFormat: 'NHWC', dilations: 1, activation: 'relu' } as const;
  return [0, 1].every((padding) =>
    agree(LARGEST_DIFFERENCE, () => {
      const inputs = {
        x: wave([2, 5, 7, 16], 0.7),
        filter: wave([3, 3, 16, 32], 1.3),
        bias: wave([32], 0.1),
      };
      const pad = padding === 0 ? 'valid' : 'same';
      return [
        engine().runKernel<Tensor>(FusedConv2D, inputs, { ...attrs, pad }),
        engine().makeTensorFromTensorInfo(convolve({ ...inputs, stride: 1, padding }, backend)),
      ];
    }),
  );
}
