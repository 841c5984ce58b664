/**
 * @module
 * The kernels of native/equation.cc, which our build of the binding holds: the steps of the LPIPS equation in one pass
 * each, under the names by which lpips-core looks for them, and the gradient of max pooling in place of TensorFlow's,
 * which divides its work by images alone.
 */
import {
  getKernel,
  type KernelConfig,
  MaxPoolGrad,
  type MaxPoolGradAttrs,
  registerKernel,
  type TensorInfo,
  tensor4d,
  tidy,
} from '@tensorflow/tfjs-core';
import { METRIC_KERNELS } from './metric-kernels.js';
import {
  ATTRIBUTE,
  type Attribute,
  BACKEND,
  type NativeBackend,
  replaceKernel,
} from './tensorflow-operation.js';

/** A kernel of lpips-core's as an operation of ours. */
interface EquationKernel {
  readonly kernelName: string;
  readonly operation: string;
  /** In the order of the operation. */
  readonly inputs: readonly string[];
  /** Numbers of the kernel: their names and types in the operation. */
  readonly attributes?: Readonly<Record<string, Omit<Attribute, 'value'>>>;
  readonly outputs?: number;
}

const EPSILON = { name: 'epsilon', type: ATTRIBUTE.float };

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
    attributes: { epsilon: EPSILON, leastNorm: { name: 'least_norm', type: ATTRIBUTE.float } },
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
  { kernelName: METRIC_KERNELS.propagateNaN, operation: 'LpipsHandOnNaN', inputs: ['value', 'x'] },
];

/** Registers them once the backend is registered, where the binding holds their operations. */
export function registerEquationKernels(backend: NativeBackend): void {
  if (getKernel(METRIC_KERNELS.unitNormalize, BACKEND) || !holdsOperations(backend)) return;
  for (const kernel of KERNELS) registerKernel(asKernel(kernel, backend));
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
      const [dy, input, output] = ['dy', 'input', 'output'].map((name) =>
        inputOf(call.inputs, MaxPoolGrad, name),
      );
      const window = windowOf({ ...call.attrs });
      if (window === undefined || !dy || input?.dtype !== 'float32' || !output) return stock.kernelFunc(call);
      const attributes = Object.entries(window).map(([name, value]) => ({
        name,
        type: ATTRIBUTE.int,
        value,
      }));
      return backend.executeSingleOutput('LpipsMaxPoolGrad', attributes, [input, output, dy]);
    },
  });
}

/** Square windows without padding, which the operation knows. */
function windowOf({
  filterSize,
  strides,
  pad,
}: Partial<MaxPoolGradAttrs>): { side: number; stride: number } | undefined {
  const [side, ...otherSides] = [filterSize ?? 0].flat();
  const [stride, ...otherStrides] = [strides ?? 0].flat();
  if (side === undefined || stride === undefined || pad !== 'valid') return undefined;
  const isSquare = otherSides.every((s) => s === side) && otherStrides.every((s) => s === stride);
  return isSquare ? { side, stride } : undefined;
}

function inputOf(
  inputs: Readonly<Record<string, TensorInfo | undefined>>,
  kernel: string,
  name: string,
): TensorInfo {
  const input = inputs[name];
  if (!input) throw new Error(`${kernel}: ${name} is needed`);
  return input;
}

/** Whether the binding is one that was compiled with them: an older one has none, nor has tfjs-node's own. */
function holdsOperations(backend: NativeBackend): boolean {
  return tidy(() => {
    const x = tensor4d([3, 4], [1, 1, 1, 2]);
    const epsilon = { ...EPSILON, value: 1 };
    try {
      const [u, r] = backend.executeMultipleOutputs('LpipsUnitNormalize', [epsilon], [x], 2);
      for (const { dataId } of [u, r].filter((made) => made !== undefined)) backend.disposeData(dataId);
      return true;
    } catch {
      return false;
    }
  });
}
