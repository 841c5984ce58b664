/**
 * @module
 * What came of a check.
 */

/** One line of a report. */
export interface Verdict {
  /** The case or property. */
  readonly name: string;
  readonly outcome: 'passes' | 'fails' | 'not offered';
  /** What was measured, in a sentence or number. */
  readonly detail: string;
}

/** Passes where `isRight`, with what was measured. */
export function verdict(name: string, isRight: boolean, detail: string): Verdict {
  return { name, outcome: isRight ? 'passes' : 'fails', detail };
}

/** For what the program does not have. */
export function notOffered(name: string): Verdict {
  return { name, outcome: 'not offered', detail: '' };
}

/** ‖actual − expected‖ / ‖expected‖; infinite where the lengths differ, NaN where a value is. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let [difference, norm] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    const wanted = expected[i] ?? Number.NaN;
    difference += ((actual[i] ?? Number.NaN) - wanted) ** 2;
    norm += wanted ** 2;
  }
  return Math.sqrt(norm === 0 ? difference : difference / norm);
}
