/**
 * @module
 * `toLookLike` without what each runner adds: the place of the picture.
 */
import { LpipsError } from 'lpips-core';
import { type Comparison, compareRead } from './compare-images.js';
import { drawComparison } from './comparison-picture.js';
import { checkLookOptions, type LookOptions } from './look-options.js';
import { asPng, type ReadImage } from './lookable-image.js';
import { callOf, differenceMessage, plainMessage } from './messages.js';
import { ensureBackend } from './metric.js';
import { readMasked } from './read-masked.js';

/** What a matcher returns to its runner. */
export interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
}

/** The two images that were compared, as PNG files. */
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
   * @param sources the two images alone, for runners that show them
   * @returns its path
   */
  keepDifference(picture: Uint8Array, sources: () => Promise<ComparedFiles>): Promise<string>;
  /**
   * Keeps an image that could not be compared.
   *
   * @returns its path
   */
  keepActual(png: Uint8Array): Promise<string>;
  /** Removes what an earlier run left. It is called when the comparison passes. */
  clear(): Promise<void>;
}

const MATCHER = 'toLookLike';

/**
 * Compares an image with a reference. Refused options, unreadable images and different sizes fail, with `.not` too.
 *
 * @param isNot whether the matcher is called with `.not`. Its failure has no picture, since the images look alike.
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
  const x = await readMasked(MATCHER, 'the image', image, checked);
  try {
    const y = await readMasked(MATCHER, 'the reference', reference, checked);
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
 * Turns a LpipsError into a failure at the line of the test, with and without `.not`. Any other error is a fault of this
 * package and stays an error.
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

/**
 * Draws a comparison that failed and keeps the picture.
 *
 * @returns its path
 */
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
