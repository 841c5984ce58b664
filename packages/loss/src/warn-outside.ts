/**
 * @module
 * A warning if the first batch of targets lies outside the range, such as bytes where [-1, 1] was meant, or if none of its
 * values is below 0 where nobody has said that the range is [-1, 1]. A loss of such targets is wrong but still falls, so
 * nothing else would show the mistake. The check costs two reductions and does not wait for the device.
 */
import { keep, max, min, stack, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { at, type ValueRange } from 'lpips-core';

/** Takes the warning, which is one sentence with its advice. */
export type Warn = (message: string) => void;

/** How far values may lie outside the range, as a share of its width: resampling overshoots by rounding. */
const TOLERANCE = 1e-3;

/** Where warnings go by default. */
export const warnOnConsole: Warn = (message) => {
  // biome-ignore lint/suspicious/noConsole: the one place that speaks, once, and an option silences it
  console.warn(message);
};

/**
 * Makes a function that checks the first values it is given and later calls `warn` if they do not fit the range. By then
 * that call has returned, so an error that `warn` throws is thrown by the next call.
 */
export function watchRange(
  where: string,
  range: ValueRange | undefined,
  warn: Warn,
): (values: Tensor) => void {
  let isFirst = true;
  let thrown: { readonly fault: unknown } | undefined;
  return (values) => {
    if (isFirst) {
      isFirst = false;
      warnIfOutside(where, values, range, warn).catch((fault: unknown) => {
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
 * Calls `warn` if values lie outside the range, which is [-1, 1] where it is undefined, and is then doubted if no value is
 * below 0. Reads them without waiting, so that they may be disposed at
 * once.
 */
export async function warnIfOutside(
  where: string,
  values: Tensor,
  range: ValueRange | undefined,
  warn: Warn,
): Promise<void> {
  const extremes = tidy(() => keep(stack([min(values), max(values)])));
  const [low, high] = range ?? [-1, 1];
  const slack = (high - low) * TOLERANCE;
  const data = await extremes.data();
  extremes.dispose();
  const [least, most] = [at(data, 0), at(data, 1)];
  if (least >= low - slack && most <= high + slack) {
    if (range !== undefined || least < 0) return;
    warn(
      `${where}: expected values in [-1, 1] for yTrue, got none below 0. ` +
        'Pass range: [0, 1] if the images are in [0, 1], or range: [-1, 1] if they are in [-1, 1].',
    );
    return;
  }
  warn(
    `${where}: expected values in [${low}, ${high}] for yTrue, got values in [${least}, ${most}]. ` +
      'Pass the range that the images have as the option range.',
  );
}
