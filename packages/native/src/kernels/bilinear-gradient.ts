/**
 * @module
 * The gradient of bilinear resizing by an operation of our own (cpp/bilinear-gradient.cc). TensorFlow's runs on one thread, and
 * tfjs-node does not tell it of `halfPixelCenters`, so that its gradient is that of another resizing. Resizing itself is
 * TensorFlow's: one pass of ours over the result was not faster.
 */
import {
  type KernelConfig,
  type ResizeBilinearAttrs,
  ResizeBilinearGrad,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import {
  ATTRIBUTE,
  inputOf,
  type NativeBackend,
  replaceKernel,
  stockKernel,
} from './tensorflow-operation.js';
import { agree, asTensor, wave } from './try-kernel.js';

/** Where pixels of the result lie among those of the image, as the operation numbers it. */
const PLACING = { plain: 0, alignedCorners: 1, halfPixels: 2 } as const;

/** Replaces the kernel once the backend is registered, where the binding holds the operation. */
export function registerBilinearGradient(backend: NativeBackend): void {
  const stock = stockKernel(ResizeBilinearGrad);
  if (!stock) return;
  const own = byOwnOperation(stock, backend);
  if (computesTheSame(stock, own, backend)) replaceKernel(own);
}

function byOwnOperation(stock: KernelConfig, backend: NativeBackend): KernelConfig {
  return {
    ...stock,
    kernelFunc: (call) => {
      const [images, dy] = ['images', 'dy'].map((name) => inputOf(call.inputs, stock.kernelName, name)) as [
        TensorInfo,
        TensorInfo,
      ];
      const isKnown = [images, dy].every(({ dtype, shape }) => dtype === 'float32' && !shape.includes(0));
      if (!isKnown) return stock.kernelFunc(call);
      const [, height, width] = images.shape;
      const attributes = Object.entries({ height, width, placing: placingOf({ ...call.attrs }) }).map(
        ([name, value]) => ({ name, type: ATTRIBUTE.int, value }),
      );
      return backend.executeSingleOutput('LpipsResizeBilinearGrad', attributes, [dy]);
    },
  };
}

function placingOf({ alignCorners, halfPixelCenters }: Partial<ResizeBilinearAttrs>): number {
  if (alignCorners) return PLACING.alignedCorners;
  return halfPixelCenters ? PLACING.halfPixels : PLACING.plain;
}

/** Sums of a few numbers differ by the order in which they are added. */
const LARGEST_DIFFERENCE = 1e-5;

/** In the two ways to place pixels that tfjs-node knows. */
function computesTheSame(stock: KernelConfig, own: KernelConfig, backend: NativeBackend): boolean {
  return [false, true].every((alignCorners) =>
    agree(LARGEST_DIFFERENCE, () => {
      const inputs = { images: wave([2, 3, 9, 5], 0.7), dy: wave([2, 6, 7, 5], 0.3) };
      const run = ({ kernelFunc }: KernelConfig) =>
        asTensor(kernelFunc({ inputs, backend, attrs: { alignCorners } }) as TensorInfo);
      return [run(stock), run(own)];
    }),
  );
}
