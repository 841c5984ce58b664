/**
 * @module
 * The features of a reference, computed once and compared with many images.
 */
import { keep, type Tensor4D } from '@tensorflow/tfjs-core';
import type { NetName } from './backbones/backbone.js';

/**
 * Unit-normalised activations of every tap for a batch of images, made by `Lpips.features`. Not released by
 * `tf.tidy`: call `dispose` when done.
 */
export class Features {
  #isDisposed = false;

  /**
   * @param owner the weights that made these features; an `Lpips` with other weights refuses them
   * @param net network that made these features
   * @param images float32 `[batch, height, width, 3]` after the scaling layer
   * @param taps one `[batch, h, w, channels]` for each tap
   */
  constructor(
    readonly owner: object,
    readonly net: NetName,
    readonly images: Tensor4D,
    readonly taps: readonly Tensor4D[],
  ) {
    for (const tensor of [images, ...taps]) keep(tensor);
  }

  /** Shape of the images, `[batch, height, width, 3]`. */
  get shape(): Tensor4D['shape'] {
    return this.images.shape;
  }

  /** Memory that the features occupy, in bytes. */
  get bytes(): number {
    return [this.images, ...this.taps].reduce((sum, tensor) => sum + tensor.size * 4, 0);
  }

  get isDisposed(): boolean {
    return this.#isDisposed;
  }

  /** Releases the tensors. Calling it again does nothing. */
  dispose(): void {
    if (this.#isDisposed) return;
    for (const tensor of [this.images, ...this.taps]) tensor.dispose();
    this.#isDisposed = true;
  }
}
