/**
 * @module
 * Options that are numbers: text from the command line becomes a number, or one sentence about what is wrong with it.
 */
import { UsageError } from './exit-code.js';

/**
 * The value of an option that counts.
 *
 * @throws UsageError unless it is a whole number from `least` up
 */
export function wholeNumber(option: string, text: string, least = 0): number {
  const number = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (number >= least && Number.isSafeInteger(number)) return number;
  throw new UsageError(`expected a whole number from ${least} up for ${option}, got "${text}".`);
}

/** An option that counts, for yargs, which shows its default. */
export function countOption(option: string, describe: string, preset: number, least = 0) {
  return {
    describe,
    string: true,
    requiresArg: true,
    default: String(preset),
    coerce: (text: string) => wholeNumber(option, text, least),
  } as const;
}

/**
 * The value of an option that measures.
 *
 * @throws UsageError unless it is a number in [least, most]
 */
export function numberWithin(option: string, text: string, least: number, most: number): number {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (number >= least && number <= most && Number.isFinite(number)) return number;
  const range = most === Number.POSITIVE_INFINITY ? `from ${least} up` : `from ${least} to ${most}`;
  throw new UsageError(`expected a number ${range} for ${option}, got "${text}".`);
}

/**
 * The value of an option that must not be 0, such as a learning rate.
 *
 * @throws UsageError unless it is a number in (0, most]
 */
export function numberAboveZero(option: string, text: string, most: number): number {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (number > 0 && number <= most) return number;
  throw new UsageError(`expected a number above 0, up to ${most}, for ${option}, got "${text}".`);
}

/**
 * The value of `--workers`.
 *
 * @throws UsageError unless it is a whole number from 1 up
 */
export function workersOption(text: string | undefined): number | undefined {
  return text === undefined ? undefined : wholeNumber('--workers', text, 1);
}
