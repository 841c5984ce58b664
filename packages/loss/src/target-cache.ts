/**
 * @module
 * The features of fixed targets, computed once. A training step makes three passes through the backbone: forward with the
 * images, backward, and forward with the targets. The cache saves the third. A target is recognised by all its pixels,
 * so `model.fit` may shuffle and batch the data in any way.
 */
import { concat, gather, keep, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import {
  at,
  type CompareOptions,
  cannot,
  checkNumber,
  checkOptions,
  type Features,
  type ImageOptions,
  invalid,
  type Lpips,
  readsSynchronously,
} from 'lpips-core';
import { checkTensor } from './check-tensors.js';

/** How targets are read. */
export interface CacheTargetsOptions extends ImageOptions {
  /** Number of images that pass the backbone at once. Default 16. */
  batchSize?: number;
}

/** Features of targets, for `lpipsLoss` and `reconstructionLoss` as `targets`. Call `dispose` when done. */
export class TargetCache {
  readonly #lpips: Lpips;
  readonly #range: string;
  readonly #features: Features;
  readonly #indexOf: ReadonlyMap<string, number>;
  #isDisposed = false;

  /** Made by `cacheTargets`. */
  constructor(lpips: Lpips, range: string, features: Features, indexOf: ReadonlyMap<string, number>) {
    this.#lpips = lpips;
    this.#range = range;
    this.#features = features;
    this.#indexOf = indexOf;
  }

  /** Memory that it occupies, in bytes: 4 for each value of the images and of every tap. */
  get bytes(): number {
    return this.#features.bytes;
  }

  /** Number of different targets. */
  get size(): number {
    return this.#indexOf.size;
  }

  /**
   * Features of these targets, or undefined if one of them is not in the cache. Reads the pixels and so waits for the
   * device.
   *
   * @returns features that the caller disposes
   * @throws LpipsError if the cache is disposed
   */
  find(targets: Tensor4D): Features | undefined {
    if (this.#isDisposed) {
      throw invalid(
        'cacheTargets',
        'a cache in use',
        'targets',
        'a disposed one',
        'Dispose it after training.',
      );
    }
    const indices: number[] = [];
    for (const key of fingerprints(targets)) {
      const index = this.#indexOf.get(key);
      if (index === undefined) return undefined;
      indices.push(index);
    }
    const { images, taps } = this.#features;
    return this.#lpips.featuresFrom(
      gather(images, indices),
      taps.map((tap) => gather(tap, indices)),
    );
  }

  /** @throws LpipsError unless the loss uses the metric and the range that these features were made with */
  checkOwner(where: string, lpips: Lpips, { range }: CompareOptions): void {
    if (lpips !== this.#lpips) {
      const advice = 'Make them with cacheTargets and the Lpips of the loss.';
      throw invalid(
        where,
        'features of this Lpips',
        'targets',
        `features of another (${this.#lpips.net})`,
        advice,
      );
    }
    if (rangeName(range) !== this.#range) {
      const advice = 'Give cacheTargets and the loss the same range.';
      throw invalid(where, `targets in ${rangeName(range)}`, 'targets', `targets in ${this.#range}`, advice);
    }
  }

  /** Releases the features. Calling it again does nothing. */
  dispose(): void {
    this.#isDisposed = true;
    this.#features.dispose();
  }
}

/**
 * Computes the features of the targets of a data set. They take 4 bytes for each value of every tap: with `lite`, 0.6 MB
 * for an image of 64x64 and 9 MB for one of 256x256. `bytes` gives the exact number.
 *
 * @param targets `[images, height, width, 3]` (or 1, greyscale) in `range`, as the loss will get them as yTrue
 * @returns the cache; the caller disposes
 * @throws LpipsError as `Lpips.features`, and on WebGPU in Node, where a loss cannot read the pixels of its targets
 */
export function cacheTargets(
  lpips: Lpips,
  targets: Tensor4D,
  options: CacheTargetsOptions = {},
): TargetCache {
  checkOptions('cacheTargets', options, ['batchSize', 'range', 'checkRange']);
  const { batchSize = 16, ...imageOptions } = options;
  checkNumber('cacheTargets', 'batchSize', batchSize, { least: 1, isWhole: true });
  checkTensor('cacheTargets', 'targets', targets);
  if (targets.rank !== 4) {
    const got = `[${targets.shape.join(', ')}]`;
    throw invalid(
      'cacheTargets',
      '[images, height, width, 3]',
      'targets',
      got,
      'Stack the images with tf.stack.',
    );
  }
  if (targets.shape[0] === 0) {
    const got = `[${targets.shape.join(', ')}]`;
    throw invalid('cacheTargets', 'at least one image', 'targets', got, 'Is the data set empty?');
  }
  if (!readsSynchronously()) {
    const why = 'this backend reads asynchronously only, and a loss cannot wait';
    throw cannot('cacheTargets', 'recognise targets', why, 'Leave out targets, or use another backend.');
  }
  const indexOf = new Map<string, number>();
  const first: number[] = []; // index of the first copy of each different target
  for (const [index, key] of fingerprints(targets).entries()) {
    if (indexOf.has(key)) continue;
    indexOf.set(key, first.length);
    first.push(index);
  }
  // The range is said, so that the metric leaves the look at the targets to the loss.
  const said = { ...imageOptions, range: imageOptions.range ?? ([-1, 1] as const) };
  const parts: Features[] = [];
  try {
    for (let start = 0; start < first.length; start += batchSize) {
      const batch = gather(targets, first.slice(start, start + batchSize));
      parts.push(lpips.features(batch, said));
      batch.dispose();
    }
    const [images, ...taps] = tidy(() => columns(parts).map((column) => keep(concat(column)))) as [
      Tensor4D,
      ...Tensor4D[],
    ];
    return new TargetCache(lpips, rangeName(options.range), lpips.featuresFrom(images, taps), indexOf);
  } finally {
    for (const part of parts) part.dispose();
  }
}

/** The images of all parts, then each tap of all parts. */
function columns(parts: readonly Features[]): Tensor4D[][] {
  const rows = parts.map(({ images, taps }) => [images, ...taps]);
  return at(rows, 0).map((_, index) => rows.map((row) => at(row, index)));
}

function rangeName(range: ImageOptions['range'] = [-1, 1]): string {
  return `[${range.join(', ')}]`;
}

/** The shape of each image and 64 bits of its pixels: two 32-bit FNV-1a hashes over words, from different offsets. */
function fingerprints(images: Tensor4D): string[] {
  const values = Float32Array.from(images.dataSync());
  const words = new Uint32Array(values.buffer);
  const [count, ...shape] = images.shape;
  const name = shape.join('x');
  const size = words.length / count;
  return Array.from({ length: count }, (_, image) => {
    let [a, b] = [0x811c9dc5, 0x9747b28c];
    for (const word of words.subarray(image * size, (image + 1) * size)) {
      a = Math.imul(a ^ word, 0x01000193);
      a ^= a >>> 15;
      b = Math.imul(b ^ word, 0x85ebca6b);
      b ^= b >>> 13;
    }
    return `${name}:${a >>> 0}:${b >>> 0}`;
  });
}
