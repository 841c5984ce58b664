/**
 * @module
 * The kernels of cpp/equation.cc, cpp/unit-difference.cc, cpp/pooling.cc and cpp/interleave.cc in our build of the binding: the steps
 * of the metric in one pass each, under the names by which lpips-core looks for them, and the gradient of max pooling. That one
 * replaces TensorFlow's, which only divides its work by images.
 */
import {
  getKernel,
  type KernelConfig,
  MaxPoolGrad,
  type MaxPoolGradAttrs,
  ones,
  registerKernel,
  tidy,
} from '@tensorflow/tfjs-core';
import { METRIC_KERNELS } from './metric-kernels.js';
import {
  ATTRIBUTE,
  type Attribute,
  BACKEND,
  inputOf,
  type NativeBackend,
  replaceKernel,
} from './tensorflow-operation.js';

/** A kernel that lpips-core looks for, by an operation of ours. */
interface EquationKernel {
  readonly kernelName: string;
  readonly operation: string;
  /** Names of the kernel's inputs, in the order of the operation. */
  readonly inputs: readonly string[];
  /** By the name of each attribute of the kernel: its name and type in the operation. */
  readonly attributes?: Readonly<Record<string, Omit<Attribute, 'value'>>>;
  readonly outputs?: number;
}

const EPSILON = { name: 'epsilon', type: ATTRIBUTE.float };
const LEAST_NORM = { name: 'least_norm', type: ATTRIBUTE.float };
const SHIFT = { name: 'shift', type: ATTRIBUTE.float };
const SCALE = { name: 'scale', type: ATTRIBUTE.float };

const KERNELS: readonly EquationKernel[] = [
  {
    kernelName: METRIC_KERNELS.unitNormalize,
    operation: 'LpipsUnitNormalize',
    inputs: ['x'],
    attributes: { epsilon: EPSILON },
    outputs: 2,
  },
  {
    kernelName: METRIC_KERNELS.unitNormalizeGradient,
    operation: 'LpipsUnitNormalizeGrad',
    inputs: ['dy', 'u', 'r'],
    attributes: { epsilon: EPSILON, leastNorm: LEAST_NORM },
  },
  {
    kernelName: METRIC_KERNELS.weightedSquaredDifference,
    operation: 'LpipsHead',
    inputs: ['u', 'v', 'weights'],
  },
  {
    kernelName: METRIC_KERNELS.weightedSquaredDifferenceGradient,
    operation: 'LpipsHeadGrad',
    inputs: ['dy', 'u', 'v', 'weights'],
  },
  {
    kernelName: METRIC_KERNELS.meanWeightedSquaredDifference,
    operation: 'LpipsMeanHead',
    inputs: ['u', 'v', 'weights'],
  },
  {
    kernelName: METRIC_KERNELS.meanWeightedSquaredDifferenceGradient,
    operation: 'LpipsMeanHeadGrad',
    inputs: ['dy', 'u', 'v', 'weights'],
  },
  {
    kernelName: METRIC_KERNELS.scaleChannels,
    operation: 'LpipsScale',
    inputs: ['x'],
    attributes: { shift: SHIFT, scale: SCALE },
  },
  { kernelName: METRIC_KERNELS.propagateNaN, operation: 'LpipsPropagateNaN', inputs: ['value', 'x'] },
];

const integer = (name: string) => ({ name, type: ATTRIBUTE.int });
const WINDOW = { size: integer('side'), stride: integer('stride') };

/** Those that bindings before revision 16 do not hold, or not so. */
const LATER_KERNELS: readonly EquationKernel[] = [
  {
    kernelName: METRIC_KERNELS.stackPair,
    operation: 'LpipsStackPair',
    inputs: ['x', 'y'],
    attributes: { shift: SHIFT, scale: SCALE },
    outputs: 2,
  },
  {
    kernelName: METRIC_KERNELS.guardedScale,
    operation: 'LpipsGuardedScale',
    inputs: ['dy', 'marks'],
    attributes: { scale: SCALE },
  },
  {
    kernelName: METRIC_KERNELS.meanUnitDifference,
    operation: 'LpipsMeanUnitDifference',
    inputs: ['x', 'weights', 'added'],
    attributes: { epsilon: EPSILON },
  },
  {
    kernelName: METRIC_KERNELS.meanUnitDifferenceGradient,
    operation: 'LpipsMeanUnitDifferenceGrad',
    inputs: ['dy', 'x', 'weights', 'above'],
    attributes: { epsilon: EPSILON, leastNorm: LEAST_NORM, side: integer('side') },
  },
  {
    kernelName: METRIC_KERNELS.maxPoolGradientOfPart,
    operation: 'LpipsMaxPoolGrad',
    inputs: ['x', 'y', 'dy'],
    attributes: { ...WINDOW, first: integer('first') },
  },
  {
    kernelName: METRIC_KERNELS.maxPool,
    operation: 'LpipsMaxPool',
    inputs: ['x'],
    attributes: { ...WINDOW, ceil: integer('ceil') },
  },
  {
    kernelName: METRIC_KERNELS.maxPoolGradient,
    operation: 'LpipsMaxPoolGrad',
    inputs: ['x', 'y', 'dy'],
    attributes: WINDOW,
  },
  {
    kernelName: METRIC_KERNELS.interleave,
    operation: 'LpipsInterleave',
    inputs: ['x'],
    attributes: {
      stride: integer('stride'),
      padding: integer('padding'),
      height: integer('height'),
      width: integer('width'),
    },
  },
];

