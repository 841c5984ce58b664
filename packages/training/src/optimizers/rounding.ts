/**
 * @module
 * How the coefficients of an optimiser are rounded. By default they are computed in float64. 1 − β of Adam is then right
 * to the last bit of float32, which TensorFlow.js's own is not: it multiplies by β and 1 − βᵗ in float32, so that after 20
 * steps with β₂ = 0.999 an update is off by 1e-4. A flag of TensorFlow.js chooses its rounding instead.
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
