/**
 * @module
 * Gradients of dilated convolutions. TensorFlow.js's own gradient functions refuse dilations above 1 on every
 * backend. They pass on backends that have registered kernels for them. Without a dilation, and on other backends, the stock
 * functions are called as before.
 */
import {
  Conv2D,
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  DepthwiseConv2dNative,
  DepthwiseConv2dNativeBackpropFilter,
  DepthwiseConv2dNativeBackpropInput,
  engine,
  type GradConfig,
  type GradFunc,
  getBackend,
  getGradient,
  type NamedAttrMap,
  registerGradient,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { invalid } from '../errors.js';

/** A gradient of this package, the backends that it is for, and the stock gradient whose place it takes. */
interface DilatedGradient extends GradConfig {
  readonly stockGradient: GradConfig;
  readonly backends: Set<string>;
}

const isDilated = (gradient: GradConfig | undefined): gradient is DilatedGradient =>
  gradient !== undefined && 'stockGradient' in gradient;

const GRADIENTS: Record<string, GradFunc> = {
  [Conv2D]: throughConvolution(Conv2DBackpropInput, Conv2DBackpropFilter),
  [DepthwiseConv2dNative]: throughConvolution(
    DepthwiseConv2dNativeBackpropInput,
    DepthwiseConv2dNativeBackpropFilter,
  ),
  [Conv2DBackpropInput]: throughInputGradient,
};

/**
 * Registers each gradient whose stock gradient is registered, for a backend whose kernels for the gradients of convolutions, and of
 * depthwise ones, take `dilations` among their attributes. Packages of backends call this. A second call changes nothing but for gradients that were
 * registered since the first.
 *
 * @param backend its name
 * @throws TrainingError unless `backend` is a string
 */
export function registerDilatedGradients(backend: string): void {
  checkName('registerDilatedGradients', backend);
  for (const [kernelName, gradFunc] of Object.entries(GRADIENTS)) {
    const stockGradient = getGradient(kernelName);
    if (!stockGradient) continue;
    if (isDilated(stockGradient)) {
      stockGradient.backends.add(backend);
      continue;
    }
    const backends = new Set([backend]);
    const gradient: DilatedGradient = {
      ...stockGradient,
      stockGradient,
      backends,
      gradFunc: (dy, saved, attrs) => {
        const isOurs = backends.has(getBackend()) && maximum(attrs['dilations']) > 1;
        return (isOurs ? gradFunc : stockGradient.gradFunc)(dy, saved, attrs);
      },
    };
    registerGradient(gradient);
  }
}

/**
 * Undoes `registerDilatedGradients` for a backend. The stock gradients are back once no backend is left.
 *
 * @throws TrainingError unless `backend` is a string
 */
export function unregisterDilatedGradients(backend: string): void {
  checkName('unregisterDilatedGradients', backend);
  for (const kernelName of Object.keys(GRADIENTS)) {
    const gradient = getGradient(kernelName);
    if (!isDilated(gradient)) continue;
    gradient.backends.delete(backend);
    if (gradient.backends.size === 0) registerGradient(gradient.stockGradient);
  }
}

function checkName(where: string, backend: unknown): void {
  if (typeof backend !== 'string') throw invalid(where, 'a string', 'backend', backend, 'Name a backend.');
}

/** y = x * filter: dx and dw from dy. */
function throughConvolution(inputKernel: string, filterKernel: string): GradFunc {
  return (dy, saved, attrs) => {
    const [x, filter] = saved as [Tensor, Tensor];
    const gradient = oneGradient(dy);
    return {
      x: () => run(inputKernel, { dy: gradient, filter }, { ...attrs, inputShape: x.shape }),
      filter: () => run(filterKernel, { x, dy: gradient }, { ...attrs, filterShape: filter.shape }),
    };
  };
}

/** dx is linear in dy and in the filter, so its own gradient is a convolution again. */
function throughInputGradient(ddx: Tensor | Tensor[], saved: Tensor[], attrs: NamedAttrMap) {
  const [dy, filter] = saved as [Tensor, Tensor];
  const x = oneGradient(ddx);
  return {
    dy: () => run(Conv2D, { x, filter }, attrs),
    filter: () => run(Conv2DBackpropFilter, { x, dy }, { ...attrs, filterShape: filter.shape }),
  };
}

function run(kernel: string, inputs: Record<string, Tensor>, attrs: NamedAttrMap): Tensor {
  return engine().runKernel<Tensor>(kernel, inputs, attrs);
}

/** A convolution has one output, so there is one gradient. */
function oneGradient(dy: Tensor | Tensor[]): Tensor {
  return dy as Tensor;
}

function maximum(dilations: NamedAttrMap[string] | undefined): number {
  return Math.max(...[dilations ?? 1].flat().map(Number));
}
