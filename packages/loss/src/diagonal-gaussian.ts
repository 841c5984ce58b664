/**
 * @module
 * The code of a variational autoencoder: a Gaussian with a diagonal covariance, its distance from the prior N(0, 1), and
 * samples of it by reparameterisation (Kingma & Welling 2014, section 2.4 and appendix B).
 */
import {
  add,
  clipByValue,
  exp,
  mul,
  reshape,
  split,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import { checkNumber, invalid, kindOf, mulberry32, standardNormal } from 'lpips-core';
import { checkTensor } from './check-tensors.js';

/**
 * A Gaussian for each value of a code; the values are independent. It is a type rather than an interface so that `tf.tidy`
 * takes it.
 */
export type DiagonalGaussian = {
  /** float32 `[batch, …]` */
  mean: Tensor;
  /** ln σ², float32, of the shape of `mean` */
  logVariance: Tensor;
};

/** Draws a sample of a code, `[batch, …]`, which the caller disposes. */
export type CodeSampler = (code: DiagonalGaussian) => Tensor;

/** Log-variances are held between these bounds, at which σ is 3 · 10⁻⁷ and 22,026 (Rombach et al. 2022, in their code). */
const [LEAST_LOG_VARIANCE, LARGEST_LOG_VARIANCE] = [-30, 20];

/**
 * The Gaussian of a code from what an encoder gives for it: means in the first half of the channels, log-variances in the
 * second, which are clipped to [-30, 20]. Nothing beyond a bound has a gradient.
 *
 * @param moments float32 `[batch, …, 2 · channels]`
 * @returns two tensors `[batch, …, channels]`; the caller disposes
 * @throws LpipsError for what is no tensor, and an odd number of channels
 */
export function diagonalGaussian(moments: Tensor): DiagonalGaussian {
  checkTensor('diagonalGaussian', 'moments', moments);
  const channels = moments.shape.at(-1) ?? 0;
  if (moments.rank < 2 || channels % 2 !== 0) {
    const got = `[${moments.shape.join(', ')}]`;
    const advice = 'End the encoder with two channels for each of the code.';
    throw invalid('diagonalGaussian', '[batch, …, 2 · channels]', 'moments', got, advice);
  }
  return tidy(() => {
    const [mean, logVariance] = split(moments, 2, -1) as [Tensor, Tensor];
    return { mean, logVariance: clipByValue(logVariance, LEAST_LOG_VARIANCE, LARGEST_LOG_VARIANCE) };
  });
}

/**
 * How far a code is from the prior, in closed form: KL(N(μ, σ²) ‖ N(0, 1)) = ½ Σ (μ² + σ² − 1 − ln σ²), the sum over all
 * values of each sample.
 *
 * @returns float32 `[batch]`, in nats, ≥ 0; the caller disposes
 * @throws LpipsError unless `code` holds two tensors of one shape
 */
export function klDivergence(code: DiagonalGaussian): Tensor1D {
  checkGaussian('klDivergence', code);
  const { mean, logVariance } = code;
  return tidy(() => {
    const each = sub(add(square(mean), exp(logVariance)), add(logVariance, 1));
    const [batch = 1] = each.shape;
    return mul(0.5, sum(reshape(each, [batch, -1]), 1));
  });
}

/**
 * Makes a function that draws samples μ + σ · ε, with noise ε of N(0, 1) that is drawn anew at each call and is the same on
 * every machine. The gradient goes to mean and log-variance.
 *
 * @param seed a whole number
 * @returns the function, which throws an LpipsError unless it gets two tensors of one shape
 * @throws LpipsError for a seed that is not whole
 */
export function codeSampler(seed: number): CodeSampler {
  checkNumber('codeSampler', 'seed', seed, { isWhole: true });
  const normal = standardNormal(mulberry32(seed));
  return (code) => {
    checkGaussian('codeSampler', code);
    const { mean, logVariance } = code;
    return tidy(() => {
      const noise = tensor(Float32Array.from({ length: mean.size }, normal), mean.shape);
      return add(mean, mul(exp(mul(0.5, logVariance)), noise));
    });
  };
}

/** @throws LpipsError unless `code` holds two tensors of one shape */
export function checkGaussian(where: string, code: DiagonalGaussian): void {
  if (typeof code !== 'object' || code === null || !('mean' in code) || !('logVariance' in code)) {
    const advice = 'diagonalGaussian makes one of what an encoder gives.';
    throw invalid(where, 'an object with mean and logVariance', 'code', kindOf(code), advice);
  }
  const { mean, logVariance } = code;
  checkTensor(where, 'mean', mean);
  checkTensor(where, 'logVariance', logVariance);
  if (mean.shape.join() === logVariance.shape.join()) return;
  const [expected, got] = [mean, logVariance].map(({ shape }) => `[${shape.join(', ')}]`) as [string, string];
  throw invalid(where, `${expected}, the shape of mean,`, 'logVariance', got);
}
