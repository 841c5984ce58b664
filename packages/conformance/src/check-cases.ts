/**
 * @module
 * Holds a metric against the answers of a case: distance, layers, map, and both gradients.
 */
import { imagesOf } from './pictures.js';
import type { Subject } from './subject.js';
import type { ConformanceCase, Result, Sampled, Suite } from './suite.js';
import { notOffered, relativeError, type Verdict, verdict } from './verdict.js';

/**
 * Five verdicts: distance, layers, map, gradient to the image and to the reference.
 *
 * @throws RangeError where the suite has no answer to the case
 */
export async function checkCase(
  subject: Subject,
  { name, image, reference, upstream }: ConformanceCase,
  { answers, bars }: Pick<Suite, 'answers' | 'bars'>,
): Promise<Verdict[]> {
  const answer = answers[name];
  if (!answer) throw new RangeError(`there is no answer to ${name}`);
  const [x, y] = [imagesOf(image), imagesOf(reference)];
  const judge = (what: Result, error: number | undefined): Verdict => {
    const line = `${name}: ${what}`;
    if (error === undefined) return notOffered(line);
    const bar = Math.max(bars.smallest[what], bars.floors * answer.float32[what]);
    return verdict(
      line,
      error <= bar,
      `relative error ${error.toExponential(1)}, bar ${bar.toExponential(1)}`,
    );
  };
  const gradients = await subject.gradients?.(x, y, upstream);
  const [layers, map] = [await subject.layers?.(x, y), await subject.map?.(x, y)];
  return [
    judge('distance', relativeError(await subject.distance(x, y), answer.distance)),
    judge('layers', layers && relativeError(layers, answer.layers.flat())),
    judge('map', map && sampledError(map, answer.map)),
    judge('imageGradient', gradients && sampledError(gradients.image, answer.imageGradient)),
    judge('referenceGradient', gradients && sampledError(gradients.reference, answer.referenceGradient)),
  ];
}

/** The larger of the errors of the norm and of the samples. */
function sampledError(actual: ArrayLike<number>, { norm, shape, positions, values }: Sampled): number {
  if (actual.length !== shape.reduce((size, side) => size * side, 1)) return Number.POSITIVE_INFINITY;
  let square = 0;
  for (let i = 0; i < actual.length; i++) square += (actual[i] ?? Number.NaN) ** 2;
  const samples = positions.map((position) => actual[position] ?? Number.NaN);
  return Math.max(Math.abs(Math.sqrt(square) / norm - 1), relativeError(samples, values));
}
