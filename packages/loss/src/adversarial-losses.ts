/**
 * @module
 * Adversarial terms over a discriminator's logits, high for real:
 *
 *     hinge           D: ½ (max(0, 1 − r) + max(0, 1 + f))        G: −f                (Lim & Ye 2017)
 *     vanilla         D: ½ (softplus(−r) + softplus(f))            G: −softplus(f)      (Goodfellow et al. 2014, eq. 1)
 *     non-saturating  D: the same                                  G: softplus(−f)      (the same, section 3)
 *
 * and the two factors that balance them with a reconstruction loss in VQGAN (Esser et al. 2021, eq. 7): the adaptive weight
 * ‖∇rec‖ / (‖∇adv‖ + 10⁻⁴) over the weights of the last layer, and a weight that is 0 before a first step.
 */
import {
  add,
  clipByValue,
  div,
  engine,
  mean,
  mul,
  neg,
  norm,
  relu,
  reshape,
  type Scalar,
  softplus,
  sub,
  Tensor,
  type Tensor1D,
  tidy,
  type Variable,
} from '@tensorflow/tfjs-core';
import { checkOneOf, invalid } from 'lpips-core';
import { checkTensor, checkVariable } from './check-tensors.js';
import { type WeightScheduleOptions, weightAt } from './weight-schedule.js';

/** The kind of adversarial loss. */
export type AdversarialKind = 'hinge' | 'vanilla' | 'non-saturating';

const KINDS = ['hinge', 'vanilla', 'non-saturating'] as const satisfies AdversarialKind[];
const GRADIENT_EPSILON = 1e-4;
const LARGEST_WEIGHT = 1e4;

/**
 * What the discriminator minimises.
 *
 * @param real logits of real images `[batch, …]`, float32
 * @param fake logits of as many generated images
 * @returns float32 `[batch]`, the mean over each sample's patches; the caller disposes
 */
export function discriminatorLoss(kind: AdversarialKind, real: Tensor, fake: Tensor): Tensor1D {
  checkOneOf('discriminatorLoss', 'kind', kind, KINDS);
  checkTensor('discriminatorLoss', 'real', real);
  checkTensor('discriminatorLoss', 'fake', fake);
  return tidy(() => {
    const isHinge = kind === 'hinge';
    const onReal = isHinge ? relu(sub(1, real)) : softplus(neg(real));
    const onFake = isHinge ? relu(add(1, fake)) : softplus(fake);
    return mul(0.5, add(ofEachSample(onReal), ofEachSample(onFake)));
  });
}

/**
 * What the generator minimises beside its reconstruction loss.
 *
 * @param fake logits of generated images `[batch, …]`, float32
 * @returns float32 `[batch]`, the mean over each sample's patches; the caller disposes
 */
export function generatorLoss(kind: AdversarialKind, fake: Tensor): Tensor1D {
  checkOneOf('generatorLoss', 'kind', kind, KINDS);
  checkTensor('generatorLoss', 'fake', fake);
  return tidy(() => {
    const losses = {
      hinge: () => neg(fake),
      vanilla: () => neg(softplus(fake)),
      'non-saturating': () => softplus(neg(fake)),
    };
    return ofEachSample(losses[kind]());
  });
}

/**
 * The weight with which an adversarial term moves the last layer as much as the reconstruction does. It takes a forward
 * and a backward pass of each loss. Compute it before `minimize`, where it is a constant.
 *
 * @param reconstruction computes the mean reconstruction loss, a scalar
 * @param adversarial computes the mean generator loss, a scalar
 * @param lastLayer weights of the generator's last layer
 * @returns a scalar in [0, 10000]; the caller disposes
 * @throws LpipsError if one of the losses does not depend on the last layer or is no scalar
 */
export function adaptiveWeight(
  reconstruction: () => Scalar,
  adversarial: () => Scalar,
  lastLayer: Variable,
): Scalar {
  const advice = 'layer.trainableWeights[0].read() gives the one of a layer.';
  checkVariable('adaptiveWeight', 'lastLayer', lastLayer, advice);
  return tidy(() => {
    const ofReconstruction = gradientNorm('reconstruction', reconstruction, lastLayer);
    const ofAdversarial = gradientNorm('adversarial', adversarial, lastLayer);
    return clipByValue(div(ofReconstruction, add(ofAdversarial, GRADIENT_EPSILON)), 0, LARGEST_WEIGHT);
  });
}

/** The norm of a loss's gradient with respect to the last layer. */
function gradientNorm(argument: string, loss: () => Scalar, lastLayer: Variable): Scalar {
  if (typeof loss !== 'function') throw invalid('adaptiveWeight', 'a function', argument, typeof loss);
  const checked = (): Scalar => {
    const value: unknown = loss();
    if (value instanceof Tensor && value.rank === 0) return value as Scalar;
    const got = value instanceof Tensor ? `one of shape [${value.shape.join(', ')}]` : typeof value;
    throw invalid('adaptiveWeight', 'a function that returns a scalar', argument, got, 'Take the mean.');
  };
  // variableGrads refuses a loss without a connection by an error of its own; this gives no gradient for it.
  const [gradient] = engine().gradients(checked, [lastLayer], undefined, true).grads as (
    | Tensor
    | undefined
  )[];
  if (gradient) return reshape(norm(gradient), []);
  throw invalid(
    'adaptiveWeight',
    'weights that both losses depend on',
    'lastLayer',
    `${lastLayer.name}, on which ${argument} does not depend`,
    'Give the weights that the generator ends with.',
  );
}

/**
 * The weight of the adversarial term at a step: 0 before `start`, while the generator learns to reconstruct.
 *
 * @throws LpipsError for unknown options, and for numbers below 0 or, of steps, that are not whole
 */
export function adversarialWeight(step: number, options: WeightScheduleOptions = {}): number {
  return weightAt('adversarialWeight', step, options);
}

/** Mean over all but the first axis. */
function ofEachSample(losses: Tensor): Tensor1D {
  const [batch = 1] = losses.shape; // a scalar is a batch of one
  return mean(reshape(losses, [batch, -1]), 1);
}
