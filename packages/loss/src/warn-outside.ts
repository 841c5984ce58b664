/**
 * @module
 * A look at the first batch of targets. Values outside the range make a loss that is wrong and falls all the same, such as
 * bytes where [-1, 1] was meant, so this is said once; it costs two reductions and does not wait for the device.
 */
import { keep, max, min, stack, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { ValueRange } from 'lpips-core';

/** Takes one sentence. */
export type Warn = (message: string) => void;

/** Part of the range's width by which values may pass it: resampling overshoots by rounding. */
const TOLERANCE = 1e-3;

/** Where warnings go unless told otherwise: a training loop has no other ear. */
export const warnOnConsole: Warn = (message) => {
  // biome-ignore lint/suspicious/noConsole: the one place that speaks, once, and an option silences it
  console.warn(message);
};

/**
 * Makes a function that looks at the first values it gets, and calls `warn` later if some lie outside the range. By then
 * the step that showed them has returned, so what `warn` throws is thrown by the next call.
 */
export function watchRange(where: string, range: ValueRange, warn: Warn): (values: Tensor) => void {
  let isFirst = true;
  let thrown: { readonly fault: unknown } | undefined;
  return (values) => {
    if (isFirst) {
      isFirst = false;
      look(where, values, range, warn).catch((fault: unknown) => {
        thrown = { fault };
      });
    } else if (thrown) {
      const { fault } = thrown;
      thrown = undefined;
      throw fault;
    }
  };
}

async function look(where: string, values: Tensor, [low, high]: ValueRange, warn: Warn): Promise<void> {
  const extremes = tidy(() => keep(stack([min(values), max(values)])));
  const slack = (high - low) * TOLERANCE;
  const [least = Number.NaN, most = Number.NaN] = await extremes.data();
  extremes.dispose();
  if (least >= low - slack && most <= high + slack) return;
  warn(
    `${where}: expected values in [${low}, ${high}] for yTrue, got values in [${least}, ${most}]. ` +
      'Pass the range that the images have as the option range.',
  );
}
