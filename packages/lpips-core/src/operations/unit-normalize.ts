/**
 * @module
 * Unit normalisation over channels, û = f / (‖f‖₂ + ε), and its gradient.
 *
 * Derivation: with r = ‖f‖, ∂r/∂f = f/r and u = f/(r + ε), so that
 * df = dy/(r + ε) − f·(Σ dy·f)/(r·(r + ε)²) = (dy − u·Σ(dy·u)·(r + ε)/r) / (r + ε).
 * Where r = 0 the gradient is set to 0, because the norm has its minimum there. The limit does not exist, dy/ε would be
 * ten orders of magnitude too large, and PyTorch's code gives NaN.
 */
import {
  abs,
  add,
  div,
  engine,
  max,
  maximum,
  mul,
  sqrt,
  square,
  step,
  sub,
  sum,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { floatBits } from './backend-traits.js';
import { differentiablePerImage } from './differentiable.js';
import { hasKernel, METRIC_KERNELS } from './metric-kernels.js';
import type { Images } from './stack.js';

/** ε of the official code, and a norm that is only there to prevent 0/0. */
export const EPSILON = 1e-10;
export const LEAST_NORM = 1e-30;
/** The smallest normal 16-bit float. Smaller norms count as this one, since an ε would be rounded away or be too large. */
const LEAST_HALF_NORM = 2 ** -14;

/**
 * Every feature vector scaled to length 1 (0 stays 0), differentiable with respect to f.
 *
 * @param f float32 `[batch, height, width, channels]`
 */
export function unitNormalize<X extends Images>(f: X): X {
  return differentiablePerImage([f], (f) => {
    const [u, r] = normalized(f);
    return { value: u, saved: [u, r], gradient: (dy, u, r) => [normalizedGradient(dy, u, r)] };
  });
}

/** u and r `[batch, height, width, 1]` */
function normalized(f: Tensor4D): [u: Tensor4D, r: Tensor4D] {
  const kernel = METRIC_KERNELS.unitNormalize;
  if (hasKernel(kernel))
    return engine().runKernel<[Tensor4D, Tensor4D]>(kernel, { x: f }, { epsilon: EPSILON });
  const r = floatBits() === 16 ? scaledNorm(f) : norm(f);
  return [div(f, lengthOf(r)), r];
}

function normalizedGradient(dy: Tensor4D, u: Tensor4D, r: Tensor4D): Tensor4D {
  const kernel = METRIC_KERNELS.unitNormalizeGradient;
  const constants = { epsilon: EPSILON, leastNorm: LEAST_NORM };
  if (hasKernel(kernel)) return engine().runKernel<Tensor4D>(kernel, { dy, u, r }, constants);
  const length = lengthOf(r);
  const ratio = div(length, maximum(r, floatBits() === 16 ? LEAST_HALF_NORM : LEAST_NORM));
  const along = mul(sum(mul(dy, u), 3, true), ratio); // [batch, height, width, 1]
  return mul(sub(dy, mul(u, along)), div(step(r), length));
}

/** r + ε */
function lengthOf(r: Tensor4D): Tensor4D {
  return floatBits() === 16 ? maximum(r, LEAST_HALF_NORM) : add(r, EPSILON);
}

/** ‖f‖ `[batch, height, width, 1]` */
function norm(f: Tensor4D): Tensor4D {
  return sqrt(sum(square(f), 3, true));
}

/** ‖f‖ in 16 bits, whose range is 6e-5 to 65504: f is divided by its largest channel, so that no square leaves it. */
function scaledNorm(f: Tensor4D): Tensor4D {
  const largest: Tensor4D = max(abs(f), 3, true);
  return mul(largest, norm(div(f, maximum(largest, LEAST_HALF_NORM))));
}
