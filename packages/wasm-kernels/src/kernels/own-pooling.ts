/**
 * @module
 * Max pooling and its gradient by the kernels of `assembly/heap/pooling.ts`. Each function returns undefined where these
 * cannot compute; the caller then composes TensorFlow.js's own kernels.
 */
import { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { addressOf, heapKernels } from '../heap/heap-kernels.js';
import type { KernelArguments } from '../kernel-arguments.js';
import { type Padding, perAxis, soundPadding } from '../sound-padding.js';

type Pair = [number, number];

/** Sizes of a pooling, in the order of the kernels' arguments. */
interface Pooling {
  readonly outShape: readonly [number, number, number, number];
  readonly geometry: readonly number[];
}

function poolingOf({ attrs = {} }: KernelArguments, { shape }: TensorInfo): Pooling {
  const [batch = 0, height = 0, width = 0, channels = 0] = shape;
  const windows = perAxis(attrs['filterSize'], 2) as Pair;
  const strides = perAxis(attrs['strides'], 2) as Pair;
  const info = backend_util.computePool2DInfo(
    [batch, height, width, channels],
    windows,
    strides,
    [1, 1],
    soundPadding(attrs['pad'] as Padding, [height, width], windows, strides),
    (attrs['dimRoundingMode'] ?? undefined) as 'floor' | 'round' | 'ceil' | undefined,
  );
  const { padInfo, outHeight, outWidth, outShape } = info;
  return {
    outShape,
    geometry: [
      [batch, height, width, channels],
      windows,
      strides,
      [padInfo.top, padInfo.left, outHeight, outWidth],
    ].flat(),
  };
}

/** y of `MaxPool`. */
export function ownMaxPool(args: KernelArguments): TensorInfo | undefined {
  const { backend, inputs } = args;
  const { x } = inputs;
  const heap = backend instanceof BackendWasm ? heapKernels(backend) : undefined;
  if (!(backend instanceof BackendWasm) || !heap || x?.dtype !== 'float32') return undefined;
  const { outShape, geometry } = poolingOf(args, x);
  if ([...outShape, ...x.shape].includes(0)) return undefined;
  const y = backend.makeOutput([...outShape], 'float32');
  heap.maxPool(addressOf(backend, x), addressOf(backend, y), ...geometry);
  return y;
}

/** dx of `MaxPoolGrad` from dy, x and y, for a dy of the shape of the pooled images. */
export function ownMaxPoolGradient(
  args: KernelArguments,
  dy: TensorInfo,
  x: TensorInfo,
  y: TensorInfo,
): TensorInfo | undefined {
  const { backend } = args;
  const heap = backend instanceof BackendWasm ? heapKernels(backend) : undefined;
  if (!(backend instanceof BackendWasm) || !heap) return undefined;
  const { outShape, geometry } = poolingOf(args, x);
  if (outShape.join() !== dy.shape.join() || y.shape.join() !== dy.shape.join()) return undefined;
  const dx = backend.makeOutput(x.shape, 'float32');
  const addresses = [dy, x, y].map((tensor) => addressOf(backend, tensor)) as [number, number, number];
  heap.maxPoolGradient(...addresses, addressOf(backend, dx), ...geometry);
  return dx;
}
