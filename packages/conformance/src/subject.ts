/**
 * @module
 * What is held against the suite: any LPIPS, behind a few functions on plain numbers. What a package does not offer is left
 * out, and reported as not offered.
 */
import type { Images } from './pictures.js';
import type { MetricSpec } from './suite.js';

/** One metric. Images are float32 `[batch, height, width, 3]` in [-1, 1]; results are flat. */
export interface Subject {
  /** `[batch]` */
  distance(image: Images, reference: Images): Promise<ArrayLike<number>>;
  /** `[batch, taps]` */
  layers?(image: Images, reference: Images): Promise<ArrayLike<number>>;
  /** `[batch, height, width]` */
  map?(image: Images, reference: Images): Promise<ArrayLike<number>>;
  /** Of Σ upstream · distance, to the image and to the reference: `[batch, height, width, 3]` each. */
  gradients?(
    image: Images,
    reference: Images,
    upstream: readonly number[],
  ): Promise<{ image: ArrayLike<number>; reference: ArrayLike<number> }>;
  /** The distance of images whose values are in another range, which the metric is told. */
  distanceInRange?(
    image: Images,
    reference: Images,
    range: readonly [number, number],
  ): Promise<ArrayLike<number>>;
  /** Whether images in 0 to 255 are refused or warned about where [-1, 1] is expected. */
  toldOfRange?(image: Images, reference: Images): Promise<boolean>;
  /** The distance inside a mask, `[height, width]` of 0 and 1. */
  masked?(image: Images, reference: Images, mask: Float32Array): Promise<ArrayLike<number>>;
  /** The distance of greyscale images, `[batch, height, width, 1]` in [-1, 1]. */
  greyscale?(image: Float32Array, reference: Float32Array, side: number): Promise<ArrayLike<number>>;
  /** The same metric with a bias of −10^6 in its last convolution, so that the features of its last tap are 0. */
  withDeadTap?(): Promise<Subject>;
  /** Lowers the distance for some steps with an optimiser that moves everything it is allowed to, the image among it. */
  minimize?(image: Images, reference: Images): Promise<void>;
  dispose?(): void;
}

/** Opens the metrics of a program. */
export interface Program {
  /** Its name and version. */
  readonly name: string;
  /** `undefined` where the program has no such metric. */
  open(spec: MetricSpec): Promise<Subject | undefined>;
  /**
   * JND mAP of a list of pairs: `same` is the fraction of people who saw no difference.
   */
  jnd?(distances: readonly number[], same: readonly number[]): number;
}
