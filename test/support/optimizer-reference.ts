/**
 * @module
 * The optimisers in float64, number by number, as their papers write them.
 */
import { at } from 'lpips-core';

/** Takes one step for one number: its value and gradient in, its new value out. It keeps the states of that number. */
type Step = (value: number, gradient: number, learningRate: number) => number;

export function sgdReference(): Step {
  return (w, g, rate) => w - rate * g;
}

export function momentumReference(momentum: number, isNesterov: boolean): Step {
  let a = 0;
  return (w, g, rate) => {
    a = momentum * a + g;
    return w - rate * (isNesterov ? g + momentum * a : a);
  };
}

export function rmspropReference(
  decay: number,
  momentum: number,
  epsilon: number,
  isCentered: boolean,
): Step {
  let [square, mean, a] = [0, 0, 0];
  return (w, g, rate) => {
    square = decay * square + (1 - decay) * g * g;
    mean = decay * mean + (1 - decay) * g;
    a = momentum * a + (rate * g) / Math.sqrt(square - (isCentered ? mean * mean : 0) + epsilon);
    return w - a;
  };
}

export function adamReference(beta1: number, beta2: number, epsilon: number, weightDecay = 0): Step {
  let [m, v, t] = [0, 0, 0];
  return (w, g, rate) => {
    t++;
    m = beta1 * m + (1 - beta1) * g;
    v = beta2 * v + (1 - beta2) * g * g;
    const step = m / (1 - beta1 ** t) / (Math.sqrt(v / (1 - beta2 ** t)) + epsilon);
    return w - rate * weightDecay * w - rate * step;
  };
}

/** All numbers of one variable after one step along each of the gradients. */
export function referenceSteps(
  reference: () => Step,
  values: ArrayLike<number>,
  gradients: readonly ArrayLike<number>[],
  learningRates: readonly number[],
): number[] {
  return Array.from(values, (value, i) => {
    const step = reference();
    return gradients.reduce((w, gradient, t) => step(w, at(gradient, i), at(learningRates, t)), value);
  });
}
