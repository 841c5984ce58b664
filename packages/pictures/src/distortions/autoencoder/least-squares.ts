/**
 * @module
 * Ridge regression by the normal equations and Cholesky's decomposition. It computes in float64 and in a fixed order, so
 * that the same rows give the same bits on every machine.
 */
import { outside } from '../../outside.js';

/** Takes rows one by one; `solve` gives the weights W that minimise Σ ‖x W − y‖² + λ ‖W‖². */
export class LeastSquares {
  readonly #inputs: number;
  readonly #outputs: number;
  /** Σ xᵀx, `[inputs, inputs]`, its lower triangle */
  readonly #gram: Float64Array;
  /** Σ xᵀy, `[inputs, outputs]` */
  readonly #products: Float64Array;

  constructor(inputs: number, outputs: number) {
    this.#inputs = inputs;
    this.#outputs = outputs;
    this.#gram = new Float64Array(inputs * inputs);
    this.#products = new Float64Array(inputs * outputs);
  }

  /**
   * Adds a row.
   *
   * @param x `[inputs]`
   * @param y `[outputs]`
   */
  add(x: Float64Array, y: Float64Array): void {
    for (let i = 0; i < this.#inputs; i++) {
      const value = x[i] ?? outside();
      if (value === 0) continue;
      const row = i * this.#inputs;
      for (let j = 0; j <= i; j++) {
        this.#gram[row + j] = (this.#gram[row + j] ?? outside()) + value * (x[j] ?? outside());
      }
      const at = i * this.#outputs;
      for (let j = 0; j < this.#outputs; j++) {
        this.#products[at + j] = (this.#products[at + j] ?? outside()) + value * (y[j] ?? outside());
      }
    }
  }

  /**
   * Finds the weights.
   *
   * @param ridge λ as a share of the mean of the diagonal of Σ xᵀx; above 0
   * @returns `[inputs, outputs]`
   */
  solve(ridge: number): Float64Array {
    const n = this.#inputs;
    const factor = this.#gram.slice();
    let trace = 0;
    for (let i = 0; i < n; i++) trace += factor[i * n + i] ?? outside();
    for (let i = 0; i < n; i++) factor[i * n + i] = (factor[i * n + i] ?? outside()) + (ridge * trace) / n;
    decompose(factor, n);
    const weights = this.#products.slice();
    for (let output = 0; output < this.#outputs; output++)
      substitute(factor, n, weights, output, this.#outputs);
    return weights;
  }
}

/** Replaces the lower triangle of a symmetric matrix A by L, with L Lᵀ = A. */
function decompose(matrix: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * n + j] ?? outside();
      for (let k = 0; k < j; k++) sum -= (matrix[i * n + k] ?? outside()) * (matrix[j * n + k] ?? outside());
      matrix[i * n + j] = i === j ? Math.sqrt(sum) : sum / (matrix[j * n + j] ?? outside());
    }
  }
}

/** Replaces one column b of `columns` by the solution of L Lᵀ x = b. */
function substitute(
  factor: Float64Array,
  n: number,
  columns: Float64Array,
  column: number,
  stride: number,
): void {
  for (let i = 0; i < n; i++) {
    let sum = columns[i * stride + column] ?? outside();
    for (let k = 0; k < i; k++) {
      sum -= (factor[i * n + k] ?? outside()) * (columns[k * stride + column] ?? outside());
    }
    columns[i * stride + column] = sum / (factor[i * n + i] ?? outside());
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = columns[i * stride + column] ?? outside();
    for (let k = i + 1; k < n; k++) {
      sum -= (factor[k * n + i] ?? outside()) * (columns[k * stride + column] ?? outside());
    }
    columns[i * stride + column] = sum / (factor[i * n + i] ?? outside());
  }
}
