/**
 * @module
 * Convolutions of tfjs-node as one operation of TensorFlow. The stock kernel convolves, adds the bias and takes the relu
 * in three passes over the result. These do it in one, by oneDNN where that is faster: TensorFlow would choose between
 * the two libraries once for the whole process.
 *
 * A filter that its owner declares constant (`constantFilter: true` among the attributes) is brought into oneDNN's order
 * once, instead of at every call. TensorFlow keeps that copy with the operation, of which there is one for each set of
 * attributes; a digest of the filter among them gives every filter its own, and equal filters the same.
 */
import { createHash } from 'node:crypto';
import {
  Conv2D,
  type Conv2DAttrs,
  engine,
  FusedConv2D,
  type FusedConv2DAttrs,
  getKernel,
  type KernelConfig,
  type NamedTensorInfoMap,
  type Tensor,
  type TensorInfo,
  tensor1d,
  tensor4d,
  tidy,
} from '@tensorflow/tfjs-core';
import { stringList, typeList } from './list-attributes.js';
import {
  ATTRIBUTE,
  type Attribute,
  BACKEND,
  convolutionAttributes,
  FLOAT32,
  type NativeBackend,
  ONE_DNN,
  replaceKernel,
} from './tensorflow-operation.js';

/** A convolution that both libraries know: float32, NHWC, no dilation. */
interface Convolution {
  readonly x: TensorInfo;
  readonly filter: TensorInfo;
  /** Added, and the relu taken, where it is there. */
  readonly bias: TensorInfo | undefined;
  readonly stride: number;
  readonly padding: 'SAME' | 'VALID';
  readonly hasConstantFilter: boolean;
}

type Library = (convolution: Convolution, backend: NativeBackend) => TensorInfo;

/**
 * Whether Eigen is the better library for a convolution: on one image with many channels, which oneDNN divides badly
 * between the threads (Eigen is up to half again as fast there, and a fifth slower on two images), and where a single
 * channel comes out, as of a head (two to eight times). Also where oneDNN would be a quarter faster but less exact: the
 * rounding of a sum decides units whose activation is 0 but for rounding. With Eigen on 64 and 128 channels, 3x3, all of VGG16's
 * goldens keep theirs; with oneDNN two are on the other side of their relu or pooling, 2.7e-3 and 1.3e-4 of a gradient.
 */
function isForEigen({ x, filter, bias }: Convolution): boolean {
  const [side, , channelsIn = 0, channelsOut = 0] = filter.shape;
  if (channelsOut === 1 || (channelsIn >= 256 && x.shape[0] === 1)) return true;
  return bias !== undefined && side === 3 && channelsIn >= 64 && channelsIn <= 128;
}

const oneDnn: Library = (convolution, backend) => {
  const { x, filter, bias, hasConstantFilter } = convolution;
  const attributes = [
    ...attributesOf(convolution),
    ONE_DNN,
    { name: 'is_filter_const', type: ATTRIBUTE.bool, value: hasConstantFilter },
    ...(hasConstantFilter
      ? [{ name: '_filter', type: ATTRIBUTE.string, value: digestOf(filter, backend) }]
      : []),
  ];
  if (bias === undefined) return backend.executeSingleOutput('_MklNativeConv2D', attributes, [x, filter]);
  return backend.executeSingleOutput(
    '_MklNativeFusedConv2D',
    [...attributes, ...FUSED_ATTRIBUTES],
    [x, filter, bias],
  );
};

const eigen: Library = (convolution, backend) => {
  const { x, filter, bias } = convolution;
  const attributes = attributesOf(convolution);
  if (bias === undefined) return backend.executeSingleOutput('Conv2D', attributes, [x, filter]);
  const fused = [
    ...attributes,
    ...FUSED_ATTRIBUTES,
    { name: 'num_host_args', type: ATTRIBUTE.int, value: 0 },
  ];
  return backend.executeSingleOutput('_FusedConv2D', fused, [x, filter, bias]);
};

