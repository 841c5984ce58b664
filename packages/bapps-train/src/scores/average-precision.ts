/**
 * @module
 * Just noticeable differences (Zhang et al. 2018, section 2.3): people saw two images for a moment and said whether
 * they were the same; `same` is the share that said so. A metric has to find those pairs by their small distances. Its
 * score is the area under the precision-recall curve as PASCAL VOC defines it since 2010:
 *
 *     precision_k = Σ_{i≤k} same_i / k,   recall_k = Σ_{i≤k} same_i / Σ same      (pairs sorted by distance)
 *     score = Σ_k (recall_k − recall_{k−1}) · max_{j≥k} precision_j
 *
 * Distances are flattened before they are sorted. The published script sorts an array `[pairs, 1, 1, 1]` along its last
 * axis, which changes nothing, so that its score does not depend on the metric. Pairs of equal distance are one step of
 * the curve, so that the score does not depend on the order of the files.
 */
import { at } from 'lpips-core';
import { checkRecord } from '../check-arguments.js';
import { float64At, uint16At } from '../typed-reads.js';
import { checkDistances, checkJudgements } from './two-afc.js';

/** Distances of one metric, and the judgements of the same pairs. */
export interface NoticedDifferences {
  readonly distances: ArrayLike<number>;
  /** Share of people, in [0, 1], to whom the two images looked the same. */
  readonly same: ArrayLike<number>;
}

/**
 * The JND score of a metric. Its mean over distortions is the "mAP" of the paper.
 *
 * @returns in [0, 1]; NaN if nobody thought that any pair is the same
 * @throws LpipsError if the lists are empty or of different lengths, a distance is NaN, or a share lies outside [0, 1]
 */
export function averagePrecision(pairs: NoticedDifferences): number {
  return countedAveragePrecision(pairs)();
}

/**
 * The score as a function of how often each pair is counted, for resampling: the pairs are sorted once.
 *
 * @returns function of one count for each pair; without counts, each pair is counted once
 * @throws LpipsError as `averagePrecision`
 */
export function countedAveragePrecision(judged: NoticedDifferences): (counts?: Uint16Array) => number {
  checkRecord('averagePrecision', 'pairs', judged, ['distances', 'same']);
  const { distances, same } = judged;
  checkJudgements('averagePrecision', same, 'same');
  checkDistances('averagePrecision', 'distances', distances, same.length);
  const sorted = Array.from(same, (share, index) => ({ share, index, distance: at(distances, index) })).sort(
    (a, b) => a.distance - b.distance,
  );
  const pairs = sorted.map(({ share, index, distance }, place) => ({
    share,
    index,
    endsStep: sorted[place + 1]?.distance !== distance,
  }));
  const [hits, precision] = [new Float64Array(pairs.length), new Float64Array(pairs.length)];
  const once = new Uint16Array(pairs.length).fill(1);
  return (counts = once) => {
    const timesAt = uint16At;
    let [steps, found, seen] = [0, 0, 0];
    for (const { share, index, endsStep } of pairs) {
      const count = timesAt(counts, index);
      found += count * share;
      seen += count;
      if (seen === 0 || !endsStep) continue;
      hits[steps] = found;
      precision[steps] = found / seen;
      steps++;
    }
    return envelopeArea(hits.subarray(0, steps), precision.subarray(0, steps));
  };
}

/** Area under the precision envelope over recall, from the last step to the first. */
function envelopeArea(hits: Float64Array, precision: Float64Array): number {
  const valueAt = float64At;
  let [area, envelope] = [0, 0];
  for (let step = hits.length - 1; step >= 0; step--) {
    envelope = Math.max(envelope, valueAt(precision, step));
    area += (valueAt(hits, step) - (step === 0 ? 0 : valueAt(hits, step - 1))) * envelope;
  }
  return area / (hits.at(-1) ?? Number.NaN); // without a step there is no score
}
