/**
 * @module
 * How far a student agrees with its teacher on photographs that it has not seen: on copies that the recipe makes, and
 * on families of distortion that no training contains, some of which served no choice either. Other metrics and the mean squared difference are measured on
 * the same pictures.
 */
import { checkNumber, type Lpips } from 'lpips-core';
import { type RgbPixels, SIDE } from 'lpips-pictures';
import { checkMetric } from '../check-arguments.js';
import { byteAt } from '../typed-reads.js';
import { type Agreement, agreementOf } from './agreement.js';
import { makePicturesInMemory, type OnMade, tripletDistances } from './make-shards.js';
import { type Mixture, tripletBytes } from './triplets.js';

/** Default number of references. */
export const MEASURED_REFERENCES = 2000;

/** Which pictures are made, and how many. */
export interface EvaluationOptions {
  seed?: number;
  /** References, each with two copies. Default `MEASURED_REFERENCES`. */
  references?: number;
  /** Height and width of the pictures. Default 64. */
  side?: number;
  workers?: number;
  onMade?: OnMade;
}

/** Agreement with the teacher of each metric by name, and of the mean squared difference as `MSE`. */
export type Evaluation = Readonly<Record<string, Agreement>>;

/** The mixtures that a student is measured on. */
export const EVALUATION_MIXTURES = ['recipe', 'held-out', 'unseen'] as const satisfies Mixture[];

/**
 * Agreement of metrics with a teacher.
 *
 * @param metrics by name
 * @param mixture which distortions are applied
 */
export async function evaluateAgainst(
  teacher: Lpips,
  metrics: Readonly<Record<string, Lpips>>,
  photographs: readonly RgbPixels[],
  mixture: Mixture,
  evaluationOptions: EvaluationOptions = {},
): Promise<Evaluation> {
  checkMetric('evaluateAgainst', 'teacher', teacher);
  const { seed = 1, references = MEASURED_REFERENCES, side = SIDE, ...options } = evaluationOptions;
  checkNumber('evaluateAgainst', 'side', side, { least: 1, isWhole: true });
  const pictures = await makePicturesInMemory(references, { photographs, seed, mixture, side }, options);
  const wanted = await tripletDistances(teacher, pictures, side);
  const result: [name: string, agreement: Agreement][] = [];
  for (const [name, lpips] of Object.entries(metrics)) {
    result.push([name, agreementOf(await tripletDistances(lpips, pictures, side), wanted)]);
  }
  result.push(['MSE', agreementOf(squaredDifferences(pictures, side), wanted)]);
  return Object.fromEntries(result); // by assignment, a name "__proto__" would be none
}

/** Mean squared difference of both copies to their reference, in levels of 255: `[triplets, 2]`. */
function squaredDifferences(pictures: Uint8Array, side: number): Float32Array {
  const size = tripletBytes(side);
  const picture = size / 3;
  const distances = new Float32Array((2 * pictures.length) / size);
  const levelAt = byteAt;
  return distances.map((_, index) => {
    const reference = Math.floor(index / 2) * size;
    const copy = reference + (1 + (index % 2)) * picture;
    let sum = 0;
    for (let at = 0; at < picture; at++) {
      sum += (levelAt(pictures, reference + at) - levelAt(pictures, copy + at)) ** 2;
    }
    return sum / picture;
  });
}
