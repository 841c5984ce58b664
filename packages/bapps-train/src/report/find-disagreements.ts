/**
 * @module
 * Finds the triplets on which a metric and people disagree most: most people chose one copy, and the metric finds the
 * other one clearly nearer.
 */
import { at } from 'lpips-core';
import type { JudgedDistances } from '../scores/two-afc.js';

/** A triplet on which the metric and people disagree. */
export interface Disagreement {
  readonly distortion: string;
  /** Its index among the triplets of its distortion. */
  readonly index: number;
  readonly judge: number;
  readonly d0: number;
  readonly d1: number;
  /** |2·judge − 1| · |ln(d0 / d1)|: how much people agreed among themselves, times how sure the metric was. */
  readonly extent: number;
}

/** Keeps the logarithm finite if a copy is identical to its reference. */
const SMALLEST_DISTANCE = 1e-6;

/**
 * The largest disagreements, the largest first.
 *
 * @param count most disagreements; each distortion has at most its even share of them, rounded up
 */
export function findDisagreements(
  data: readonly (JudgedDistances & { readonly distortion: string })[],
  count: number,
): Disagreement[] {
  const each = Math.ceil(count / data.length);
  return data
    .flatMap((triplets) => disagreementsOf(triplets).slice(0, each))
    .sort((a, b) => b.extent - a.extent)
    .slice(0, count);
}

function disagreementsOf({
  distortion,
  d0,
  d1,
  judge,
}: JudgedDistances & { readonly distortion: string }): Disagreement[] {
  return Array.from(judge, (share, index): Disagreement => {
    const [left, right] = [at(d0, index), at(d1, index)];
    const sure = Math.log((left + SMALLEST_DISTANCE) / (right + SMALLEST_DISTANCE));
    // Votes for p1 are judge > ½, and the metric is for p1 if d0 > d1: where they disagree, the signs differ.
    const extent = -(2 * share - 1) * sure;
    return { distortion, index, judge: share, d0: left, d1: right, extent };
  })
    .filter(({ extent }) => extent > 0)
    .sort((a, b) => b.extent - a.extent);
}
