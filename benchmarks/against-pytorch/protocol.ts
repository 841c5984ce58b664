/**
 * @module
 * The messages between the driver and a contender, one JSON object a line. All contenders, contender.ts and contender.py,
 * are processes of their own, so that each has its own peak memory and they can take turns.
 */
import type { NetName } from 'lpips-core';

/** A network and the shape of a pair of image batches. */
export interface Case {
  net: Exclude<NetName, 'lite'>;
  version: '0.1' | '0.0';
  linear: boolean;
  /** `[batch, height, width, 3]` */
  shape: [number, number, number, number];
}

/** What is timed: distances alone, with the gradient to the image, or with it and cached features of the reference. */
export type Task = 'forward' | 'gradient' | 'cached gradient';

/** Raw little-endian float32 files: all weights in state-dict order, convolutions first; image and reference. */
interface Files {
  weights: string;
  images: [image: string, reference: string];
}

/** `channelsLast`: the layout of PyTorch's memory; the other side has but one. */
export type Message =
  | ({ do: 'load'; threads: number; channelsLast: boolean } & Case & Files)
  | { do: 'run'; task: Task }
  | { do: 'peak' };

/** Answer to `load`. */
export interface Loaded {
  versions: string;
}

/** Answer to `run`. The contender leaves the gradient, if there is one, in `gradient.bin` in its folder. */
export interface Timed {
  ms: number;
  /** `[batch]` */
  distance: number[];
}

/** Answer to `peak`: the most memory that the process has held. */
export interface Peak {
  peakBytes: number;
}
