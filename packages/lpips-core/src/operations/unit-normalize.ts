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
  engine,
  maximum,
  mul,
  sqrt,
  square,
  step,
  sub,
  sum,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { differentiablePerImage } from './differentiable.js';
import { hasKernel, OWN_KERNELS } from './own-kernels.js';
import type { Images } from './stack.js';

/** ε of the official code, and a norm so small that it only keeps 0/0 away. */
const SINGLE_PRECISION = { epsilon: 1e-10, leastNorm: 1e-30 };
/** Both as the smallest normal 16-bit float, the least that does not vanish where the backend computes in 16 bits. */
const HALF_PRECISION = { epsilon: 2 ** -14, leastNorm: 2 ** -14 };

interface Precision {
  readonly epsilon: number;
  readonly leastNorm: number;
}

/**
 * Every feature vector scaled to length 1 (0 stays 0), differentiable with respect to f.
 *
 * @param f float32 `[batch, height, width, channels]`
 */
export function unitNormalize<X extends Images>(f: X): X {
  return differentiablePerImage([f], (f) => {
    const precision = backend().floatPrecision() === 16 ? HALF_PRECISION : SINGLE_PRECISION;
    const [u, r] = normalized(f, precision);
    return {
      value: u,
      saved: [u, r],
      gradient: (dy, u, r) => [normalizedGradient(dy, u, r, precision)],
    };
  });
}

/** u and r `[batch, height, width, 1]`. */
function normalized(f: Tensor4D, { epsilon }: Precision): [u: Tensor4D, r: Tensor4D] {
  const kernel = OWN_KERNELS.unitNormalize;
  if (hasKernel(kernel)) return engine().runKernel<[Tensor4D, Tensor4D]>(kernel, { x: f }, { epsilon });
  const r: Tensor4D = sqrt(sum(square(f), 3, true));
  return [div(f, add(r, epsilon)), r];
}

function normalizedGradient(
  dy: Tensor4D,
  u: Tensor4D,
  r: Tensor4D,
  { epsilon, leastNorm }: Precision,
): Tensor4D {
  const kernel = OWN_KERNELS.unitNormalizeGradient;
  if (hasKernel(kernel)) return engine().runKernel<Tensor4D>(kernel, { dy, u, r }, { epsilon, leastNorm });
  const length = add(r, epsilon);
  const along = mul(sum(mul(dy, u), 3, true), div(length, maximum(r, leastNorm))); // [batch, height, width, 1]
  return mul(sub(dy, mul(u, along)), div(step(r), length));
}
