/**
 * @module
 * `toLookLike` without what each runner adds: the place of the picture.
 */
import { LpipsError } from 'lpips-core';
import { type Comparison, compareRead } from './compare-images.js';
import { differencePictures, pairPictures } from './failure-pictures.js';
import type { FailureFiles } from './failures/failure-files.js';
import { type CheckedOptions, checkLookOptions } from './look-options.js';
import type { ReadImage } from './lookable-image.js';
import type { LookOptions } from './matcher-types.js';
import { callOf, differenceMessage, differenceReason, plainMessage } from './messages.js';
import { ensureBackend } from './metric.js';
import { readMasked } from './read-masked.js';

/** What a matcher returns to its runner. */
export interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
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
  await files.clear();
  const checked = checkLookOptions(MATCHER, options);
  await ensureBackend();
  const x = await readMasked(MATCHER, 'the image', image, checked);
  try {
    const y = await readMasked(MATCHER, 'the reference', reference, checked);
    try {
      const call = callOf(MATCHER, 'reference', isNot);
      const comparison = await compareOrKeep(MATCHER, call, x, y, checked, files);
      if (!('isAlike' in comparison)) return { pass: isNot, ...comparison };
      const { isAlike } = comparison;
      const picture = isAlike || isNot ? undefined : await keepDifference(x, y, comparison, files);
      const message = differenceMessage(comparison, isNot, {
        call,
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
 * Compares images that were read. Where they cannot be compared, it keeps pictures of both.
 *
 * @returns the comparison, or a message that says why there is none and where the pictures are
 */
export async function compareOrKeep(
  matcher: string,
  call: string,
  image: ReadImage,
  reference: ReadImage,
  options: CheckedOptions,
  files: FailureFiles,
): Promise<Comparison | Pick<MatcherResult, 'message'>> {
  try {
    return await compareRead(matcher, image, reference, options);
  } catch (error) {
    if (!(error instanceof LpipsError)) throw error;
    const reason = error.plainMessage;
    const kept = await files.keep(await pairPictures(image, reference), { reason });
    const message = plainMessage(call, error.message, kept);
    return { message: () => message };
  }
}

/**
 * Draws a comparison that failed and keeps the pictures.
 *
 * @returns the path of the one that shows all
 */
export async function keepDifference(
  image: ReadImage,
  reference: ReadImage,
  comparison: Comparison,
  files: FailureFiles,
): Promise<string | undefined> {
  const pictures = await differencePictures(image, reference, comparison);
  return (await files.keep(pictures, differenceReason(comparison))).diff;
}
