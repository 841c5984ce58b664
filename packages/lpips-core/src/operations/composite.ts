/**
 * @module
 * The image inside a mask and the reference outside it. The gradient gives each of the two dy where its pixels are.
 */
import { greater, sum, type Tensor4D, where, zerosLike } from '@tensorflow/tfjs-core';
import { differentiable } from './differentiable.js';

/**
 * `image` where `mask` > 0, `reference` elsewhere, differentiable with respect to both.
 *
 * Pixels are selected rather than blended, so that not even NaN passes the mask.
 *
 * @param image float32 `[batch, height, width, 3]`
 * @param reference as image, or with a batch of 1
 * @param mask `[batch, height, width, 1]` or with a batch of 1
 */
export function composite(image: Tensor4D, reference: Tensor4D, mask: Tensor4D): Tensor4D {
  return differentiable([image, reference], () => {
    const inside = greater(mask, 0);
    return {
      value: where(inside, image, reference),
      saved: [inside],
      gradient: (dy, inside) => {
        const zeros = zerosLike(dy);
        const dReference: Tensor4D = where(inside, zeros, dy);
        const isShared = reference.shape[0] !== image.shape[0];
        return [where(inside, dy, zeros), isShared ? sum(dReference, 0, true) : dReference];
      },
    };
  });
}
