/**
 * @module
 * `AvgPool3DGrad`. The stock kernel divides by the whole window at the edges too, as the one for images does. Here the
 * gradient goes back through the pooling over depth, then through the one over height and width.
 */
import { AvgPool3DGrad, reshape, type Tensor, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import { type KernelArguments, volume } from '../kernel-arguments.js';
import { splitPooling } from '../split-pooling.js';
import { spreadAverages } from './avg-pool-grad.js';

/** dx `[batch, depth, height, width, channels]` from dy and the shape of x. */
export function avgPool3DGrad(args: KernelArguments): Tensor {
  const dy = volume(AvgPool3DGrad, args, 'dy');
  const x = volume(AvgPool3DGrad, args, 'input');
  const { inPlane, inDepth } = splitPooling(args.attrs ?? {});
  const [batch, depth, height, width, channels] = x.shape;
  const [, pooledDepth, rows, columns] = dy.shape;
  return tidy(() => {
    const deep: Tensor4D = reshape(dy, [batch, pooledDepth, rows * columns, channels]);
    const ofPlanes = spreadAverages(AvgPool3DGrad, deep, [batch, depth, rows * columns, channels], inDepth);
    const planes: Tensor4D = reshape(ofPlanes, [batch * depth, rows, columns, channels]);
    const dx = spreadAverages(AvgPool3DGrad, planes, [batch * depth, height, width, channels], inPlane);
    return reshape(dx, x.shape);
  });
}
