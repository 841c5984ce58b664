/**
 * @module
 * `ResizeNearestNeighbor`, `ResizeBilinear` and their gradients by the kernels of `assembly/heap/resize.ts`. The stock
 * gradients do not know `halfPixelCenters`, and that of nearest neighbours takes 8 times as long. The stock kernels are
 * called where ours cannot compute.
 */
import { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelConfig, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { addressOf, heapKernels } from '../heap/heap-kernels.js';
import type { KernelArguments } from '../kernel-arguments.js';

type Resizing = 'resizeBilinear' | 'resizeNearest';

/** Of `ResizeNearestNeighbor` and `ResizeBilinear`: y `[batch, size[0], size[1], channels]` from images. */
export function resize(name: Resizing): (stock: KernelConfig) => KernelFunc {
  return (stock) => (args) => {
    const { images } = args.inputs;
    const [outHeight = 0, outWidth = 0] = (args.attrs?.['size'] ?? []) as number[];
    if (!images) return stock.kernelFunc(args);
    const [batch = 0, , , channels = 0] = images.shape;
    const outShape = [batch, outHeight, outWidth, channels];
    return run(args, name, images, images, outShape, outShape) ?? stock.kernelFunc(args);
  };
}

/** Of `ResizeNearestNeighborGrad` and `ResizeBilinearGrad`: dx of the shape of images from dy. */
export function resizeGradient(name: Resizing): (stock: KernelConfig) => KernelFunc {
  return (stock) => (args) => {
    const { images, dy } = args.inputs;
    if (!images || !dy) return stock.kernelFunc(args);
    return run(args, `${name}Gradient`, images, dy, dy.shape, images.shape) ?? stock.kernelFunc(args);
  };
}

/**
 * @param from what is read
 * @param outShape of the resized images
 * @param shape of the result
 */
function run(
  { backend, attrs = {} }: KernelArguments,
  name: Resizing | `${Resizing}Gradient`,
  images: TensorInfo,
  from: TensorInfo,
  outShape: readonly number[],
  shape: number[],
): TensorInfo | undefined {
  const heap = backend instanceof BackendWasm ? heapKernels(backend) : undefined;
  if (!(backend instanceof BackendWasm) || !heap) return undefined;
  if (images.dtype !== 'float32' || from.dtype !== 'float32') return undefined;
  if ([...images.shape, ...outShape].includes(0)) return undefined;
  const [batch = 0, height = 0, width = 0, channels = 0] = images.shape;
  const [, outHeight = 0, outWidth = 0] = outShape;
  const result = backend.makeOutput(shape, 'float32');
  heap[name](
    addressOf(backend, from),
    addressOf(backend, result),
    batch,
    height,
    width,
    channels,
    outHeight,
    outWidth,
    Number(attrs['alignCorners'] ?? false),
    Number(attrs['halfPixelCenters'] ?? false),
  );
  return result;
}
