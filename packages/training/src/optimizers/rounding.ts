/**
 * @module
 * How the coefficients of an optimiser are rounded. By default they are computed in float64. TensorFlow.js multiplies by a β
 * that is rounded to float32, and rounds 1 − βᵗ to float32: with β₂ = 0.999 its Adam is off by 8e-6 of the way that values go
 * in 20 steps, fifteen times as far as the kernel. A flag of TensorFlow.js chooses its rounding instead.
 */
import { env } from '@tensorflow/tfjs-core';

/** Flag of `tf.env()`: whether optimisers round as TensorFlow.js does. Default: false. */
const STOCK_ROUNDING = 'FUSED_OPTIMIZERS_STOCK_ROUNDING';

/** Makes the flag known to TensorFlow.js. What it is set to stays. */
export function registerRoundingFlag(): void {
  env().registerFlag(STOCK_ROUNDING, () => false);
}

/** Whether optimisers round as TensorFlow.js does. */
export function roundsAsStock(): boolean {
  return env().getBool(STOCK_ROUNDING);
}

/** The three coefficients of a moving average: its decay in two parts, and 1 − decay. */
export function averageCoefficients(decay: number): [high: number, low: number, share: number] {
  const high = Math.fround(decay);
  return [high, roundsAsStock() ? 0 : decay - high, 1 - decay];
}
