/**
 * @module
 * Upsampling by repeating pixels, and its gradient, where the size is a whole multiple (cpp/upsampling.cc).
 */
import {
  type KernelConfig,
  ResizeNearestNeighbor,
  type ResizeNearestNeighborAttrs,
  ResizeNearestNeighborGrad,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import {
  ATTRIBUTE,
  type Attribute,
  inputOf,
  type NativeBackend,
  replaceKernel,
  stockKernel,
} from './tensorflow-operation.js';
import { agree, asTensor, wave } from './try-kernel.js';

/** Replaces both kernels once the backend is registered, where the binding holds their operations. */
export function registerUpsampling(backend: NativeBackend): void {
  const stock = [ResizeNearestNeighbor, ResizeNearestNeighborGrad].flatMap((name) => stockKernel(name) ?? []);
  for (const kernel of stock) {
    const faster = byOwnOperation(kernel, backend);
    if (computesTheSame(kernel, faster, backend)) replaceKernel(faster);
  }
}

function byOwnOperation(stock: KernelConfig, backend: NativeBackend): KernelConfig {
  const isGradient = stock.kernelName === ResizeNearestNeighborGrad;
  return {
    ...stock,
    kernelFunc: (call) => {
      const images = inputOf(call.inputs, stock.kernelName, 'images');
      const { alignCorners, size }: Partial<ResizeNearestNeighborAttrs> = { ...call.attrs };
      const dy = isGradient ? inputOf(call.inputs, stock.kernelName, 'dy') : undefined;
      const factors = alignCorners ? undefined : factorsOf(images.shape, dy?.shape.slice(1, 3) ?? size);
      if (!factors || images.dtype !== 'float32') return stock.kernelFunc(call);
      return backend.executeSingleOutput(isGradient ? 'LpipsUpsampleGrad' : 'LpipsUpsample', factors, [
        dy ?? images,
      ]);
    },
  };
}

/**
 * How often each pixel is repeated, or undefined where the new size is no whole multiple. With a multiple, centres of
 * pixels and their corners give the same neighbour.
 */
function factorsOf(
  [, height = 0, width = 0]: readonly number[],
  [newHeight = 0, newWidth = 0]: readonly number[] = [],
): Attribute[] | undefined {
  const [down, across] = [newHeight / height, newWidth / width];
  if (!Number.isInteger(down) || !Number.isInteger(across) || down < 1 || across < 1) return undefined;
  return [
    { name: 'down', type: ATTRIBUTE.int, value: down },
    { name: 'across', type: ATTRIBUTE.int, value: across },
  ];
}

/** Sums of a few numbers differ by the order in which they are added. */
const LARGEST_DIFFERENCE = 1e-5;

function computesTheSame(stock: KernelConfig, faster: KernelConfig, backend: NativeBackend): boolean {
  const attrs = { alignCorners: false, halfPixelCenters: false, size: [6, 12] };
  return agree(LARGEST_DIFFERENCE, () => {
    const inputs = { images: wave([2, 3, 4, 5], 0.7), dy: wave([2, 6, 12, 5], 0.3) };
    const run = ({ kernelFunc }: KernelConfig) =>
      asTensor(kernelFunc({ inputs, backend, attrs }) as TensorInfo);
    return [run(stock), run(faster)];
  });
}
