/**
 * @module
 * The two gradients of a convolution by oneDNN or by our own operations (own-gradients.ts), whichever is faster, for
 * training networks on this backend. TensorFlow's own kernels run on Eigen. At the sizes of small autoencoders they take 3 to 8 times as long for the gradient with respect to the filter,
 * and 1.4 to 4 times as long for the one with respect to the input. `conv2dTranspose` is the second gradient.
 */
import {
  Conv2DBackpropFilter,
  type Conv2DBackpropFilterAttrs,
  Conv2DBackpropInput,
  type Conv2DBackpropInputAttrs,
  type KernelConfig,
  type Tensor,
  type TensorInfo,
  tensor1d,
} from '@tensorflow/tfjs-core';
import { byOwnOperation } from './own-gradients.js';
import {
  convolutionAttributes,
  type NativeBackend,
  ONE_DNN,
  replaceKernel,
  stockKernel,
} from './tensorflow-operation.js';
import { agree, asTensor, wave } from './try-kernel.js';

/** A gradient that oneDNN knows: float32, NHWC. */
interface Gradient {
  /** In TensorFlow's order, without the shape of the result, which the operation takes as input `shapeAt`. */
  readonly inputs: readonly [TensorInfo, TensorInfo];
  readonly shapeAt: 0 | 1;
  readonly shape: readonly number[];
  readonly strides: readonly [number, number];
  readonly padding: 'SAME' | 'VALID';
}

type Attributes = Partial<Conv2DBackpropFilterAttrs & Conv2DBackpropInputAttrs>;

/** Replaces the kernels once the backend is registered, where its library or its binding has these operations. */
export function registerConvolutionGradients(backend: NativeBackend): void {
  const stock = [Conv2DBackpropFilter, Conv2DBackpropInput].flatMap((name) => stockKernel(name) ?? []);
  if (stock.length < 2) return;
  const hasLibrary = stock.every((kernel) => computesTheSame(kernel, byOneDnn(kernel, backend), backend));
  for (const kernel of stock) {
    const library = hasLibrary ? byOneDnn(kernel, backend) : kernel;
    const own = byOwnOperation(library, backend);
    if (computesTheSame(kernel, own, backend)) replaceKernel(own);
    else if (hasLibrary) replaceKernel(library);
  }
}

/** The stock kernel, with oneDNN for the calls that oneDNN knows. */
function byOneDnn(stock: KernelConfig, backend: NativeBackend): KernelConfig {
  return {
    ...stock,
    kernelFunc: (params) => {
      const gradient = asGradient(stock.kernelName, params.inputs, { ...params.attrs });
      return gradient ? compute(stock.kernelName, gradient, backend) : stock.kernelFunc(params);
    },
  };
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

/** The call of a kernel as a gradient that oneDNN knows, or undefined. */
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

/** Two float32 evaluations of one sum differ by about 1e-6 of the size of its terms. */
const LARGEST_DIFFERENCE = 1e-4;

/** Filters of the trial and their strides, of which each takes another of our operations for the gradient of the input. */
const TRIALS = [
  { filter: [3, 3, 32, 16], strides: 1, rows: [5, 7] },
  { filter: [3, 3, 16, 8], strides: 1, rows: [5, 7] },
  { filter: [3, 3, 8, 8], strides: 2, rows: [3, 4] },
] as const;

/** Whether the library has the operation and computes what the stock kernel does. */
function computesTheSame(stock: KernelConfig, faster: KernelConfig, backend: NativeBackend): boolean {
  return TRIALS.every(({ filter, strides, rows }) => {
    const [filterShape, inputShape] = [[...filter], [2, 5, 7, filter[2]]];
    const attrs = { strides, pad: 'same', dataFormat: 'NHWC', filterShape, inputShape };
    return agree(LARGEST_DIFFERENCE, () => {
      const inputs = {
        x: wave(inputShape, 0.7),
        filter: wave(filterShape, 1.3),
        dy: wave([2, ...rows, filter[3]], 0.4),
      };
      const run = ({ kernelFunc }: KernelConfig): Tensor =>
        asTensor(kernelFunc({ inputs, backend, attrs }) as TensorInfo);
      return [run(stock), run(faster)];
    });
  });
}
