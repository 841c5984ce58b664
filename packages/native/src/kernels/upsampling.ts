/**
 * @module
 * Upsampling by repeating pixels, and its gradient, where the size is a whole multiple (cpp/upsampling.cc). For other sizes the
 * gradient is TensorFlow's, which tfjs-node does not tell of `halfPixelCenters`.
 */
import {
  type KernelConfig,
  ResizeNearestNeighbor,
  type ResizeNearestNeighborAttrs,
  ResizeNearestNeighborGrad,
  type TensorInfo,
  tensor1d,
} from '@tensorflow/tfjs-core';
import {
  ATTRIBUTE,
  type Attribute,
  FLOAT32,
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
      const { alignCorners, halfPixelCenters, size }: Partial<ResizeNearestNeighborAttrs> = { ...call.attrs };
      const dy = isGradient ? inputOf(call.inputs, stock.kernelName, 'dy') : undefined;
      const factors = alignCorners ? undefined : factorsOf(images.shape, dy?.shape.slice(1, 3) ?? size);
      if (!factors || images.dtype !== 'float32') {
        const isForgotten = dy?.dtype === 'float32' && halfPixelCenters && !alignCorners;
        return isForgotten ? centredGradient(dy, images.shape, backend) : stock.kernelFunc(call);
      }
      return backend.executeSingleOutput(isGradient ? 'LpipsUpsampleGrad' : 'LpipsUpsample', factors, [
        dy ?? images,
      ]);
    },
  };
}

/** The gradient of a resize by the centres of pixels, of any size. */
function centredGradient(
  dy: TensorInfo,
  [, height = 0, width = 0]: readonly number[],
  backend: NativeBackend,
): TensorInfo {
  const attributes: Attribute[] = [
    { name: 'T', type: ATTRIBUTE.type, value: FLOAT32 },
    { name: 'align_corners', type: ATTRIBUTE.bool, value: false },
    { name: 'half_pixel_centers', type: ATTRIBUTE.bool, value: true },
  ];
  const size = tensor1d([height, width], 'int32');
  try {
    return backend.executeSingleOutput(ResizeNearestNeighborGrad, attributes, [dy, size]);
  } finally {
    size.dispose();
  }
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
