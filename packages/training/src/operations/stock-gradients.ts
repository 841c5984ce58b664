/**
 * @module
 * Gradients of TensorFlow.js's own operations by one kernel where the current backend has it: activations, and the sum of
 * a bias. TensorFlow.js registers its gradients when `@tensorflow/tfjs` is loaded, once for all backends.
 */
import {
  Add,
  type GradConfig,
  type GradFunc,
  getGradient,
  LeakyRelu,
  type NamedAttrMap,
  Relu,
  Relu6,
  registerGradient,
  Sigmoid,
  Tanh,
  type Tensor,
} from '@tensorflow/tfjs-core';
import type { Activation } from './activation.js';
import { sumOverRows } from './bias-gradient.js';
import { isTapeOn } from './differentiable.js';
import { activationGradient, canActivate } from './fused-activation.js';

/** Set on a gradient of ours, so that another copy of this package recognises it. */
const STOCK = 'gradientBeforeFusing';

/** The activation of a call, or undefined where the kernels do not know it. */
const ACTIVATION_OF: Record<string, (attributes: NamedAttrMap) => Activation | undefined> = {
  [Relu]: () => ({ activation: 'relu', alpha: 0 }),
  [Relu6]: () => ({ activation: 'relu6', alpha: 0 }),
  [Sigmoid]: () => ({ activation: 'sigmoid', alpha: 0 }),
  [Tanh]: () => ({ activation: 'tanh', alpha: 0 }),
  [LeakyRelu]: ({ alpha }) =>
    typeof alpha === 'number' && alpha >= 0 ? { activation: 'leakyRelu', alpha } : undefined,
};

/** Replaces each gradient that is registered. A second call changes nothing. */
export function fuseStockGradients(): void {
  for (const [kernelName, activationOf] of Object.entries(ACTIVATION_OF)) {
    replace(kernelName, (stock) => throughActivation(activationOf, stock));
  }
  replace(Add, throughBias);
}

function replace(kernelName: string, wrap: (stock: GradFunc) => GradFunc): void {
  const stock = getGradient(kernelName);
  if (!stock || STOCK in stock) return;
  const gradient: GradConfig & { [STOCK]: GradConfig } = {
    ...stock,
    [STOCK]: stock,
    gradFunc: wrap(stock.gradFunc),
  };
  registerGradient(gradient);
}

/** What TensorFlow.js saves, x or y, has the sign from which the slope of a relu follows. */
function throughActivation(
  activationOf: (attributes: NamedAttrMap) => Activation | undefined,
  stock: GradFunc,
): GradFunc {
  return (dy, saved, attributes) => {
    const [value] = saved;
    const activation = activationOf({ ...attributes });
    if (isTapeOn() || !activation || !value || Array.isArray(dy) || !canActivate(dy, value)) {
      return stock(dy, saved, attributes);
    }
    return { x: () => activationGradient(dy, value, activation) };
  };
}

/** a + b where b is one number for each channel: db is the sum of dy over all axes but the last. */
function throughBias(stock: GradFunc): GradFunc {
  return (dy, saved, attributes) => {
    const gradients = stock(dy, saved, attributes);
    const [a, b] = saved;
    if (isTapeOn() || !a || !b || Array.isArray(dy) || !isBias(b, dy) || !canActivate(dy)) return gradients;
    return { ...gradients, b: () => sumOverRows(dy) };
  };
}

function isBias(b: Tensor, dy: Tensor): boolean {
  return b.rank === 1 && dy.rank > 1 && b.shape[0] === dy.shape.at(-1);
}
