/**
 * @module
 * AdamW (Loshchilov and Hutter 2019, "Decoupled weight decay regularization"), which TensorFlow.js lacks: Adam, with every
 * value made smaller by the learning rate times the weight decay in each step.
 */
import { AdamOptimizer, engine, mul, serialization, tidy } from '@tensorflow/tfjs-core';
import { invalid } from '../errors.js';
import { takeFusedStep } from './fused-step.js';
import { fusedAdam } from './stock-optimizers.js';

/** Options of `adamw`. */
export interface AdamWOptions {
  /** Decay of the moving average of gradients, from 0 to below 1. Default: 0.9. */
  readonly beta1?: number;
  /** Decay of the moving average of their squares, from 0 to below 1. Default: 0.999. */
  readonly beta2?: number;
  /** Added to the root of that average, at least 0. Default: that of the backend, as for `tf.train.adam`; 1e-7. */
  readonly epsilon?: number;
  /** The share of its learning rate by which a step makes each value smaller, at least 0. Default: 0.01. */
  readonly weightDecay?: number;
}

const OPTIONS = ['beta1', 'beta2', 'epsilon', 'weightDecay'];

/**
 * An optimiser for `model.compile` and `minimize`, of TensorFlow.js's own kind: it is saved with models as others are, under
 * the name `AdamW`, and works on every backend.
 *
 * @param learningRate at least 0
 * @throws TrainingError for arguments of another kind or out of range
 */
export function adamw(learningRate = 0.001, options: AdamWOptions = {}): AdamWOptimizer {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalid('adamw', 'an object', 'options', options, 'Write adamw(0.001, { weightDecay: 0.01 }).');
  }
  const odd = Object.keys(options).find((name) => !OPTIONS.includes(name));
  if (odd !== undefined) {
    throw invalid('adamw', OPTIONS.join(', '), 'the name of an option', odd, 'Leave it out.');
  }
  const { beta1 = 0.9, beta2 = 0.999, epsilon, weightDecay = 0.01 } = options;
  checkAtLeast0('learningRate', learningRate);
  checkDecay('beta1', beta1);
  checkDecay('beta2', beta2);
  if (epsilon !== undefined) checkAtLeast0('epsilon', epsilon);
  checkAtLeast0('weightDecay', weightDecay);
  return new AdamWOptimizer(learningRate, beta1, beta2, epsilon, weightDecay);
}

/** The class of `adamw`, as TensorFlow.js restores it from a saved model. */
export class AdamWOptimizer extends AdamOptimizer {
  static override get className(): string {
    return 'AdamW';
  }

  constructor(
    learningRate: number,
    beta1: number,
    beta2: number,
    epsilon: number | undefined,
    /** The share of its learning rate by which a step makes each value smaller. */
    protected weightDecay: number,
  ) {
    super(learningRate, beta1, beta2, epsilon);
  }

  override applyGradients(gradients: Parameters<AdamOptimizer['applyGradients']>[0]): void {
    const fused = fusedAdam(this, () => this.weightDecay);
    if (takeFusedStep(fused, gradients)) return;
    const entries = Array.isArray(gradients)
      ? gradients
      : Object.entries(gradients).map(([name, tensor]) => ({ name, tensor }));
    tidy(() => {
      for (const { name, tensor } of entries) {
        const variable = engine().registeredVariables[name];
        if (tensor) variable?.assign(mul(variable, 1 - this.learningRate * this.weightDecay));
      }
    });
    super.applyGradients(gradients);
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), weightDecay: this.weightDecay };
  }

  static override fromConfig<T extends serialization.Serializable>(
    cls: serialization.SerializableConstructor<T>,
    config: serialization.ConfigDict,
  ): T {
    const { learningRate, beta1, beta2, epsilon, weightDecay } = config;
    return new cls(learningRate, beta1, beta2, epsilon, weightDecay);
  }
}

// A model that was saved with this optimiser is loaded with it.
serialization.registerClass(AdamWOptimizer);

function checkAtLeast0(name: string, value: unknown): void {
  if (typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY) return;
  throw invalid('adamw', 'a number of at least 0', name, value, 'Write adamw(0.001) for the usual values.');
}

function checkDecay(name: string, value: unknown): void {
  if (typeof value === 'number' && value >= 0 && value < 1) return;
  throw invalid('adamw', 'a number from 0 to below 1', name, value, 'Leave it out for the usual value.');
}
