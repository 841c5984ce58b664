/**
 * @module
 * What TensorFlow.js hands a kernel, read with the checks that its own convolution kernels leave out.
 */
import { backend_util, type KernelFunc, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { unsupported } from './errors.js';

/** Arguments of a kernel. */
export type KernelArguments = Parameters<KernelFunc>[0];

/** Geometry of a convolution forwards: sizes, strides, dilations and the padding of each side. */
export type ConvGeometry = backend_util.Conv2DInfo;

type Shape4D = [number, number, number, number];
type Pair = [number, number];
type Padding = Parameters<typeof backend_util.computeConv2DInfo>[4];
type RoundingMode = 'floor' | 'round' | 'ceil';

/** An input by name. The engine passes tensors, whatever the type of a kernel says. */
export function input({ inputs }: KernelArguments, name: string): Tensor {
  return inputs[name] as Tensor;
}

/** A float32 input by name. */
export function floats(kernel: string, args: KernelArguments, name: string): Tensor {
  const tensor = input(args, name);
  if (tensor.dtype === 'float32') return tensor;
  throw unsupported(kernel, 'float32', name, tensor.dtype, "Cast it with cast('float32').");
}

/** A float32 input `[batch, height, width, channels]` by name. */
export function image(kernel: string, args: KernelArguments, name: string): Tensor4D {
  const tensor = floats(kernel, args, name);
  if (tensor.rank === 4) return tensor as Tensor4D;
  const advice = 'Add a batch axis with expandDims(0).';
  throw unsupported(kernel, '4 dimensions', name, `[${tensor.shape.join(', ')}]`, advice);
}

/** An attribute that is the shape of an image or a filter. */
export function shapeAttribute({ attrs }: KernelArguments, name: string): Shape4D {
  return attrs?.[name] as Shape4D;
}

/**
 * Geometry of the forward convolution that this kernel goes back through, from its attributes.
 *
 * @param shapes of the forward input, of the filter, and of dy, which must be that of the forward output
 * @throws WasmKernelError for channels first, for strides together with dilations, and for a dy of another shape
 */
export function convGeometry(
  kernel: string,
  { attrs = {} }: KernelArguments,
  shapes: { x: Shape4D; filter: Shape4D; dy: readonly number[] },
  kind: 'full' | 'depthwise',
): ConvGeometry {
  const format = (attrs['dataFormat'] ?? 'NHWC') as 'NHWC' | 'NCHW';
  if (format !== 'NHWC') {
    const advice =
      "Transpose to [batch, height, width, channels], or use dataFormat: 'channelsLast' in layers.";
    throw unsupported(kernel, "'NHWC'", 'dataFormat', `'${format}'`, advice);
  }
  const geometry = backend_util.computeConv2DInfo(
    shapes.x,
    shapes.filter,
    attrs['strides'] as number | Pair,
    (attrs['dilations'] ?? 1) as number | Pair,
    attrs['pad'] as Padding,
    (attrs['dimRoundingMode'] ?? undefined) as RoundingMode | undefined,
    kind === 'depthwise',
  );
  const strides: Pair = [geometry.strideHeight, geometry.strideWidth];
  const dilations: Pair = [geometry.dilationHeight, geometry.dilationWidth];
  if (Math.max(...strides) > 1 && Math.max(...dilations) > 1) {
    const got = `strides [${strides.join(', ')}] and dilations [${dilations.join(', ')}]`;
    const advice = 'TensorFlow.js has no such convolution forwards either.';
    throw unsupported(kernel, 'strides of 1 or dilations of 1', 'strides, dilations', got, advice);
  }
  if (geometry.outShape.join() !== shapes.dy.join()) {
    const advice = 'It is the gradient of the output, so it has the shape of the output.';
    const expected = `[${geometry.outShape.join(', ')}]`;
    throw unsupported(kernel, expected, 'dy', `[${shapes.dy.join(', ')}]`, advice);
  }
  return geometry;
}
