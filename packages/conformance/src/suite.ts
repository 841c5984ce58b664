/**
 * @module
 * The cases and their answers, as they lie in `cases/`: results of the official package `lpips` in float64, and how far its
 * own float32 is from them. `python/make_answers.py` made them.
 */
import { readFileSync } from 'node:fs';
import type { Formula } from './pictures.js';

/** The nets that have official weights. */
export const CONFORMANCE_NETS = ['alex', 'squeeze', 'vgg'] as const;
export type ConformanceNet = (typeof CONFORMANCE_NETS)[number];

/** Which metric: a net, the calibration of its heads, and whether they are learned (`false` = every head is 1). */
export interface MetricSpec {
  readonly net: ConformanceNet;
  readonly version: '0.1' | '0.0';
  readonly linear: boolean;
}

/** Two batches of pictures for a metric. */
export interface ConformanceCase extends MetricSpec {
  readonly name: string;
  readonly image: readonly Formula[];
  readonly reference: readonly Formula[];
  /** `[batch]`: the gradients are those of Σ upstream · distance. */
  readonly upstream: readonly number[];
}

/** Some values of a large result. */
export interface Sampled {
  /** L2 of all values. */
  readonly norm: number;
  readonly shape: readonly number[];
  /** Flat indices, and the values there. */
  readonly positions: readonly number[];
  readonly values: readonly number[];
}

export type Result = 'distance' | 'layers' | 'map' | 'imageGradient' | 'referenceGradient';

/** What the official code answers to a case. */
export interface Answer {
  /** `[batch]` */
  readonly distance: readonly number[];
  /** `[batch][taps]` */
  readonly layers: readonly (readonly number[])[];
  /** of `[batch, height, width]` */
  readonly map: Sampled;
  /** of `[batch, height, width, 3]`, images in [-1, 1] */
  readonly imageGradient: Sampled;
  readonly referenceGradient: Sampled;
  /** Relative L2 error of the official float32 against these answers: no float32 can be asked for much less. */
  readonly float32: Readonly<Record<Result, number>>;
}

/** How far a result may be from the answer, as relative L2 error. */
interface Bars {
  /** So many times the error of the official float32: other libraries add in another order. */
  readonly floors: number;
  /** Or so much, where that is more. */
  readonly smallest: Readonly<Record<Result, number>>;
}

/** Pairs in no order of their distances. */
interface JndList {
  readonly distances: readonly number[];
  /** Share of people, in [0, 1], who saw no difference. */
  readonly same: readonly number[];
  /** VOC average precision of the list in the order of its distances, in float64. */
  readonly score: number;
}

/** The suite as it is stored. */
export interface Suite {
  readonly bars: Bars;
  readonly jnd: JndList;
  readonly cases: readonly ConformanceCase[];
  /** Which program made the answers. */
  readonly madeBy: string;
  /** By the names of the cases. */
  readonly answers: Readonly<Record<string, Answer>>;
}

/** Reads the cases and answers that come with this package. */
export function readSuite(): Suite {
  const read = (name: string): unknown =>
    JSON.parse(readFileSync(new URL(`../cases/${name}.json`, import.meta.url), 'utf8'));
  return Object.assign({}, read('cases'), read('answers')) as Suite;
}
