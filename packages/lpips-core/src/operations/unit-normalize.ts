/**
 * @module
 * Unit normalisation over channels, û = f / (‖f‖₂ + ε), and its gradient.
 *
 * Derivation: with r = ‖f‖, ∂r/∂f = f/r and u = f/(r + ε), so that
 * df = dy/(r + ε) − f·(Σ dy·f)/(r·(r + ε)²) = (dy − u·Σ(dy·u)·(r + ε)/r) / (r + ε).
 * Where r = 0 the feature is the minimum of its own norm and the gradient is set to 0: the limit does not exist,
 * dy/ε would be ten orders of magnitude off, and PyTorch's code gives NaN there.
 */
import {
  add,
  backend,
  div,
  divNoNan,
  mul,
  sqrt,
  square,
  step,
  sub,
  sum,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { differentiable } from './differentiable.js';

/** ε of the official code. */
export const EPSILON = 1e-10;
/** Smallest normal 16-bit float: the least ε that does not vanish where the backend computes in 16 bits. */
export const EPSILON_16_BIT = 2 ** -14;

/**
 * Every feature vector scaled to length 1 (0 stays 0), differentiable with respect to f.
 *
 * @param f float32 `[batch, height, width, channels]`
 */
export function unitNormalize(f: Tensor4D): Tensor4D {
  return differentiable([f], () => {
    const epsilon = backend().floatPrecision() === 16 ? EPSILON_16_BIT : EPSILON;
    const r = sqrt(sum(square(f), 3, true)); // [batch, height, width, 1]
    const u: Tensor4D = div(f, add(r, epsilon));
    return {
      value: u,
      saved: [u, r],
      gradient: (dy, u, r) => {
        const length = add(r, epsilon);
        const along = mul(sum(mul(dy, u), 3, true), divNoNan(length, r)); // [batch, height, width, 1]
        return [mul(sub(dy, mul(u, along)), div(step(r), length))];
      },
    };
  });
}
