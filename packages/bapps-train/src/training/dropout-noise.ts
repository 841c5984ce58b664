/**
 * @module
 * Dropout of one half before a head, without the map.
 *
 * One channel of a tap has squared differences x₁ … xₙ at its n positions, and a head sees their mean. Dropout turns
 * the mean into p = (1/n) Σ 2bᵢxᵢ with independent bᵢ that are 0 or 1 with equal chance. Since E[2b] = 1 and Var[2b] =
 * 1,
 *
 *     E[p] = (1/n) Σ xᵢ,     Var[p] = (1/n²) Σ xᵢ²,
 *
 * the pooled squared difference and, because xᵢ = diffᵢ², a sum of fourth powers. (At another rate q the variance is
 * q/(1 − q) times that.) Masks differ from channel to channel, so channels are independent, and both moments commute
 * with the head's weights. So p is drawn as mean + deviation · z, with z = (popcount(r) − 16)/√8 of 32 random bits r:
 * mean 0, variance 1, the distribution of dropout itself on a map of 32 equal values. Like any noise that does not see
 * the map, it can fall below 0, where real dropout stops.
 */
import { float32At, int32At } from '../typed-reads.js';
import type { RandomStream } from './random-streams.js';

const BITS = 32;
const UNIT = 1 / Math.sqrt(BITS / 4);

/**
 * Draws pooled vectors under dropout.
 *
 * @param moments rows of `channels` means and then `channels` deviations
 * @param rows number of rows
 * @param into `[rows, channels]`, overwritten
 */
export function drawPooled(
  moments: Float32Array,
  { rows, channels }: { rows: number; channels: number },
  random: RandomStream,
  into: Float32Array,
): void {
  const [bitsAt, at] = [int32At, float32At];
  const bits = new Int32Array(channels);
  for (let row = 0, to = 0; row < rows; row++) {
    random.fillBits(bits);
    const means = 2 * row * channels;
    const deviations = means + channels;
    for (let c = 0; c < channels; c++, to++) {
      const z = (ones(bitsAt(bits, c)) - BITS / 2) * UNIT;
      into[to] = at(moments, means + c) + at(moments, deviations + c) * z;
    }
  }
}

/** Number of bits of a word that are 1. */
function ones(word: number): number {
  let n = word - ((word >>> 1) & 0x55555555);
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
