/**
 * @module
 * Batches of images that pass the backbone as one. A kernel then reads its weights once for all of them; with small
 * images, reading the weights is most of its time. Each batch has its own node on TensorFlow.js's tape, so that no
 * gradient is computed for a batch whose gradient is not needed.
 */
import { concat, customGrad, split, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { backendTraits } from './backend-traits.js';
import { isTapeOn } from './tape.js';

/** Batches of the same height, width and channels, and their concatenation. */
export class Stack {
  #parts: readonly Tensor4D[] | undefined;

  /**
   * @param whole float32 `[sum of sizes, height, width, channels]`, not on the tape
   * @param sizes of each batch, in order
   * @param parts each batch on its own, on the tape
   */
  constructor(
    readonly whole: Tensor4D,
    readonly sizes: readonly number[],
    parts?: readonly Tensor4D[],
  ) {
    this.#parts = parts;
  }

  /** Each batch, in order. */
  get parts(): readonly Tensor4D[] {
    this.#parts ??= split(this.whole, [...this.sizes]);
    return this.#parts;
  }

  dispose(): void {
    this.whole.dispose();
    for (const part of this.#parts ?? []) part.dispose();
  }
}

/** One batch, or several that are computed together. */
export type Images = Tensor4D | Stack;

/**
 * Largest number of pixels for which the gain is worth the memory of the activations of both batches. While a tape is on
 * the activations of all layers are kept, and on their own those of one batch need not be.
 */
const MOST_PIXELS = { off: 2 ** 20, onTape: 2 ** 18 };

/** Whether two batches pass the backbone faster as one batch. */
export function areFasterTogether(a: Tensor4D, b: Tensor4D): boolean {
  const [, height, width] = a.shape;
  const pixels = (a.shape[0] + b.shape[0]) * height * width;
  return pixels <= (isTapeOn() ? MOST_PIXELS.onTape : MOST_PIXELS.off) && backendTraits().isFasterStacked;
}

/** Stacks batches. Each stays where it is on the tape. */
export function stackBatches(batches: readonly Tensor4D[]): Stack {
  const whole = offTape<Tensor4D>(() => concat([...batches]));
  return new Stack(
    whole,
    batches.map(({ shape }) => shape[0]),
    batches,
  );
}

/** Computes a value that no gradient passes through, and disposes the intermediate tensors. */
export function offTape<Value extends Tensor>(compute: () => Value): Value {
  return customGrad<Value>(() => ({ value: compute(), gradFunc: () => [] }))();
}
