/**
 * @module
 * `MaxPool3D` and `MaxPool3DGrad`. The stock kernels look for the maximum of a window among positive values only.
 *
 * Each kernel is two 2D poolings, and the gradient goes back through one after the other. Ties are as in `MaxPoolGrad`.
 */
import {
  engine,
  MaxPool,
  MaxPool3D,
  MaxPool3DGrad,
  MaxPoolGrad,
  type NamedAttrMap,
  reshape,
  type Tensor,
  type Tensor4D,
  type Tensor5D,
  tidy,
} from '@tensorflow/tfjs-core';
import { type KernelArguments, volume } from '../kernel-arguments.js';
import { splitPooling } from '../split-pooling.js';

/** y `[batch, depth', height', width', channels]` from x `[batch, depth, height, width, channels]`. */
export function maxPool3D(args: KernelArguments): Tensor {
  const x = volume(MaxPool3D, args, 'x');
  return tidy(() => {
    const { flat, y } = pooled(x, args);
    const [batch, depth] = y.shape;
    const [, rows, columns, channels] = flat.shape;
    return reshape(y, [batch, depth, rows, columns, channels]);
  });
}

/** dx `[batch, depth, height, width, channels]` from x and dy. */
export function maxPool3DGrad(args: KernelArguments): Tensor {
  const dy = volume(MaxPool3DGrad, args, 'dy');
  const x = volume(MaxPool3DGrad, args, 'input');
  return tidy(() => {
    const { planes, flat, deep, y, inPlane, inDepth } = pooled(x, args);
    const ofDeep = run(MaxPoolGrad, { dy: reshape(dy, y.shape), input: deep, output: y }, inDepth);
    const dx = run(MaxPoolGrad, { dy: reshape(ofDeep, flat.shape), input: planes, output: flat }, inPlane);
    return reshape(dx, x.shape);
  });
}

/** Both poolings: of planes `[batch · depth, height, width, …]`, and of deep `[batch, depth, height' · width', …]`. */
function pooled(x: Tensor5D, { attrs = {} }: KernelArguments) {
  const { inPlane, inDepth } = splitPooling(attrs);
  const [batch, depth, height, width, channels] = x.shape;
  const planes: Tensor4D = reshape(x, [batch * depth, height, width, channels]);
  const flat = run(MaxPool, { x: planes }, inPlane);
  const [, rows, columns] = flat.shape;
  const deep: Tensor4D = reshape(flat, [batch, depth, rows * columns, channels]);
  return { planes, flat, deep, y: run(MaxPool, { x: deep }, inDepth), inPlane, inDepth };
}

function run(kernel: string, inputs: Record<string, Tensor>, attrs: NamedAttrMap): Tensor4D {
  return engine().runKernel<Tensor4D>(kernel, inputs, attrs);
}
