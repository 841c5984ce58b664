/**
 * @module
 * The hook by which the optimisers of TensorFlow.js take the kernel `FusedOptimizer@1` of a backend. It stands in the
 * classes, so that `tf.train.adam(…)` and `optimizer: 'adam'` take it, those that exist already too.
 */
import {
  AdadeltaOptimizer,
  AdagradOptimizer,
  AdamaxOptimizer,
  AdamOptimizer,
  MomentumOptimizer,
  type Optimizer,
  RMSPropOptimizer,
  SGDOptimizer,
} from '@tensorflow/tfjs-core';
import { countOwner, refuseCapture } from '../capture/decisions.js';
import './adamw.js'; // models that were saved with it can be loaded wherever a backend has the kernel
import { type FusedOptimizer, type Gradients, takeFusedStep } from './fused-step.js';
import { registerRoundingFlag } from './rounding.js';
import { fusedAdam, fusedMomentum, fusedRmsprop, fusedSgd } from './stock-optimizers.js';

/** Marks a class as hooked, for every copy of this package. */
const FUSED = Symbol.for('tfjs-fused-training.optimizer@1');

/**
 * Lets the optimisers `sgd`, `momentum`, `rmsprop` and `adam` take their steps by the kernel `FusedOptimizer@1` where the
 * current backend has it. Backends that bring the kernel call this. A second call, or that of a second copy of the package,
 * changes nothing.
 */
export function fuseOptimizers(): void {
  registerRoundingFlag();
  fuse(SGDOptimizer.prototype, fusedSgd);
  fuse(MomentumOptimizer.prototype, fusedMomentum);
  fuse(RMSPropOptimizer.prototype, fusedRmsprop);
  fuse(AdamOptimizer.prototype, fusedAdam);
  for (const { prototype } of [SGDOptimizer, RMSPropOptimizer]) countConstructions(prototype);
  for (const { prototype } of [AdagradOptimizer, AdadeltaOptimizer, AdamaxOptimizer]) fuse(prototype);
}

/** @param fused the optimiser as a rule of the kernel, where there is one */
function fuse<T extends Optimizer>(prototype: T, fused?: (optimizer: T) => FusedOptimizer): void {
  if (Object.hasOwn(prototype, FUSED)) return;
  const stock = Reflect.get(prototype, 'applyGradients') as (this: T, gradients: Gradients) => void;
  prototype.applyGradients = function applyGradients(this: T, gradients: Gradients) {
    if (fused && takeFusedStep(fused(this), gradients)) return;
    refuseCapture(`has an optimizer (${this.getClassName()}) whose step is not one operation`);
    stock.call(this, gradients);
  };
  Object.defineProperty(prototype, FUSED, { value: true });
}

const COUNTED = 'learningRate';

/**
 * Has captured steps look again after an optimiser was made that makes no variables. Its constructor sets its learning rate,
 * for the first time by this setter, which makes the usual field of it.
 */
function countConstructions(prototype: Optimizer): void {
  if (Object.hasOwn(prototype, COUNTED)) return;
  Object.defineProperty(prototype, COUNTED, {
    configurable: true,
    get: () => undefined,
    set(this: Optimizer, value: unknown) {
      countOwner();
      Object.defineProperty(this, COUNTED, { value, writable: true, enumerable: true, configurable: true });
    },
  });
}
