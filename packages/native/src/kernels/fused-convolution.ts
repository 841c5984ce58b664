/**
 * @module
 * Convolutions of tfjs-node as one operation of TensorFlow. The stock kernel convolves, adds the bias and takes the relu
 * in three passes over the result. These kernels do it in one pass, by oneDNN or Eigen, whichever is faster for the
 * convolution. TensorFlow itself chooses one of the two for the whole process.
 *
 * A filter that its owner declares constant (`constantFilter: true` among the attributes) is brought into oneDNN's order
 * once, instead of at every call. constant-filter.ts says what becomes of that copy.
 */
import {
  Conv2D,
  type Conv2DAttrs,
  engine,
  FusedConv2D,
  type FusedConv2DAttrs,
  type NamedTensorInfoMap,
  type Tensor,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { oneDnnFilterKey } from './constant-filter.js';
import { stringList, typeList } from './list-attributes.js';
import {
  ATTRIBUTE,
  type Attribute,
  convolutionAttributes,
  FLOAT32,
  type NativeBackend,
  ONE_DNN,
  replaceKernel,
  sidesOf,
  stockKernel,
} from './tensorflow-operation.js';
import { agree, asTensor, wave } from './try-kernel.js';

/** A convolution that the libraries know: float32, NHWC, no dilation. */
interface Convolution {
  readonly x: TensorInfo;
  readonly filter: TensorInfo;
  /** Where there is a bias, it is added. */
  readonly bias: TensorInfo | undefined;
  /** Whether the relu is taken after the bias was added. */
  readonly hasRelu: boolean;
  readonly stride: number;
  readonly padding: 'SAME' | 'VALID';
  readonly hasConstantFilter: boolean;
}

type Library = (convolution: Convolution, backend: NativeBackend) => TensorInfo;

/**
 * Whether Eigen is faster than oneDNN. It is up to 1.5 times as fast on one image with many channels, which oneDNN divides
 * badly between the threads; on two images it is a fifth slower. It is two to eight times as fast where the result has a
 * single channel, as that of a head.
 */
function isForEigen({ x, filter }: Convolution): boolean {
  const [, , channelsIn, channelsOut] = sidesOf(filter, 'filter');
  return channelsOut === 1 || (channelsIn >= 256 && x.shape[0] === 1);
}

const oneDnn: Library = (convolution, backend) => {
  const { x, filter, bias, hasConstantFilter } = convolution;
  const attributes = [
    ...attributesOf(convolution),
    ONE_DNN,
    { name: 'is_filter_const', type: ATTRIBUTE.bool, value: hasConstantFilter },
    ...(hasConstantFilter
      ? [{ name: '_filter', type: ATTRIBUTE.string, value: oneDnnFilterKey(filter, backend) }]
      : []),
  ];
  if (bias === undefined) return backend.executeSingleOutput('_MklNativeConv2D', attributes, [x, filter]);
  return backend.executeSingleOutput(
    '_MklNativeFusedConv2D',
    [...attributes, ...fusedAttributes(convolution)],
    [x, filter, bias],
  );
};

const eigen: Library = (convolution, backend) => {
  const { x, filter, bias } = convolution;
  const attributes = attributesOf(convolution);
  if (bias === undefined) return backend.executeSingleOutput('Conv2D', attributes, [x, filter]);
  const fused = [
    ...attributes,
    ...fusedAttributes(convolution),
    { name: 'num_host_args', type: ATTRIBUTE.int, value: 0 },
  ];
  return backend.executeSingleOutput('_FusedConv2D', fused, [x, filter, bias]);
};

function fusedAttributes({ hasRelu }: Convolution): Attribute[] {
  const steps = ['BiasAdd', ...(hasRelu ? ['Relu'] : [])];
  return [
    { name: 'num_args', type: ATTRIBUTE.int, value: 1 },
    { name: 'TArgs', type: ATTRIBUTE.string, value: typeList([FLOAT32]) },
    { name: 'fused_ops', type: ATTRIBUTE.string, value: stringList(steps) },
    { name: 'epsilon', type: ATTRIBUTE.float, value: 1e-4 }, // of batch normalisation, which these operations leave out
  ];
}

/** Replaces the kernels once the backend is registered, where its binding and library support it. */
export function registerFusedConvolutions(backend: NativeBackend): void {
  const [conv, fused] = [stockKernel(Conv2D), stockKernel(FusedConv2D)];
  if (!conv || !fused) return;
  const trial = (library: Library) => computesTheSame(library, backend);
  const useOneDnn = trial(oneDnn);
  if (!useOneDnn && !trial(eigen)) return;
  const best = (convolution: Convolution): Library =>
    !useOneDnn || isForEigen(convolution) ? eigen : oneDnn;
  for (const stock of [conv, fused]) {
    replaceKernel({
      ...stock,
      kernelFunc: (params) => {
        const convolution = asConvolution(stock.kernelName, params.inputs, { ...params.attrs });
        return convolution ? best(convolution)(convolution, backend) : stock.kernelFunc(params);
      },
    });
  }
}

/** The call of a kernel as a convolution that the libraries know, or undefined. */
function asConvolution(
  kernelName: string,
  { x, filter, bias, preluActivationWeights }: NamedTensorInfoMap,
  attributes: Partial<Conv2DAttrs & FusedConv2DAttrs & { constantFilter: boolean }>,
): Convolution | undefined {
  const { strides, pad, dataFormat, dilations, activation, constantFilter = false } = attributes;
  if (x?.dtype !== 'float32' || filter?.dtype !== 'float32' || preluActivationWeights) return undefined;
  const [stride, ...otherStrides] = [strides ?? 1].flat();
  const isFused = kernelName === FusedConv2D;
  const isPlain =
    dataFormat === 'NHWC' &&
    (pad === 'same' || pad === 'valid') &&
    [dilations ?? 1].flat().every((step) => step === 1) &&
    otherStrides.every((other) => other === stride) &&
    x.shape.every((side) => side > 0) &&
    (pad === 'same' || fits(x, filter)) &&
    (!isFused || (isBias(bias, filter) && (activation === 'relu' || activation === 'linear')));
  if (!isPlain || stride === undefined) return undefined;
  const padding = pad === 'same' ? 'SAME' : 'VALID';
  return {
    x,
    filter,
    bias: isFused ? bias : undefined,
    hasRelu: isFused && activation === 'relu',
    stride,
    padding,
    hasConstantFilter: constantFilter,
  };
}

/** Whether the filter fits into the images. If not, oneDNN gives the images instead of an empty result or an error. */
function fits(x: TensorInfo, filter: TensorInfo): boolean {
  return [1, 2].every((axis) => (x.shape[axis] ?? 0) >= (filter.shape[axis - 1] ?? 0));
}

/** Whether there is one number for each channel of the result. TensorFlow.js also takes biases that are broadcast. */
function isBias(bias: TensorInfo | undefined, filter: TensorInfo): boolean {
  return bias?.dtype === 'float32' && bias.shape.length === 1 && bias.shape[0] === filter.shape[3];
}

function attributesOf({ stride, padding }: Convolution): Attribute[] {
  return convolutionAttributes([stride, stride], padding);
}

/** Two correct float32 convolutions differ by about 1e-7. */
const LARGEST_DIFFERENCE = 1e-5;

/** Whether a library has the operations and computes what the stock kernel does. */
function computesTheSame(library: Library, backend: NativeBackend): boolean {
  const attrs = { strides: 1, pad: 'same', dataFormat: 'NHWC', dilations: 1, activation: 'relu' } as const;
  return agree(LARGEST_DIFFERENCE, () => {
    const inputs = { x: wave([2, 5, 7, 16], 0.7), filter: wave([3, 3, 16, 32], 1.3), bias: wave([32], 0.1) };
    const convolution = asConvolution(FusedConv2D, inputs, { ...attrs, constantFilter: true });
    if (!convolution)
      throw new Error(`${FusedConv2D}: the trial must be a convolution that the libraries know`);
    return [engine().runKernel<Tensor>(FusedConv2D, inputs, attrs), asTensor(library(convolution, backend))];
  });
}
