/**
 * @module
 * `DepthwiseConv2dNativeBackpropFilter`: the gradient of a depthwise convolution with respect to its kernels.
 *
 * Derivation, in one dimension: y[n,o,(c,m)] = Σ_k x[n, o·s + k·d − p, c] w[k,c,m], so with x padded by p
 * dw[k,c,m] = Σ_n Σ_o x[n, o·s + k·d, c] dy[n,o,(c,m)]. The inner sum is a depthwise convolution over k: one image
 * whose channels are (n,c), dy as its kernels, stride and dilation changing places. The sum over n remains.
 */
import {
  DepthwiseConv2dNativeBackpropFilter,
  reshape,
  sum,
  type Tensor4D,
  type TensorInfo,
  tidy,
  transpose,
  zeros,
} from '@tensorflow/tfjs-core';
import { geometryOf } from '../convolutions/geometry.js';
import { convolveDepthwise } from '../forward-kernels.js';
import { convGeometry, image, type KernelArguments, shapeAttribute } from '../kernel-arguments.js';
import { seenPixels } from './conv2d-backprop-filter.js';
import { ownDepthwiseFilterGradient } from './own-convolution.js';

/** dw `[height, width, in, multiplier]` from x `[batch, height, width, in]` and dy `[…, in · multiplier]`. */
export function depthwiseBackpropFilter(args: KernelArguments): TensorInfo {
  const x = image(DepthwiseConv2dNativeBackpropFilter, args, 'x');
  const dy = image(DepthwiseConv2dNativeBackpropFilter, args, 'dy');
  const filter = shapeAttribute(args, 'filterShape');
  const shapes = { x: x.shape, filter, dy: dy.shape };
  const geometry = convGeometry(DepthwiseConv2dNativeBackpropFilter, args, shapes, 'depthwise');
  const { batchSize, inChannels, outHeight, outWidth, outChannels } = geometry;
  if (x.size === 0 || dy.size === 0) return zeros(filter);
  const own = ownDepthwiseFilterGradient(args.backend, geometryOf(geometry), x, dy);
  if (own) return own;
  return tidy(() => {
    const seen = seenPixels(x, geometry);
    const [, height, width] = seen.shape;
    const channels = batchSize * inChannels;
    const multiplier = outChannels / inChannels;
    const oneImage: Tensor4D = reshape(transpose(seen, [1, 2, 0, 3]), [1, height, width, channels]);
    const kernels: Tensor4D = reshape(transpose(dy, [1, 2, 0, 3]), [
      outHeight,
      outWidth,
      channels,
      multiplier,
    ]);
    const ofEachImage = convolveDepthwise(oneImage, kernels, {
      strides: [geometry.dilationHeight, geometry.dilationWidth],
      dilations: [geometry.strideHeight, geometry.strideWidth],
    }); // [1, height, width, (batch, in, multiplier)]
    const [, rows, columns] = ofEachImage.shape;
    return reshape(sum(reshape(ofEachImage, [rows, columns, batchSize, outChannels]), 2), filter);
  });
}
