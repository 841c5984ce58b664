/**
 * @module
 * The squared difference of two feature maps, averaged over height and width. The spatial mean and the 1x1 head
 * commute, so that a head after it is one product with `[batch, channels]`.
 *
 * Derivation: p_c = 1/(H W) Σ (u − v)_c², so ∂u = 2 (u − v)·dy_c/(H W) and ∂v = −∂u.
 */
import {
  mean,
  mul,
  neg,
  reshape,
  squaredDifference,
  sub,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs';
import { differentiable } from 'lpips-core/equation';

/**
 * Mean over height and width of (u − v)², differentiable with respect to both.
 *
 * @param u float32 `[batch, height, width, channels]`
 * @param v of the same shape
 * @returns float32 `[batch, channels]`, ≥ 0
 */
export function pooledSquaredDifference(u: Tensor4D, v: Tensor4D): Tensor2D {
  return differentiable([u, v], () => {
    const [batch, height, width, channels] = u.shape;
    return {
      value: mean<Tensor2D>(squaredDifference(u, v), [1, 2]),
      saved: [u, v],
      gradient: (dy: Tensor2D, u: Tensor4D, v: Tensor4D): [Tensor4D, Tensor4D] => {
        const share = reshape(mul(dy, 2 / (height * width)), [batch, 1, 1, channels]);
        const du = mul<Tensor4D>(sub(u, v), share);
        return [du, neg(du)];
      },
    };
  });
}