/** Registers the kernels once the backend is registered, where the binding holds their operations. */
export function registerEquationKernels(backend: NativeBackend): void {
  if (getKernel(METRIC_KERNELS.unitNormalize, BACKEND) || !holds('LpipsPropagateNaN', backend)) return;
  for (const kernel of KERNELS) registerKernel(asKernel(kernel, backend));
  if (holds('LpipsStackPair', backend)) {
    for (const kernel of LATER_KERNELS) registerKernel(asKernel(kernel, backend));
  }
  registerPoolingGradient(backend);
}

function asKernel(
  { kernelName, operation, inputs, attributes = {}, outputs = 1 }: EquationKernel,
  backend: NativeBackend,
): KernelConfig {
  return {
    kernelName,
    backendName: BACKEND,
    kernelFunc: (call) => {
      const values = Object.entries(attributes).map(([ours, attribute]) => ({
        ...attribute,
        value: asNumber(call.attrs?.[ours]),
      }));
      const tensors = inputs.map((name) => inputOf(call.inputs, kernelName, name));
      if (outputs === 1) return backend.executeSingleOutput(operation, values, tensors);
      return backend.executeMultipleOutputs(operation, values, tensors, outputs);
    },
  };
}

/** The operations of ours have no attributes of type bool, which TensorFlow's interface for kernels reads in a way of its own. */
function asNumber(attribute: unknown): unknown {
  return typeof attribute === 'boolean' ? Number(attribute) : attribute;
}

function registerPoolingGradient(backend: NativeBackend): void {
  const stock = getKernel(MaxPoolGrad, BACKEND);
  if (!stock) return;
  replaceKernel({
    ...stock,
    kernelFunc: (call) => {
      const tensor = (name: string) => inputOf(call.inputs, MaxPoolGrad, name);
      const [dy, input, output] = [tensor('dy'), tensor('input'), tensor('output')];
      const window = windowOf({ ...call.attrs });
      if (window === undefined || input.dtype !== 'float32') return stock.kernelFunc(call);
      const attributes = Object.entries(window).map(([name, value]) => ({
        name,
        type: ATTRIBUTE.int,
        value,
      }));
      return backend.executeSingleOutput('LpipsMaxPoolGrad', attributes, [input, output, dy]);
    },
  });
}

/** A square window without padding, which the operation knows, or undefined. */
function windowOf({
  filterSize,
  strides,
  pad,
}: Partial<MaxPoolGradAttrs>): { side: number; stride: number } | undefined {
  const [side, ...otherSides] = [filterSize].flat();
  const [stride, ...otherStrides] = [strides].flat();
  if (side === undefined || stride === undefined || pad !== 'valid') return undefined;
  const isSquare = otherSides.every((s) => s === side) && otherStrides.every((s) => s === stride);
  return isSquare ? { side, stride } : undefined;
}

/** Inputs and attributes of a call that tells whether the binding holds an operation, with others of its file. */
const TRIALS = {
  LpipsPropagateNaN: { shapes: [[1], [1]], attributes: [], outputs: 1 },
  LpipsStackPair: {
    shapes: [
      [1, 1, 1, 3],
      [1, 1, 1, 3],
    ],
    attributes: [
      { ...SHIFT, value: [0, 0, 0] },
      { ...SCALE, value: [1, 1, 1] },
    ],
    outputs: 2,
  },
};

/** Whether the binding holds an operation, in this version of it. tfjs-node's own binding has none. */
function holds(operation: keyof typeof TRIALS, backend: NativeBackend): boolean {
  const { shapes, attributes, outputs } = TRIALS[operation];
  return tidy(() => {
    const inputs = shapes.map((shape) => ones(shape));
    try {
      const made = backend.executeMultipleOutputs(operation, attributes, inputs, outputs);
      for (const { dataId } of made) backend.disposeData(dataId);
      return true;
    } catch {
      return false;
    }
  });
}
