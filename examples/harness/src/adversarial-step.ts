/**
 * @module
 * One step of a generator of clips and of the discriminator that judges their frames, in the manner of VQGAN (Esser et al. 2021):
 *
 *     generator      mean |x̂ − x| + LPIPS(x̂, x) + λ · w · hinge_G(D(x̂)),   λ = ‖∇rec‖ / (‖∇adv‖ + 10⁻⁴) at its last layer
 *     discriminator  hinge_D(D(x), D(x̂)), over the patches of single frames
 *
 * Both terms are differentiated with respect to x̂, once. By the chain rule ∂rec/∂x̂ and ∂adv/∂x̂ give λ through the last layer
 * alone, and ∂rec/∂x̂ + λ w ∂adv/∂x̂ gives the gradient of the generator.
 */
import {
  type AdamOptimizer,
  abs,
  add,
  clone,
  concat,
  dispose,
  keep,
  mean,
  mul,
  reshape,
  type Scalar,
  split,
  sub,
  sum,
  type Tensor,
  type Tensor5D,
  tidy,
  type Variable,
  valueAndGrad,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { offOuterTape } from 'lpips-core';
import { adaptiveWeight, discriminatorLoss, generatorLoss, type SampleLoss } from 'lpips-loss';

/** What plays against each other, and how each learns. */
export interface Players {
  /** A chain of layers, from clips to clips, float32 `[batch, frames, height, width, 3]` in [-1, 1]. */
  readonly generator: LayersModel;
  /** From frames to logits, high for real. */
  readonly discriminator: LayersModel;
  readonly optimizers: { readonly generator: AdamOptimizer; readonly discriminator: AdamOptimizer };
  /** Beside L1, of clips. */
  readonly perceptual: SampleLoss;
}

/** The losses of a step, before it was taken; the caller disposes. */
export interface AdversarialLosses {
  readonly reconstruction: Scalar;
  /** λ · w, and the discriminator's loss, where the discriminator counts. */
  readonly adversarialWeight?: Scalar;
  readonly discriminator?: Scalar;
}

/**
 * The step of two players. Both learn from the clips as the generator rebuilt them before the step.
 *
 * @returns a function of clips and w, without state of its own, that `captureStep` can take. Where w is 0 the generator learns alone
 * @throws RangeError for a generator without weights
 */
export function adversarialStep({ generator, discriminator, optimizers, perceptual }: Players) {
  const [trunk, head, lastLayer] = partsOf(generator);
  const [ofGenerator, ofDiscriminator] = [variablesOf(generator), variablesOf(discriminator)];
  const logits = (clips: Tensor) =>
    discriminator.apply(framesOf(clips as Tensor5D), { training: true }) as Tensor;
  /** The gradient of Σ x̂ · direction is that of a loss of which the direction is the gradient with respect to x̂. */
  const along = (rebuilt: Tensor, direction: Tensor) => sum<Scalar>(mul(rebuilt, direction));

  return (clips: Tensor5D, weight: number): AdversarialLosses =>
    tidy(() => {
      const reconstructionOf = (x: Tensor) =>
        add<Scalar>(mean(abs(sub(x, clips))), mean(perceptual(clips, x)));
      const adversarialOf = (x: Tensor) => mean<Scalar>(generatorLoss('hinge', logits(x)));
      let found: { rebuilt: Tensor; reconstruction: Tensor; adversarialWeight?: Tensor } | undefined;
      /** The gradient of the generator's loss with respect to x̂. */
      const directionOf = (rebuilt: Tensor, code: Tensor): Tensor => {
        const { value, grad } = valueAndGrad(reconstructionOf)(rebuilt);
        found = { rebuilt: keep(clone(rebuilt)), reconstruction: keep(value) };
        if (weight === 0) return grad;
        const toJudge = valueAndGrad(adversarialOf)(rebuilt).grad;
        const balance = adaptiveWeight(
          () => along(head(code), grad),
          () => along(head(code), toJudge),
          lastLayer,
        );
        found.adversarialWeight = keep(mul(balance, weight));
        return add(grad, mul(toJudge, found.adversarialWeight));
      };
      optimizers.generator.minimize(
        () => {
          const code = trunk(clips);
          const rebuilt = head(code);
          return along(
            rebuilt,
            offOuterTape(() => directionOf(rebuilt, code)),
          );
        },
        false,
        ofGenerator,
      );
      if (!found) throw new Error('adversarialStep: the optimizer computed no loss');
      const { rebuilt, ...losses } = found;
      const learned = Object.entries(losses).map(([name, loss]) => [name, clone(loss)]);
      const cost =
        weight === 0
          ? undefined
          : optimizers.discriminator.minimize(
              () => {
                const [real, fake] = split(logits(concat([clips, rebuilt])), 2) as [Tensor, Tensor];
                return mean<Scalar>(discriminatorLoss('hinge', real, fake));
              },
              true,
              ofDiscriminator,
            );
      dispose([rebuilt, ...Object.values(losses)]);
      return {
        ...(Object.fromEntries(learned) as Pick<AdversarialLosses, 'reconstruction' | 'adversarialWeight'>),
        ...(cost && { discriminator: cost }),
      };
    });
}

type Part = (x: Tensor) => Tensor;

/** A chain of layers up to its last one with weights, that layer and those behind it, and its kernel. */
function partsOf({ layers }: LayersModel): [trunk: Part, head: Part, kernel: Variable] {
  const last = layers.findLastIndex((layer) => layer.trainableWeights.length > 0);
  const kernel = layers[last]?.trainableWeights[0]?.read();
  if (!kernel) throw new RangeError('adversarialStep: expected a generator with weights.');
  const chain =
    (part: typeof layers): Part =>
    (x) =>
      part.reduce((each, layer) => layer.apply(each, { training: true }) as Tensor, x);
  return [chain(layers.slice(0, last)), chain(layers.slice(last)), kernel as Variable];
}

/** `[batch, frames, height, width, 3]` → `[batch · frames, height, width, 3]`. */
function framesOf(clips: Tensor5D): Tensor {
  const [batch, frames, height, width, channels] = clips.shape;
  return reshape(clips, [batch * frames, height, width, channels]);
}

function variablesOf(model: LayersModel): Variable[] {
  return model.trainableWeights.map((weight) => weight.read() as Variable);
}
