/**
 * @module
 * The features that a worker keeps between tasks, so that it seldom copies them out of shared memory again. What was
 * not used for longest goes first.
 */
import type { Features } from 'lpips-core';

/** Features by the place of their image in the list, up to a number of bytes. */
export class FeatureCache {
  readonly #kept = new Map<number, Features>();
  readonly #limitBytes: number;
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** The features of an image, by now the last to go; undefined where they are not here. */
  find(index: number): Features | undefined {
    const features = this.#kept.get(index);
    if (features === undefined) return undefined;
    this.#kept.delete(index);
    this.#kept.set(index, features);
    return features;
  }

  /** Takes features over, which are disposed in their time. Call `trim` when they may go. */
  add(index: number, features: Features): Features {
    this.#kept.set(index, features);
    this.#bytes += features.bytes;
    return features;
  }

  /** Disposes the oldest until the rest is within the limit, but none of `inUse`. */
  trim(inUse: readonly Features[] = []): void {
    for (const [index, features] of this.#kept) {
      if (this.#bytes <= this.#limitBytes) return;
      if (inUse.includes(features)) continue;
      this.#drop(index, features);
    }
  }

  /** Disposes all. */
  clear(): void {
    for (const [index, features] of this.#kept) this.#drop(index, features);
  }

  #drop(index: number, features: Features): void {
    this.#kept.delete(index);
    this.#bytes -= features.bytes;
    features.dispose();
  }
}
