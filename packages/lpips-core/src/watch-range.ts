/**
 * @module
 * A warning if the first images lie outside the range, such as bytes where [-1, 1] was meant, or if none of their values is
 * below 0 where nobody has said that the range is [-1, 1]. Distances of such images are wrong but plausible, and a loss of
 * them still falls, so nothing else would show the mistake. The check costs two reductions, once, and does not wait for
 * the device.
 */
import { keep, max, min, stack, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { kindOf } from './check-options.js';
import { invalid } from './errors.js';
import { at } from './item-at.js';
import { backendTraits } from './operations/backend-traits.js';
import type { ValueRange } from './operations/scale-images.js';

/** Takes a warning, which is one sentence with its advice. */
export type Warn = (message: string) => void;

/** Looks at values that a call was given. `range` is what its caller said, if anything. */
export type RangeWatch = (
  where: string,
  argument: string,
  values: Tensor,
  range: ValueRange | undefined,
) => void;

/** How far values may lie outside the range, as a share of its width: resampling overshoots by rounding. */
const TOLERANCE = 1e-3;

/** Where warnings go by default. */
export const warnOnConsole: Warn = (message) => {
  // biome-ignore lint/suspicious/noConsole: the one place that speaks, once, and an option silences it
  console.warn(message);
};

/**
 * Makes a function that looks at the first values it is given and later calls `warn` if they do not fit the range. By then
 * that call has returned, so an error that `warn` throws is thrown by the next call.
 *
 * @param where function that was given `warn`
 * @param warn `null` = nothing is looked at
 * @throws LpipsError if `warn` is neither a function nor `null`
 */
export function watchRange(where: string, warn: Warn | null): RangeWatch {
  if (warn !== null && typeof warn !== 'function') {
    throw invalid(where, 'a function or null', 'onWarning', kindOf(warn), 'null silences warnings.');
  }
  let isFirst = warn !== null;
  let thrown: { readonly fault: unknown } | undefined;
  return (method, argument, values, range) => {
    if (isFirst && warn !== null) {
      isFirst = false;
      adviceOnRange(method, argument, values, range)
        .then((message) => message !== undefined && warn(message))
        .catch((fault: unknown) => {
          thrown = { fault };
        });
    } else if (thrown) {
      const { fault } = thrown;
      thrown = undefined;
      throw fault;
    }
  };
}

/**
 * Says what is wrong if values lie outside the range, which is [-1, 1] where it is undefined, and is then doubted if no
 * value is below 0. The values may be disposed as soon as the call has returned its promise.
 *
 * @returns a sentence with its advice, or undefined where the values fit or the device did not give them
 */
export async function adviceOnRange(
  where: string,
  argument: string,
  values: Tensor,
  range: ValueRange | undefined,
): Promise<string | undefined> {
  const extremes = await readExtremes(values);
  if (extremes === undefined) return undefined;
  const [least, most] = extremes;
  const [low, high] = range ?? [-1, 1];
  const slack = (high - low) * TOLERANCE;
  if (least < low - slack || most > high + slack) {
    const advice = 'Pass the range that the images have as the option range.';
    const got = `values in [${least}, ${most}]`;
    return invalid(where, `values in [${low}, ${high}]`, argument, got, advice).message;
  }
  if (range !== undefined || !(least >= 0)) return undefined;
  const advice = 'Pass range: [0, 1] if the images are in [0, 1], or range: [-1, 1] if they are in [-1, 1].';
  return invalid(where, 'values in [-1, 1]', argument, 'none below 0', advice).message;
}

/** The least and the largest value, or undefined where the backend ended before it gave them. */
async function readExtremes(values: Tensor): Promise<readonly [least: number, most: number] | undefined> {
  const extremes = tidy(() => keep(stack([min(values), max(values)])));
  const reading = extremes.data();
  if (backendTraits().readsAtOnce) extremes.dispose();
  try {
    const data = await reading;
    return [at(data, 0), at(data, 1)];
  } catch {
    return undefined;
  } finally {
    extremes.dispose();
  }
}
