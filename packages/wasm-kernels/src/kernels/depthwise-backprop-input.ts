/**
 * @module
 * `DepthwiseConv2dNativeBackpropInput`: the gradient of a depthwise convolution with respect to its input.
 *
 * Derivation, in one dimension: y[o,(c,m)] = Σ_k x[o·s + k·d − p, c] w[k,c,m]. Let z[o·s] = dy[o] and z = 0 between;
 * then dx[i,c] = Σ_m Σ_k z[i + p − k·d, (c,m)] w[k,c,m]: a depthwise convolution of z with the kernels rotated by
 * 180°, then the sum over the multiplier. A depthwise convolution is bound by memory, so the zeros cost little:
 * separate phases as for full convolutions are 1.4 to 5 times slower here.
 */
import {
  DepthwiseConv2dNativeBackpropInput,
  reshape,
  reverse,
  sum,
  type Tensor4D,
  type TensorInfo,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import { geometryOf } from '../convolutions/geometry.js';
import { convolveDepthwise, frame, spreadOut } from '../forward-kernels.js';
import { convGeometry, image, type KernelArguments, shapeAttribute } from '../kernel-arguments.js';
import { frameOfGradient } from './conv2d-backprop-input.js';
import { ownDepthwiseInputGradient } from './own-convolution.js';

/** dx `[batch, height, width, in]` from dy `[…, in · multiplier]` and the filter `[height, width, in, multiplier]`. */
export function depthwiseBackpropInput(args: KernelArguments): TensorInfo {
  const dy = image(DepthwiseConv2dNativeBackpropInput, args, 'dy');
  const filter = image(DepthwiseConv2dNativeBackpropInput, args, 'filter');
  const x = shapeAttribute(args, 'inputShape');
  const shapes = { x, filter: filter.shape, dy: dy.shape };
  const geometry = convGeometry(DepthwiseConv2dNativeBackpropInput, args, shapes, 'depthwise');
  if (dy.size === 0 || filter.size === 0) return zeros(x);
  const own = ownDepthwiseInputGradient(args.backend, geometryOf(geometry), dy, filter);
  if (own) return own;
  return tidy(() => {
    const [height, width, channels, multiplier] = filter.shape;
    const spread = spreadOut(dy, geometry);
    const framed = frame(spread, frameOfGradient(geometry, spread.shape[1], spread.shape[2]));
    const rotated: Tensor4D = reshape(reverse(filter, [0, 1]), [height, width, channels * multiplier, 1]);
    const ofEachKernel = convolveDepthwise(framed, rotated, {
      strides: [1, 1],
      dilations: [geometry.dilationHeight, geometry.dilationWidth],
    }); // [batch, height, width, (in, multiplier)]
    if (multiplier === 1) return ofEachKernel;
    return reshape(sum(reshape(ofEachKernel, [-1, channels, multiplier]), 2), x);
  });
}
