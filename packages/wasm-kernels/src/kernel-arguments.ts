/**
 * @module
 * Reads the arguments that TensorFlow.js passes to a kernel, with the checks that its own kernels leave out.
 */
import {
  backend_util,
  type KernelFunc,
  type Tensor,
  type Tensor4D,
  type Tensor5D,
} from '@tensorflow/tfjs-core';
import { cannot, unsupported } from './errors.js';
import { type Padding, perAxis, soundPadding } from './sound-padding.js';

/** Arguments of a kernel. */
export type KernelArguments = Parameters<KernelFunc>[0];

/** Geometry of a forward convolution: sizes, strides, dilations and the padding of each side. */
export type ConvGeometry = backend_util.Conv2DInfo;

type Shape4D = [number, number, number, number];
type Pair = [number, number];
type RoundingMode = 'floor' | 'round' | 'ceil';

/** An input by name. The engine passes tensors, although the type of a kernel allows less. */
export function input({ inputs }: KernelArguments, name: string): Tensor {
  return inputs[name] as Tensor;
}

/** A float32 input `[batch, height, width, channels]` by name. */
export function image(kernel: string, args: KernelArguments, name: string): Tensor4D {
  return floats(kernel, args, name, 4) as Tensor4D;
}

/** A float32 input `[batch, depth, height, width, channels]` by name. */
export function volume(kernel: string, args: KernelArguments, name: string): Tensor5D {
  return floats(kernel, args, name, 5) as Tensor5D;
}

function floats(kernel: string, args: KernelArguments, name: string, rank: number): Tensor {
  const tensor = input(args, name);
  if (tensor.dtype !== 'float32') {
    throw unsupported(kernel, 'float32', name, tensor.dtype, "Cast it with cast('float32').");
  }
  if (tensor.rank === rank) return tensor;
  const advice = 'Add a batch axis with expandDims(0).';
  throw unsupported(kernel, `${rank} dimensions`, name, `[${tensor.shape.join(', ')}]`, advice);
}

/** An attribute that is the shape of an image or a filter. */
export function shapeAttribute({ attrs }: KernelArguments, name: string): Shape4D {
  return attrs?.[name] as Shape4D;
}

/** Geometry of a forward convolution with channels last, from the kernel's attributes. */
export function forwardGeometry(
  { attrs = {} }: KernelArguments,
  shapes: { x: Shape4D; filter: Shape4D },
  kind: 'full' | 'depthwise',
): ConvGeometry {
  const strides = perAxis(attrs['strides'], 2) as Pair;
  const dilations = perAxis(attrs['dilations'], 2) as Pair;
  const [, height, width] = shapes.x;
  const [filterHeight, filterWidth] = shapes.filter;
  const windows: Pair = [(filterHeight - 1) * dilations[0] + 1, (filterWidth - 1) * dilations[1] + 1];
  return backend_util.computeConv2DInfo(
    shapes.x,
    shapes.filter,
    strides,
    dilations,
    soundPadding(attrs['pad'] as Padding, [height, width], windows, strides),
    (attrs['dimRoundingMode'] ?? undefined) as RoundingMode | undefined,
    kind === 'depthwise',
  );
}

/**
 * Geometry of the forward convolution whose gradient the kernel computes, from the kernel's attributes.
 *
 * @param shapes of the forward input, of the filter, and of dy, which must have the shape of the forward output
 * @throws WasmKernelError for channels first, for strides together with dilations, and for a dy of another shape
 */
export function convGeometry(
  kernel: string,
  args: KernelArguments,
  shapes: { x: Shape4D; filter: Shape4D; dy: readonly number[] },
  kind: 'full' | 'depthwise',
): ConvGeometry {
  const { attrs = {} } = args;
  const format = (attrs['dataFormat'] ?? 'NHWC') as 'NHWC' | 'NCHW';
  if (format !== 'NHWC') {
    const advice =
      "Transpose to [batch, height, width, channels], or use dataFormat: 'channelsLast' in layers.";
    throw unsupported(kernel, "'NHWC'", 'dataFormat', `'${format}'`, advice);
  }
  const geometry = forwardGeometry(args, shapes, kind);
  const { strideHeight, strideWidth, dilationHeight, dilationWidth } = geometry;
  if (Math.max(strideHeight, strideWidth) > 1 && Math.max(dilationHeight, dilationWidth) > 1) {
    const [strides, dilations] = [`${strideHeight}, ${strideWidth}`, `${dilationHeight}, ${dilationWidth}`];
    const what = `combine strides [${strides}] with dilations [${dilations}]`;
    const why = 'TensorFlow.js has no such forward convolution';
    throw cannot(kernel, what, why, 'Set one of them to 1.');
  }
  if (geometry.outShape.join() !== shapes.dy.join()) {
    const advice = 'It is the gradient of the output, so it has the shape of the output.';
    const expected = `[${geometry.outShape.join(', ')}]`;
    throw unsupported(kernel, expected, 'dy', `[${shapes.dy.join(', ')}]`, advice);
  }
  return geometry;
}