const FUSED_ATTRIBUTES: readonly Attribute[] = [
  { name: 'num_args', type: ATTRIBUTE.int, value: 1 },
  { name: 'TArgs', type: ATTRIBUTE.string, value: typeList([FLOAT32]) },
  { name: 'fused_ops', type: ATTRIBUTE.string, value: stringList(['BiasAdd', 'Relu']) },
  { name: 'epsilon', type: ATTRIBUTE.float, value: 1e-4 }, // of batch normalisation, which is none of the steps
];

let registered: readonly KernelConfig[] = [];

/** Replaces the kernels once the backend is registered, where its binding and library can do it. */
export function registerFusedConvolutions(backend: NativeBackend): void {
  const [conv, fused] = [getKernel(Conv2D, BACKEND), getKernel(FusedConv2D, BACKEND)];
  if (!conv || !fused || registered.includes(fused)) return;
  const trial = (library: Library) => computesTheSame(library, backend);
  const useOneDnn = trial(oneDnn);
  if (!useOneDnn && !trial(eigen)) return;
  const convolve = (convolution: Convolution): TensorInfo => {
    const library = !useOneDnn || isForEigen(convolution) ? eigen : oneDnn;
    return library(convolution, backend);
  };
  registered = [conv, fused].map((stock) => ({
    ...stock,
    kernelFunc: (params) => {
      const convolution = asConvolution(stock.kernelName, params.inputs, { ...params.attrs });
      return convolution ? convolve(convolution) : stock.kernelFunc(params);
    },
  }));
  registered.forEach(replaceKernel);
}

/** The call of a kernel, where it is of the kind that both libraries know. */
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
    (!isFused || (activation === 'relu' && bias?.dtype === 'float32'));
  if (!isPlain || stride === undefined) return undefined;
  const padding = pad === 'same' ? 'SAME' : 'VALID';
  return { x, filter, bias: isFused ? bias : undefined, stride, padding, hasConstantFilter: constantFilter };
}

function attributesOf({ stride, padding }: Convolution): Attribute[] {
  return convolutionAttributes([stride, stride], padding);
}

const digests = new WeakMap<object, string>();

/** A digest of a filter's values, computed once for each tensor. */
function digestOf(filter: TensorInfo, backend: NativeBackend): string {
  const known = digests.get(filter.dataId);
  if (known !== undefined) return known;
  const values = backend.readSync(filter.dataId);
  if (!(values instanceof Float32Array)) throw new TypeError('constantFilter: the filter is not float32');
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const digest = createHash('sha256').update(filter.shape.join()).update(bytes).digest('hex');
  digests.set(filter.dataId, digest);
  return digest;
}

/** Two correct float32 convolutions differ by about 1e-7. */
const LARGEST_DIFFERENCE = 1e-5;

/** Whether a library is there, and computes what the stock kernel does. */
function computesTheSame(library: Library, backend: NativeBackend): boolean {
  const wave = (size: number, step: number) =>
    Float32Array.from({ length: size }, (_, i) => Math.sin(i * step));
  const inputs = {
    x: tensor4d(wave(2 * 5 * 7 * 4, 0.7), [2, 5, 7, 4]),
    filter: tensor4d(wave(3 * 3 * 4 * 16, 1.3), [3, 3, 4, 16]),
    bias: tensor1d(wave(16, 0.1)),
  };
  const attrs = { strides: 1, pad: 'same', dataFormat: 'NHWC', dilations: 1, activation: 'relu' } as const;
  try {
    return tidy(() => {
      const convolution = asConvolution(FusedConv2D, inputs, { ...attrs, constantFilter: true });
      if (!convolution) return false;
      const expected = engine().runKernel<Tensor>(FusedConv2D, inputs, attrs).dataSync();
      const got = engine().makeTensorFromTensorInfo(library(convolution, backend)).dataSync();
      return expected.every((value, i) => Math.abs(value - (got[i] ?? Number.NaN)) <= LARGEST_DIFFERENCE);
    });
  } catch {
    return false; // another version of TensorFlow, or a binding without lists
  } finally {
    for (const input of Object.values(inputs)) input.dispose();
  }
}
