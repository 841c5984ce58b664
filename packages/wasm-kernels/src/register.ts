/**
 * @module
 * Puts this package's kernels into TensorFlow.js's registry, and takes them out again. Importing this module registers
 * them.
 *
 * The registry is the only state: each kernel carries the stock kernel that it replaces. So a second copy of this
 * package recognises the kernels of the first, and either copy can take them out.
 */
import '@tensorflow/tfjs-backend-wasm';
import {
  All,
  Any,
  AvgPool,
  AvgPool3D,
  AvgPool3DGrad,
  AvgPoolGrad,
  BatchMatMul,
  Conv2D,
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  Conv3D,
  Conv3DBackpropFilterV2,
  Conv3DBackpropInputV2,
  DepthwiseConv2dNative,
  DepthwiseConv2dNativeBackpropFilter,
  DepthwiseConv2dNativeBackpropInput,
  env,
  FusedConv2D,
  FusedDepthwiseConv2D,
  GatherV2,
  getKernel,
  Identity,
  type KernelConfig,
  type KernelFunc,
  Max,
  MaxPool,
  MaxPool3D,
  MaxPool3DGrad,
  MaxPoolGrad,
  MaxPoolWithArgmax,
  Mean,
  Min,
  Prod,
  ResizeBilinear,
  ResizeBilinearGrad,
  ResizeNearestNeighbor,
  ResizeNearestNeighborGrad,
  registerKernel,
  Slice,
  Sum,
  UnsortedSegmentSum,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import {
  fuseLayers,
  fuseOptimizers,
  mendCpuKernels,
  registerDilatedGradients,
  TRAINING_KERNELS,
  unregisterDilatedGradients,
} from 'tfjs-fused-training';
import { avgPool3DGrad } from './kernels/avg-pool-3d-grad.js';
import { avgPoolGrad } from './kernels/avg-pool-grad.js';
import { batchMatMul } from './kernels/batch-mat-mul.js';
import { conv2DBackpropFilter } from './kernels/conv2d-backprop-filter.js';
import { conv2DBackpropInput } from './kernels/conv2d-backprop-input.js';
import { conv3DBackpropFilter, conv3DBackpropInput } from './kernels/conv3d-backprop.js';
import { depthwiseBackpropFilter } from './kernels/depthwise-backprop-filter.js';
import { depthwiseBackpropInput } from './kernels/depthwise-backprop-input.js';
import { reduction } from './kernels/empty-reduction.js';
import { depthwiseConvolution, fullConvolution, maxPooling, pooling } from './kernels/forward-2d.js';
import { convolution3D, pooling3D } from './kernels/forward-3d.js';
import { gather } from './kernels/gather.js';
import { identity } from './kernels/identity.js';
import { maxPool3D, maxPool3DGrad } from './kernels/max-pool-3d.js';
import { maxPoolGrad } from './kernels/max-pool-grad.js';
import { METRIC_KERNEL_FUNCTIONS } from './kernels/metric-kernels.js';
import { fusedOptimizer } from './kernels/optimizer-kernel.js';
import { resize, resizeGradient } from './kernels/resize.js';
import { slice } from './kernels/slice.js';
import { TRAINING_KERNEL_FUNCTIONS } from './kernels/training-kernels.js';
import { unsortedSegmentSum } from './kernels/unsorted-segment-sum.js';
import { canRunOwnKernels } from './pool/compiled-kernels.js';

const BACKEND = 'wasm';

/** A kernel of this package, and the stock kernel whose place it takes, if there is one. */
interface OwnKernel extends KernelConfig {
  readonly stockKernel: KernelConfig | undefined;
}

const isOwnKernel = (kernel: KernelConfig | undefined): kernel is OwnKernel =>
  kernel !== undefined && 'stockKernel' in kernel;

/** Kernels that do not call a stock kernel of the same name. */
const KERNELS: Record<string, KernelFunc> = {
  [AvgPool3DGrad]: avgPool3DGrad,
  [AvgPoolGrad]: avgPoolGrad,
  [Conv2DBackpropFilter]: conv2DBackpropFilter,
  [Conv2DBackpropInput]: conv2DBackpropInput,
  [Conv3DBackpropFilterV2]: conv3DBackpropFilter,
  [Conv3DBackpropInputV2]: conv3DBackpropInput,
  [DepthwiseConv2dNativeBackpropFilter]: depthwiseBackpropFilter,
  [DepthwiseConv2dNativeBackpropInput]: depthwiseBackpropInput,
  [MaxPool3D]: maxPool3D,
  [MaxPool3DGrad]: maxPool3DGrad,
  [MaxPoolGrad]: maxPoolGrad,
  [UnsortedSegmentSum]: unsortedSegmentSum,
};

/** Kernels that stand for none of TensorFlow.js: whoever looks for one has a way without it. */
const ADDITIONS: Readonly<Record<string, KernelFunc>> = {
  ...METRIC_KERNEL_FUNCTIONS,
  ...TRAINING_KERNEL_FUNCTIONS,
  [TRAINING_KERNELS.optimizer]: fusedOptimizer,
};

/** Kernels that change the arguments and call the stock kernel. */
const WRAPPERS: Record<string, (stock: KernelConfig) => KernelFunc> = {
  [All]: reduction(1),
  [Any]: reduction(0),
  [AvgPool]: pooling,
  [AvgPool3D]: pooling3D,
  [BatchMatMul]: batchMatMul,
  [Conv2D]: fullConvolution,
  [Conv3D]: convolution3D,
  [DepthwiseConv2dNative]: depthwiseConvolution,
  [FusedConv2D]: fullConvolution,
  [FusedDepthwiseConv2D]: depthwiseConvolution,
  [GatherV2]: gather,
  [Identity]: identity,
  [Max]: reduction(Number.NEGATIVE_INFINITY),
  [MaxPool]: maxPooling,
  [MaxPoolWithArgmax]: pooling,
  [Mean]: reduction(Number.NaN),
  [Min]: reduction(Number.POSITIVE_INFINITY),
  [Prod]: reduction(1),
  [ResizeBilinear]: resize('resizeBilinear'),
  [ResizeBilinearGrad]: resizeGradient('resizeBilinear'),
  [ResizeNearestNeighbor]: resize('resizeNearest'),
  [ResizeNearestNeighborGrad]: resizeGradient('resizeNearest'),
  [Slice]: slice,
  [Sum]: reduction(0),
};

/**
 * Registers the kernels on the WASM backend, before or after it is set. Importing the package does this. Another
 * call, or a second copy of the package, changes nothing.
 */
export function registerWasmKernels(): void {
  for (const [name, kernel] of Object.entries(KERNELS)) replace(name, () => kernel);
  if (canRunOwnKernels()) for (const [name, kernel] of Object.entries(ADDITIONS)) replace(name, () => kernel);
  for (const [name, wrap] of Object.entries(WRAPPERS)) {
    replace(name, (stock) => (stock ? wrap(stock) : undefined));
  }
  takeGradients();
  fuseOptimizers();
  mendCpuKernels();
  keepSingleThreadedBuild();
}

/** Puts our gradients in the place of those that TensorFlow.js has registered so far. */
function takeGradients(): void {
  registerDilatedGradients(BACKEND);
  fuseLayers();
}

/** The flag by which TensorFlow.js takes its build with threads. */
const MULTITHREAD = 'WASM_HAS_MULTITHREAD_SUPPORT';

/**
 * In an isolated page TensorFlow.js would start as many threads again as this package does, in workers of a blob, which
 * most content security policies forbid. Whoever wants them sets the flag.
 */
function keepSingleThreadedBuild(): void {
  if (!(MULTITHREAD in env().getFlags())) env().set(MULTITHREAD, false);
}

/** Takes the kernels out of the registry and restores the stock ones. */
export function unregisterWasmKernels(): void {
  const names = [KERNELS, WRAPPERS, ADDITIONS].flatMap((kernels) => Object.keys(kernels));
  for (const name of names) {
    const kernel = getKernel(name, BACKEND);
    if (!isOwnKernel(kernel)) continue;
    unregisterKernel(name, BACKEND);
    if (kernel.stockKernel) registerKernel(kernel.stockKernel);
  }
  unregisterDilatedGradients(BACKEND);
}

function replace(
  kernelName: string,
  make: (stock: KernelConfig | undefined) => KernelFunc | undefined,
): void {
  const stockKernel = getKernel(kernelName, BACKEND);
  if (isOwnKernel(stockKernel)) return;
  const kernelFunc = make(stockKernel);
  if (!kernelFunc) return;
  if (stockKernel) unregisterKernel(kernelName, BACKEND);
  const kernel: OwnKernel = {
    ...stockKernel,
    kernelName,
    backendName: BACKEND,
    kernelFunc,
    stockKernel,
    setupFunc: (backend) => {
      stockKernel?.setupFunc?.(backend);
      // Stock gradients and the backend cpu may be registered after this package is imported, but hardly after the backend
      // is set up.
      takeGradients();
      mendCpuKernels();
    },
  };
  registerKernel(kernel);
}

registerWasmKernels();
