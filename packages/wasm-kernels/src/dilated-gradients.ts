/**
 * @module
 * Gradients of dilated convolutions. TensorFlow.js's own gradient functions refuse dilations above 1 on every
 * backend, and the kernels of this package take them. Without a dilation, and on other backends, the stock functions
 * are called as before.
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

/** A gradient of this package, and the stock gradient whose place it takes. */
interface DilatedGradient extends GradConfig {
  readonly stockGradient: GradConfig;
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

/** Registers each gradient whose stock gradient is registered. */
export function registerDilatedGradients(backend: string): void {
  for (const [kernelName, gradFunc] of Object.entries(GRADIENTS)) {
    const stockGradient = getGradient(kernelName);
    if (!stockGradient || isDilated(stockGradient)) continue;
    const gradient: DilatedGradient = {
      ...stockGradient,
      stockGradient,
      gradFunc: (dy, saved, attrs) => {
        const isOurs = getBackend() === backend && maximum(attrs['dilations']) > 1;
        return (isOurs ? gradFunc : stockGradient.gradFunc)(dy, saved, attrs);
      },
    };
    registerGradient(gradient);
  }
}

/** Restores the stock gradients. */
export function unregisterDilatedGradients(): void {
  for (const kernelName of Object.keys(GRADIENTS)) {
    const gradient = getGradient(kernelName);
    if (isDilated(gradient)) registerGradient(gradient.stockGradient);
  }
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
