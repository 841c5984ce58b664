/**
 * @module
 * Every random number of a training run is a function of the seed, the purpose, and the step or epoch that uses it. A
 * run that goes on from a checkpoint needs no saved generator: seed and step are its random state. The generator is
 * mulberry32, seeded by murmur3's finaliser over these three.
 */
import { int32At, uint32At } from '../typed-reads.js';

/** What random numbers are drawn for. Streams of different purposes are independent. */
export type Purpose = 'heads' | 'ranking network' | 'backbone' | 'order' | 'dropout' | 'hold-out';

const PURPOSES: readonly Purpose[] = ['heads', 'ranking network', 'backbone', 'order', 'dropout', 'hold-out'];

/** A stream of random numbers. */
export interface RandomStream {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Fills every element with 32 uniform bits. */
  fillBits(into: Int32Array): void;
}

/**
 * The stream for one purpose.
 *
 * @param seed of the run, a whole number
 * @param index of the step or epoch, if each has a stream of its own
 */
export function randomStream(seed: number, purpose: Purpose, index = 0): RandomStream {
  let state = finalise(finalise(finalise(seed) + PURPOSES.indexOf(purpose) + 1) + index);
  const one = new Int32Array(1);
  // The mixing stands here, not in a function or in `mulberry32` of lpips-core: this loop would take three times as long.
  const fillBits = (into: Int32Array): void => {
    let local = state | 0; // a plain int32 while the loop runs
    for (let i = 0; i < into.length; i++) {
      local = (local + 0x6d2b79f5) | 0;
      let mixed = Math.imul(local ^ (local >>> 15), local | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      into[i] = mixed ^ (mixed >>> 14);
    }
    state = local;
  };
  const uniform = (): number => {
    fillBits(one);
    return (int32At(one, 0) >>> 0) / 2 ** 32;
  };
  return { uniform, fillBits };
}

/** The numbers 0 … count − 1 in a random order (Fisher and Yates). */
export function randomOrder(count: number, random: RandomStream): Uint32Array {
  const numberAt = uint32At;
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random.uniform() * (i + 1));
    const [a, b] = [numberAt(order, i), numberAt(order, j)];
    order[i] = b;
    order[j] = a;
  }
  return order;
}

/** murmur3's 32-bit finaliser. */
function finalise(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
