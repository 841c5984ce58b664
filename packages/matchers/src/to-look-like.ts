/**
 * @module
 * `toLookLike`, apart from what each runner brings: where a picture goes.
 */
import { LpipsError } from 'lpips-core';
import { type Comparison, compareRead } from './compare-images.js';
import { drawComparison } from './comparison-picture.js';
import { checkLookOptions, type LookOptions } from './look-options.js';
import { asPng, type ReadImage, readLookable } from './lookable-image.js';
import { callOf, differenceMessage, plainMessage } from './messages.js';
import { ensureBackend } from './metric.js';

/** What a matcher returns to its runner. */
export interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
}

/** What was compared, as PNG files. */
interface ComparedFiles {
  readonly expected: Uint8Array;
  readonly actual: Uint8Array;
}

/** Where the files of a failure go. */
export interface FailureFiles {
  /**
   * Keeps the picture of a comparison.
   *
   * @param picture reference, image and heat map side by side, a PNG file
   * @param sources the two alone, for runners that show them themselves
   * @returns its path
   */
  keepDifference(picture: Uint8Array, sources: () => Promise<ComparedFiles>): Promise<string>;
  /**
   * Keeps an image that could not be compared.
   *
   * @returns its path
   */
  keepActual(png: Uint8Array): Promise<string>;
  /** Removes what an earlier run left, since the comparison passes now. */
  clear(): Promise<void>;
}

const MATCHER = 'toLookLike';

/**
 * Options that are refused, unreadable images and different sizes fail, with `.not` too.
 *
 * @param isNot whether the matcher is called with `.not`, whose failure has no picture: there is nothing to show
 */
export async function matchReference(
  image: unknown,
  reference: unknown,
  options: LookOptions = {},
  isNot: boolean,
  files: FailureFiles,
): Promise<MatcherResult> {
  const call = callOf(MATCHER, 'reference', isNot);
  return await refusalsAsFailures(call, isNot, () => match(image, reference, options, isNot, files));
}

async function match(
  image: unknown,
  reference: unknown,
  options: LookOptions,
  isNot: boolean,
  files: FailureFiles,
): Promise<MatcherResult> {
  const checked = checkLookOptions(MATCHER, options);
  await ensureBackend();
  const x = await readLookable(MATCHER, 'the image', image, checked.range);
  try {
    const y = await readLookable(MATCHER, 'the reference', reference, checked.range);
    try {
      const comparison = await compareRead(MATCHER, x, y, checked);
      const { isAlike } = comparison;
      const isFailure = isAlike === isNot;
      const picture = isFailure && !isNot ? await keepDifference(x, y, comparison, files) : undefined;
      if (!isFailure) await files.clear();
      const message = differenceMessage(comparison, isNot, {
        call: callOf(MATCHER, 'reference', isNot),
        reference: typeof reference === 'string' ? reference : 'no file',
        ...(picture !== undefined && { picture }),
      });
      return { pass: isAlike, message: () => message };
    } finally {
      y.tensor.dispose();
    }
  } finally {
    x.tensor.dispose();
  }
}

/**
 * What cannot be compared is no error in the code of the matcher: it fails at the line of the test, with and without
 * `.not`.
 */
export async function refusalsAsFailures<Result extends MatcherResult>(
  call: string,
  isNot: boolean,
  match: () => Promise<Result>,
): Promise<Result | MatcherResult> {
  try {
    return await match();
  } catch (error) {
    if (!(error instanceof LpipsError)) throw error;
    return { pass: isNot, message: () => plainMessage(call, error.message) };
  }
}

/** Draws a comparison that failed, and keeps the picture. Returns its path. */
export async function keepDifference(
  image: ReadImage,
  reference: ReadImage,
  comparison: Comparison,
  files: FailureFiles,
): Promise<string> {
  const picture = await drawComparison(image, reference, comparison);
  return await files.keepDifference(picture, async () => ({
    expected: await asPng(reference),
    actual: await asPng(image),
  }));
}
