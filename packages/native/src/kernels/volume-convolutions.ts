/**
 * @module
 * Convolutions of volumes and of clips, `[batch, depth, height, width, channels]`, and both of their gradients by oneDNN.
 * TensorFlow's own kernels for the gradients run on Eigen, and take up to 80 times as long at the sizes of a small video
 * autoencoder: 68 ms instead of 0.8 for the filter of 4x4x32x32x3, 3x3x3x3x16, strides 1, 2, 2.
 */
import {
  Conv3D,
  type Conv3DAttrs,
  Conv3DBackpropFilterV2,
  type Conv3DBackpropFilterV2Attrs,
  Conv3DBackpropInputV2,
  type Conv3DBackpropInputV2Attrs,
  type KernelConfig,
  type TensorInfo,
  tensor1d,
} from '@tensorflow/tfjs-core';
import {
  ATTRIBUTE,
  FLOAT32,
  type NativeBackend,
  ONE_DNN,
  replaceKernel,
  stockKernel,
} from './tensorflow-operation.js';
import { agree, asTensor, wave } from './try-kernel.js';

/** A convolution that oneDNN knows, or a gradient of one: float32, NDHWC, no dilation. */
interface VolumeOperation {
  /** In TensorFlow's order, without the shape of the result, which a gradient takes as input `shapeAt`. */
  readonly inputs: readonly [TensorInfo, TensorInfo];
  readonly shapeAt?: 0 | 1;
  readonly shape?: readonly number[];
}

type Inputs = { readonly x?: TensorInfo; readonly dy?: TensorInfo; readonly filter?: TensorInfo };
type Attributes = Partial<
  Conv3DAttrs &
    Pick<Conv3DBackpropFilterV2Attrs, 'filterShape'> &
    Pick<Conv3DBackpropInputV2Attrs, 'inputShape'>
>;

/** By the name of the kernel: its operation for inputs that are all there. */
const OPERATIONS: Record<string, (inputs: Inputs, attributes: Attributes) => VolumeOperation | undefined> = {
  [Conv3D]: ({ x, filter }) => (x && filter ? { inputs: [x, filter] } : undefined),
  [Conv3DBackpropFilterV2]: ({ x, dy }, { filterShape }) =>
    x && dy && filterShape ? { inputs: [x, dy], shapeAt: 1, shape: filterShape } : undefined,
  [Conv3DBackpropInputV2]: ({ dy, filter }, { inputShape }) =>
    dy && filter && inputShape ? { inputs: [filter, dy], shapeAt: 0, shape: inputShape } : undefined,
};

/** Replaces the kernels once the backend is registered, where its library has these operations. */
export function registerVolumeConvolutions(backend: NativeBackend): void {
  for (const name of Object.keys(OPERATIONS)) {
    const stock = stockKernel(name);
    if (!stock) continue;
    const faster = byOneDnn(stock, backend);
    if (computesTheSame(stock, faster, backend)) replaceKernel(faster);
  }
}

function byOneDnn(stock: KernelConfig, backend: NativeBackend): KernelConfig {
  return {
    ...stock,
    kernelFunc: (call) => {
      const attributes: Attributes = { ...call.attrs };
      const operation = OPERATIONS[stock.kernelName]?.(call.inputs as Inputs, attributes);
      const given = operation && attributesOf(operation, attributes);
      return operation && given
        ? compute(stock.kernelName, operation, given, backend)
        : stock.kernelFunc(call);
    },
  };
}

function compute(
  kernelName: string,
  { inputs, shapeAt, shape }: VolumeOperation,
  attributes: ReturnType<typeof attributesOf> & {},
  backend: NativeBackend,
): TensorInfo {
  const run = (tensors: readonly TensorInfo[]) =>
    backend.executeSingleOutput(`_MklNative${kernelName}`, attributes, tensors);
  if (shapeAt === undefined || shape === undefined) return run(inputs);
  const sizes = tensor1d([...shape], 'int32');
  try {
    return run(inputs.toSpliced(shapeAt, 0, sizes));
  } finally {
    sizes.dispose();
  }
}

/** Attributes of the operation, or undefined where oneDNN does not know it. */
function attributesOf(
  { inputs, shape = [] }: VolumeOperation,
  { strides = 1, pad, dataFormat = 'NDHWC', dilations = 1 }: Attributes,
) {
  const isKnown =
    inputs.every(({ dtype }) => dtype === 'float32') &&
    dataFormat === 'NDHWC' &&
    (pad === 'same' || pad === 'valid') &&
    [dilations].flat().every((rate) => rate === 1) &&
    ![...shape, ...inputs.flatMap(({ shape: sides }) => sides)].includes(0);
  if (!isKnown) return undefined;
  const [deep, down = deep, across = down] = [strides].flat() as [number, number?, number?];
  return [
    { name: 'T', type: ATTRIBUTE.type, value: FLOAT32 },
    { name: 'strides', type: ATTRIBUTE.int, value: [1, deep, down, across, 1] },
    { name: 'padding', type: ATTRIBUTE.string, value: pad === 'same' ? 'SAME' : 'VALID' },
    { name: 'data_format', type: ATTRIBUTE.string, value: 'NDHWC' },
    { name: 'dilations', type: ATTRIBUTE.int, value: [1, 1, 1, 1, 1] },
    ONE_DNN,
  ];
}

/** Two float32 evaluations of one sum differ by about 1e-6 of the size of its terms. */
const LARGEST_DIFFERENCE = 1e-4;

/** Whether the library has the operation and computes what the stock kernel does. */
function computesTheSame(stock: KernelConfig, faster: KernelConfig, backend: NativeBackend): boolean {
  const [inputShape, filterShape] = [
    [2, 3, 5, 4, 3],
    [2, 3, 3, 3, 4],
  ];
  const attrs = {
    strides: [1, 2, 1],
    pad: 'same',
    dataFormat: 'NDHWC',
    dilations: 1,
    filterShape,
    inputShape,
  };
  return agree(LARGEST_DIFFERENCE, () => {
    const inputs = {
      x: wave(inputShape, 0.7),
      filter: wave(filterShape, 1.3),
      dy: wave([2, 3, 3, 4, 4], 0.4),
    };
    const run = ({ kernelFunc }: KernelConfig) =>
      asTensor(kernelFunc({ inputs, backend, attrs }) as TensorInfo);
    return [run(stock), run(faster)];
  });
}
