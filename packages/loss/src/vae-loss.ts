/**
 * @module
 * The loss of a variational autoencoder with a perceptual reconstruction term, as the autoencoders of latent diffusion are
 * trained (Rombach et al. 2022, appendix G):
 *
 *     loss = rec / eˢ + s + w · KL / n,   rec = pixelWeight · pixel + perceptualWeight · LPIPS
 *
 * s is the learned log-variance of the decoder, n the number of values of an image, and w the weight of the KL term.
 * Their code has sums over an image where this has means, so its loss is n times as large; w means the same in both.
 */
import { add, exp, mul, neg, type Tensor, type Tensor1D, tidy, type Variable } from '@tensorflow/tfjs-core';
import { checkNumber, checkOptions, invalid } from 'lpips-core';
import { checkTensor, checkVariable } from './check-tensors.js';
import { checkGaussian, type DiagonalGaussian, klDivergence } from './diagonal-gaussian.js';
import {
  RECONSTRUCTION_LOSS_OPTIONS,
  type ReconstructionLossOptions,
  reconstructionLoss,
} from './reconstruction-loss.js';
import { weightAt } from './weight-schedule.js';

/** Terms of the loss and their weights. */
export interface VaeLossOptions extends ReconstructionLossOptions {
  /** Weight of the KL divergence. Default 1, with which L1 alone under a learned log-variance is the evidence lower bound with its sign changed. Latent diffusion takes 10⁻⁶. */
  klWeight?: number;
  /** Steps over which the weight of the KL divergence grows from 0 on a straight line, so that the code is in use before it is pulled towards the prior (Bowman et al. 2016). Default 0. */
  klWarmUp?: number;
  /** The learned log-variance of the decoder, such as `tf.variable(tf.scalar(0))`. It is yours: your optimiser trains it, and you save and dispose it. Default: none, and the reconstruction term stays as it is. */
  decoderLogVariance?: Variable;
}

/**
 * The loss of each sample, `[batch]`.
 *
 * @param code what the encoder gave for the images
 * @param step the number of the step, which counts where there is a warm-up
 */
export type VaeLoss = (yTrue: Tensor, yPred: Tensor, code: DiagonalGaussian, step?: number) => Tensor1D;

const OPTIONS = [...RECONSTRUCTION_LOSS_OPTIONS, 'klWeight', 'klWarmUp', 'decoderLogVariance'] as const;
const VARIABLE_ADVICE = 'tf.variable(tf.scalar(0)) makes one.';

/**
 * Makes a loss that gives the reconstruction loss of each sample and the KL divergence of its code from the prior, for a
 * loop with `minimize` or `variableGrads`.
 *
 * yTrue and yPred are `[batch, height, width, 3]` (or 1, greyscale) in `range`, float32; the code is `[batch, …]`. The
 * result is float32 `[batch]`, for each value of the image; with a learned log-variance it may be negative.
 *
 * @throws LpipsError as `reconstructionLoss`, for numbers below 0, and for a `decoderLogVariance` that is no scalar variable;
 *   the loss throws as `lpipsLoss`, for a code that does not fit the images, and for a step that is missing where it counts
 */
export function vaeLoss(options: VaeLossOptions): VaeLoss {
  checkOptions('vaeLoss', options, OPTIONS);
  const { klWeight = 1, klWarmUp = 0, decoderLogVariance, ...reconstruct } = options;
  checkNumber('vaeLoss', 'klWeight', klWeight);
  checkNumber('vaeLoss', 'klWarmUp', klWarmUp, { isWhole: true });
  if (decoderLogVariance !== undefined) checkLogVariance('vaeLoss', 'decoderLogVariance', decoderLogVariance);
  const reconstruction = reconstructionLoss(reconstruct);
  return function vae(yTrue, yPred, code, step) {
    return tidy(() => {
      checkGaussian('vaeLoss', code);
      const weight = klWarmUp === 0 ? klWeight : weightOf(step);
      const error = reconstruction(yTrue, yPred);
      const term = decoderLogVariance ? negativeLogLikelihood(error, decoderLogVariance) : error;
      return weight === 0 ? term : add(term, mul(klDivergence(code), weight / valuesOf(yPred, code)));
    });
  };

  function weightOf(step: number | undefined): number {
    if (step !== undefined) return weightAt('vaeLoss', step, { warmUp: klWarmUp, weight: klWeight });
    const advice = 'The weight of the KL divergence depends on it: klWarmUp.';
    throw invalid('vaeLoss', 'the number of the step', 'step', 'undefined', advice);
  }
}

/**
 * A reconstruction loss under a learned variance, rec / eˢ + s: the negative log-likelihood of the image, up to a constant,
 * for each of its values. With L1 it is that of a Laplace distribution of scale eˢ, with squared differences twice that of a
 * Gaussian of variance eˢ. It is smallest at s = ln rec, so s finds the weight of the reconstruction by itself
 * (Rybkin et al. 2021).
 *
 * @param reconstruction float32 `[batch]`, such as `reconstructionLoss` gives
 * @param logVariance s, a scalar variable
 * @returns float32 `[batch]`; the caller disposes
 * @throws LpipsError for what is no tensor, and no scalar variable
 */
export function negativeLogLikelihood(reconstruction: Tensor1D, logVariance: Variable): Tensor1D {
  checkTensor('negativeLogLikelihood', 'reconstruction', reconstruction);
  checkLogVariance('negativeLogLikelihood', 'logVariance', logVariance);
  return tidy(() => add(mul(reconstruction, exp(neg(logVariance))), logVariance));
}

/** Number of values of an image. */
function valuesOf(images: Tensor, { mean }: DiagonalGaussian): number {
  const [batch = 1] = images.shape;
  if (mean.shape[0] === batch) return images.size / batch;
  const requirement = `[${batch}, …], as many as there are images,`;
  throw invalid('vaeLoss', requirement, 'code', `[${mean.shape.join(', ')}]`);
}

/** @throws LpipsError unless `value` is a scalar variable that is not disposed */
function checkLogVariance(where: string, argument: string, value: Variable): void {
  checkVariable(where, argument, value, VARIABLE_ADVICE);
  if (value.rank === 0) return;
  throw invalid(where, 'a scalar', argument, `[${value.shape.join(', ')}]`, VARIABLE_ADVICE);
}
