/**
 * @module
 * The metric's convolutions, whose filters never change, by the operations of our build of the binding (cpp/direct.cc,
 * cpp/winograd.cc). A filter is packed once, at the first call, and the packed filter lives as long as the filter.
 */
import {
  engine,
  FusedConv2D,
  getKernel,
  registerKernel,
  type Tensor,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { invalid } from '../errors.js';
import { packedFilter } from './constant-filter.js';
import { METRIC_KERNELS } from './metric-kernels.js';
import { ATTRIBUTE, BACKEND, inputOf, type NativeBackend } from './tensorflow-operation.js';
import { agree, asTensor, wave } from './try-kernel.js';
import { isForWinograd } from './winograd.js';

interface Convolution {
  readonly x: TensorInfo;
  readonly filter: TensorInfo;
  /** Where there is a bias, it is added and the relu taken. */
  readonly bias: TensorInfo | undefined;
  readonly stride: number;
  readonly padding: number;
}

/** Registers the kernel once the backend is registered, where the binding and the processor support it. */
export function registerConstantConvolution(backend: NativeBackend): void {
  const kernelName = METRIC_KERNELS.convolve;
  if (getKernel(kernelName, BACKEND) || !computesTheSame(backend)) return;
  registerKernel({
    kernelName,
    backendName: BACKEND,
    kernelFunc: ({ inputs, attrs }) => {
      const { stride, padding }: Partial<Convolution> = { ...attrs };
      if (stride === undefined || padding === undefined) {
        throw invalid(kernelName, 'two numbers', 'stride and padding', `${stride} and ${padding}`);
      }
      const [x, filter] = [inputOf(inputs, kernelName, 'x'), inputOf(inputs, kernelName, 'filter')];
      return convolve({ x, filter, bias: inputs['bias'], stride, padding }, backend);
    },
  });
}

function convolve(convolution: Convolution, backend: NativeBackend): TensorInfo {
  const { x, filter, bias, stride, padding } = convolution;
  const isWinograd = isForWinograd(x.shape, filter.shape, stride, padding, backend);
  const operation = isWinograd ? 'LpipsWinograd' : 'LpipsDirect';
  const packed = packedFilter(filter, `${operation}Pack`, backend);
  const attributes = [
    { name: 'stride', type: ATTRIBUTE.int, value: stride },
    { name: 'padding', type: ATTRIBUTE.int, value: padding },
  ];
  if (bias === undefined) return backend.executeSingleOutput(operation, attributes, [x, filter, packed]);
  return backend.executeSingleOutput(`${operation}BiasRelu`, attributes, [x, filter, packed, bias]);
}

/** Two correct float32 convolutions differ by about 1e-7. */
const LARGEST_DIFFERENCE = 1e-5;

/** Whether the operations exist and compute what TensorFlow's do. */
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
        asTensor(convolve({ ...inputs, stride: 1, padding }, backend)),
      ];
    }),
  );
}
