/**
 * @module
 * The two gradients of a convolution by oneDNN, for whoever trains a network on this backend. TensorFlow's own kernels
 * for them run on Eigen: to the filter they take 3 to 8 times as long at the sizes of small autoencoders, to the input
 * 1.4 to 4 times. `conv2dTranspose` is the second of them.
 */
import {
  Conv2DBackpropFilter,
  type Conv2DBackpropFilterAttrs,
  Conv2DBackpropInput,
  type Conv2DBackpropInputAttrs,
  engine,
  type KernelConfig,
  type Tensor,
  type TensorInfo,
  tensor1d,
} from '@tensorflow/tfjs-core';
import {
  convolutionAttributes,
  type NativeBackend,
  ONE_DNN,
  replaceKernel,
  stockKernel,
} from './tensorflow-operation.js';
import { agree, wave } from './try-kernel.js';

/** A gradient that oneDNN knows: float32, NHWC. */
interface Gradient {
  /** Inputs in TensorFlow's order; between or before them stands the shape of the result. */
  readonly inputs: readonly [TensorInfo, TensorInfo];
  readonly shapeAt: 0 | 1;
  readonly shape: readonly number[];
  readonly strides: readonly [number, number];
  readonly padding: 'SAME' | 'VALID';
}

type Attributes = Partial<Conv2DBackpropFilterAttrs & Conv2DBackpropInputAttrs>;

/** Replaces the kernels once the backend is registered, where its library has these operations. */
export function registerConvolutionGradients(backend: NativeBackend): void {
  const stock = [Conv2DBackpropFilter, Conv2DBackpropInput].flatMap((name) => stockKernel(name) ?? []);
  if (stock.length < 2) return;
  const lean = stock.map(
    (kernel): KernelConfig => ({
      ...kernel,
      kernelFunc: (params) => {
        const gradient = asGradient(kernel.kernelName, params.inputs, { ...params.attrs });
        return gradient ? compute(kernel.kernelName, gradient, backend) : kernel.kernelFunc(params);
      },
    }),
  );
  if (!stock.every((kernel, index) => computesTheSame(kernel, lean[index] ?? kernel, backend))) return;
  lean.forEach(replaceKernel);
}

function compute(kernelName: string, gradient: Gradient, backend: NativeBackend): TensorInfo {
  const { inputs, shapeAt, shape, strides, padding } = gradient;
  const sizes = tensor1d([...shape], 'int32');
  const attributes = [...convolutionAttributes(strides, padding), ONE_DNN];
  const arguments_ = inputs.toSpliced(shapeAt, 0, sizes);
  try {
    return backend.executeSingleOutput(`_MklNative${kernelName}`, attributes, arguments_);
  } finally {
    sizes.dispose();
  }
}

/** The call of a kernel, where it is of the kind that oneDNN knows. */
function asGradient(
  kernelName: string,
  { x, dy, filter }: { x?: TensorInfo; dy?: TensorInfo; filter?: TensorInfo },
  { strides = 1, pad, dataFormat = 'NHWC', filterShape, inputShape }: Attributes,
): Gradient | undefined {
  const isToFilter = kernelName === Conv2DBackpropFilter;
  const [operand, shape] = isToFilter ? [x, filterShape] : [filter, inputShape];
  if (operand?.dtype !== 'float32' || dy?.dtype !== 'float32' || !shape) return undefined;
  if (dataFormat !== 'NHWC' || (pad !== 'same' && pad !== 'valid')) return undefined;
  if ([...operand.shape, ...dy.shape].includes(0)) return undefined;
  const [down, across = down] = [strides].flat() as [number, number?];
  return {
    inputs: [operand, dy],
    shapeAt: isToFilter ? 1 : 0,
    shape,
    strides: [down, across],
    padding: pad === 'same' ? 'SAME' : 'VALID',
  };
}

/** Two float32 evaluations of one sum differ by about 1e-6 of its terms. */
const LARGEST_DIFFERENCE = 1e-4;

/** Whether the library has the operation, and computes what the stock kernel does. */
function computesTheSame(stock: KernelConfig, lean: KernelConfig, backend: NativeBackend): boolean {
  const [inputShape, filterShape] = [
    [2, 5, 7, 4],
    [3, 3, 4, 8],
  ];
  const attrs = { strides: 1, pad: 'same', dataFormat: 'NHWC', filterShape, inputShape };
  return agree(LARGEST_DIFFERENCE, () => {
    const inputs = { x: wave(inputShape, 0.7), filter: wave(filterShape, 1.3), dy: wave([2, 5, 7, 8], 0.4) };
    const run = ({ kernelFunc }: KernelConfig): Tensor =>
      engine().makeTensorFromTensorInfo(kernelFunc({ inputs, backend, attrs }) as TensorInfo);
    return [run(stock), run(lean)];
  });
}
