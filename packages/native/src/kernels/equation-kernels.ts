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
    attributes: {
      shift: { name: 'shift', type: ATTRIBUTE.float },
      scale: { name: 'scale', type: ATTRIBUTE.float },
    },
  },
  { kernelName: METRIC_KERNELS.propagateNaN, operation: 'LpipsPropagateNaN', inputs: ['value', 'x'] },
];

const integer = (name: string) => ({ name, type: ATTRIBUTE.int });

/** Those that bindings before revision 15 do not hold, or not so. */
const LATER_KERNELS: readonly EquationKernel[] = [
  {
    kernelName: METRIC_KERNELS.meanUnitDifference,
    operation: 'LpipsMeanUnitDifference',
    inputs: ['x', 'weights'],
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
    attributes: { size: integer('side'), stride: integer('stride'), first: integer('first') },
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
  if (holds('LpipsInterleave', backend)) {
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
        value: call.attrs?.[ours],
      }));
      const tensors = inputs.map((name) => inputOf(call.inputs, kernelName, name));
      if (outputs === 1) return backend.executeSingleOutput(operation, values, tensors);
      return backend.executeMultipleOutputs(operation, values, tensors, outputs);
    },
  };
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
  LpipsPropagateNaN: { shapes: [[1], [1]], attributes: [] },
  LpipsInterleave: {
    shapes: [[1, 1, 1, 1]],
    attributes: Object.entries({ stride: 1, padding: 0, height: 1, width: 1 }).map(([name, value]) => ({
      ...integer(name),
      value,
    })),
  },
};

/** Whether the binding holds an operation, in this version of it. tfjs-node's own binding has none. */
function holds(operation: keyof typeof TRIALS, backend: NativeBackend): boolean {
  const { shapes, attributes } = TRIALS[operation];
  return tidy(() => {
    const inputs = shapes.map((shape) => ones(shape));
    try {
      const { dataId } = backend.executeSingleOutput(operation, attributes, inputs);
      backend.disposeData(dataId);
      return true;
    } catch {
      return false;
    }
  });
}
