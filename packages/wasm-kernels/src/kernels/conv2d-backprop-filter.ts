/**
 * @module
 * `Conv2DBackpropFilter`: the gradient of a convolution with respect to its kernels.
 *
 * Derivation, in one dimension: y[n,o,f] = Σ_k,c x[n, o·s + k·d − p, c] w[k,c,f], so with x padded by p
 * dw[k,c,f] = Σ_n,o x[n, o·s + k·d, c] dy[n,o,f]. There are two ways to sum this, and `prefersTaps` chooses the faster:
 * - taps: for each k one matrix product of the pixels under it, [c, (n,o)], with dy, [(n,o), f];
 * - swapped: a convolution over k with batch and channels swapped: x as c images of n channels, dy as the kernel,
 *   stride and dilation changing places. Output k·d sees dy at steps of s.
 */
import {
  Conv2DBackpropFilter,
  matMul,
  type Rank,
  reshape,
  slice,
  stack,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  type TensorInfo,
  tidy,
  transpose,
  zeros,
} from '@tensorflow/tfjs-core';
import { geometryOf } from '../convolutions/geometry.js';
import { convolve, everyPixel, frame } from '../forward-kernels.js';
import {
  type ConvGeometry,
  convGeometry,
  image,
  type KernelArguments,
  shapeAttribute,
} from '../kernel-arguments.js';
import { ownFilterGradient } from './own-convolution.js';

/** dw `[height, width, in, out]` from x `[batch, height, width, in]` and dy `[batch, height', width', out]`. */
export function conv2DBackpropFilter(args: KernelArguments): TensorInfo {
  const x = image(Conv2DBackpropFilter, args, 'x');
  const dy = image(Conv2DBackpropFilter, args, 'dy');
  const filter = shapeAttribute(args, 'filterShape');
  const geometry = convGeometry(Conv2DBackpropFilter, args, { x: x.shape, filter, dy: dy.shape }, 'full');
  if (x.size === 0 || dy.size === 0) return zeros(filter);
  const own = ownFilterGradient(args.backend, geometryOf(geometry), x, dy);
  if (own) return own;
  return tidy(() => {
    const seen = seenPixels(x, geometry);
    return prefersTaps(geometry) ? overTaps(seen, dy, geometry) : swapped(seen, dy, geometry);
  });
}

/** x framed or cut to the pixels that the windows cover. */
export function seenPixels(x: Tensor4D, geometry: ConvGeometry): Tensor4D {
  const { outHeight, outWidth, strideHeight, strideWidth, padInfo } = geometry;
  const height = (outHeight - 1) * strideHeight + geometry.effectiveFilterHeight;
  const width = (outWidth - 1) * strideWidth + geometry.effectiveFilterWidth;
  return frame(x, {
    rows: [padInfo.top, height - geometry.inHeight - padInfo.top],
    columns: [padInfo.left, width - geometry.inWidth - padInfo.left],
  });
}

/**
 * Taps copy x once for each k, and the other way reorders dy. Taps are faster up to 2 to 10 times as many channels in
 * the copies of x as in dy (fewer in larger batches), measured on 150 geometries with stride 1. Cutting out every
 * s-th pixel is slow. So with larger strides only 1x1 kernels use taps, where it is done once.
 */
function prefersTaps(geometry: ConvGeometry): boolean {
  const { filterHeight, filterWidth, inChannels, outChannels, batchSize } = geometry;
  const taps = filterHeight * filterWidth;
  if (taps === 1) return true;
  if (geometry.strideHeight > 1 || geometry.strideWidth > 1) return false;
  return taps * inChannels < (2 + 8 / batchSize) * outChannels;
}

function overTaps(x: Tensor4D, dy: Tensor4D, geometry: ConvGeometry): Tensor4D {
  const { batchSize, outHeight, outWidth, inChannels, outChannels, filterHeight, filterWidth } = geometry;
  const pixels = batchSize * outHeight * outWidth;
  const channelFirst = transpose(everyPixel(x, geometry), [3, 0, 1, 2]); // [in, batch, height, width]
  const [, , height, width] = channelFirst.shape;
  const planes: Tensor3D = reshape(channelFirst, [inChannels * batchSize, height, width]);
  const gradient: Tensor2D = reshape(dy, [pixels, outChannels]);
  const products: Tensor2D[] = [];
  for (let row = 0; row < filterHeight; row++) {
    for (let column = 0; column < filterWidth; column++) {
      const start: [number, number, number] = [
        0,
        row * geometry.dilationHeight,
        column * geometry.dilationWidth,
      ];
      const seen = slice(planes, start, [inChannels * batchSize, outHeight, outWidth]);
      products.push(matMul(reshape<Rank.R2>(seen, [inChannels, pixels]), gradient));
    }
  }
  return reshape(stack(products), geometry.filterShape as Tensor4D['shape']); // [height, width, in, out]
}

function swapped(x: Tensor4D, dy: Tensor4D, geometry: ConvGeometry): Tensor4D {
  const images: Tensor4D = transpose(x, [3, 1, 2, 0]); // [in, height, width, batch]
  const kernel: Tensor4D = transpose(dy, [1, 2, 0, 3]); // [height', width', batch, out]
  const gradient = convolve(images, kernel, {
    strides: [geometry.dilationHeight, geometry.dilationWidth],
    dilations: [geometry.strideHeight, geometry.strideWidth],
  });
  return transpose(gradient, [1, 2, 0, 3]); // [height, width, in, out]
}
