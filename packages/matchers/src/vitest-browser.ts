/**
 * @module
 * A comparator for `toMatchScreenshot`, the matcher that vitest itself has in browser mode. Vitest takes the screenshots,
 * keeps them and writes the pictures; the comparator decides. It runs in Node, in the configuration of vitest:
 * `expect: { toMatchScreenshot: { comparatorName: 'perceptual', comparators: { perceptual } } }`.
 */
import { type ImageSize, LpipsError } from 'lpips-core';
import sharp from 'sharp';
import type { ScreenshotComparatorRegistry } from 'vitest/browser';
import { compareRead } from './compare-images.js';
import { drawDifference } from './failure-pictures.js';
import { type CheckedOptions, checkLookOptions, checkSameSize } from './look-options.js';
import type { ReadImage } from './lookable-image.js';
import type { LookOptions } from './matcher-types.js';
import { numbersTable } from './messages.js';
import { ensureBackend } from './metric.js';
import { readMasked } from './read-masked.js';
import { checkRegionsFit } from './regions.js';

/** What `comparatorOptions` may be. */
export type PerceptualOptions = Omit<LookOptions, 'range'>;

/** A screenshot as vitest decodes it. */
export interface Screenshot {
  readonly metadata: ImageSize;
  /** 8-bit RGBA, row by row, alpha not premultiplied. */
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** What vitest asks of a comparator. */
export interface ScreenshotComparison {
  readonly pass: boolean;
  /** 8-bit RGBA of the reference's size, or null where nothing is drawn. */
  readonly diff: Uint8Array | null;
  readonly message: string | null;
}

declare module 'vitest/browser' {
  interface ScreenshotComparatorRegistry {
    perceptual: PerceptualOptions;
  }
}

const MATCHER = 'toMatchScreenshot';

/**
 * Compares a screenshot with its reference by the numbers and thresholds of `toLookLike`. Vitest calls it for screenshots
 * taken one after the other too, until two look alike.
 *
 * @param options those of `toLookLike` without `range`. Vitest adds `createDiff`: whether a picture is wanted
 * @returns different sizes do not pass; else the message has the numbers, and the picture is the heat map over the image
 * @throws LpipsError where an option is refused, weights are missing, or the screenshot is too small or too large for the net
 */
export async function perceptual(
  reference: Screenshot,
  actual: Screenshot,
  { createDiff, ...options }: ScreenshotComparatorRegistry['perceptual'] & { readonly createDiff: boolean },
): Promise<ScreenshotComparison> {
  const checked = checkLookOptions(MATCHER, options);
  try {
    checkSameSize(MATCHER, actual.metadata, reference.metadata);
  } catch (error) {
    if (!(error instanceof LpipsError)) throw error;
    return { pass: false, diff: null, message: error.message };
  }
  checkRegionsFit(MATCHER, reference.metadata, checked);
  if (isSameBytes(reference, actual)) return { pass: true, diff: null, message: null };
  await ensureBackend();
  const image = await readScreenshot('the screenshot', actual, checked);
  try {
    return await compareWith(reference, image, createDiff, checked);
  } finally {
    image.tensor.dispose();
  }
}

async function compareWith(
  reference: Screenshot,
  image: ReadImage,
  createDiff: boolean,
  options: CheckedOptions,
): Promise<ScreenshotComparison> {
  const expected = await readScreenshot('the reference', reference, options);
  try {
    const comparison = await compareRead(MATCHER, image, expected, options);
    if (comparison.isAlike) return { pass: true, diff: null, message: null };
    return {
      pass: false,
      diff: createDiff ? await drawDifference(image, comparison) : null,
      message: numbersTable(comparison),
    };
  } finally {
    expected.tensor.dispose();
  }
}

/** Reads pixels by way of a PNG file that is not compressed, so that transparency is treated as in every other image. */
async function readScreenshot(
  name: string,
  { data, metadata: { width, height } }: Screenshot,
  options: CheckedOptions,
): Promise<ReadImage> {
  const raw = { width, height, channels: 4 } as const;
  const png = await sharp(data, { raw, limitInputPixels: false }).png({ compressionLevel: 0 }).toBuffer();
  return await readMasked(MATCHER, name, png, options);
}

function isSameBytes({ data: x }: Screenshot, { data: y }: Screenshot): boolean {
  return Buffer.from(x.buffer, x.byteOffset, x.byteLength).equals(
    Buffer.from(y.buffer, y.byteOffset, y.byteLength),
  );
}
