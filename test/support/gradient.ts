/**
 * @module
 * Two witnesses for a hand-written gradient under an explicit dy: central differences, and TensorFlow.js's own
 * gradient of the same function written in stock operations.
 */
import { grad, type Tensor, type Tensor4D, tensor, tensor4d, tidy } from '@tensorflow/tfjs';
import { at } from 'lpips-core';
import { expect } from 'vitest';
import { randomValues, relativeError } from './numbers.js';

/** Step of the central differences: small enough to cross few kinks of a relu, large enough for float32. */
const STEP = 2 ** -12;
/** Rounding of float32 differences over that step. */
export const CENTRAL_DIFFERENCES = 2e-3;
/** Two float32 evaluations of one formula in different order. */
const STOCK_OPERATIONS = 2e-5;

type Differentiable = (x: Tensor4D) => Tensor;

/** The gradient of Σ dy·f(x), as TensorFlow.js's tape gives it. */
export function gradientOf(f: Differentiable, x: Tensor4D, dy: ArrayLike<number>): number[] {
  const gradient = tidy(() => {
    const { shape } = f(x);
    // tf.grad gives f the x that it was given, whose rank its type has forgotten.
    return grad(() => f(x))(x, tensor(Array.from(dy), shape));
  });
  const values = Array.from(gradient.dataSync());
  gradient.dispose();
  return values;
}

/** The same gradient by central differences, one value of x at a time. */
export function centralDifferences(f: Differentiable, x: Tensor4D, dy: ArrayLike<number>): number[] {
  const values = Float32Array.from(x.dataSync());
  const projected = (): number => {
    const y = tidy(() => f(tensor4d(values, x.shape)));
    const total = Array.from(y.dataSync()).reduce((sum, value, i) => sum + value * at(dy, i), 0);
    y.dispose();
    return total;
  };
  return Array.from(values, (value, i) => {
    values[i] = value + STEP;
    const above = projected();
    values[i] = value - STEP;
    const below = projected();
    values[i] = value;
    return (above - below) / (2 * STEP);
  });
}

/** Expects the gradient of f at x to agree with central differences and with that of `stock`. */
export function expectGradient(f: Differentiable, x: Tensor4D, stock: Differentiable): void {
  const { gradient, dy } = expectStockGradient(f, x, stock);
  expect(relativeError(gradient, centralDifferences(f, x, dy))).toBeLessThan(CENTRAL_DIFFERENCES);
}

/** Expects the gradient of f at x to agree with that of `stock` alone, where x has too many values for differences. */
export function expectStockGradient(f: Differentiable, x: Tensor4D, stock: Differentiable) {
  const y = tidy(() => f(x));
  const dy = randomValues(y.size, 77);
  y.dispose();
  const gradient = gradientOf(f, x, dy);
  expect(relativeError(gradient, gradientOf(stock, x, dy))).toBeLessThan(STOCK_OPERATIONS);
  return { gradient, dy };
}
