/**
 * @module
 * The summary of an image: one untrained vector, from which the distance of two images is bounded and estimated. Its numbers are
 * means and spreads of the weighted features in cells (`summary-layout.ts`).
 */
import {
  concat,
  gather,
  mean,
  mul,
  reshape,
  slice,
  sqrt,
  square,
  sub,
  sum,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tensor1d,
  tidy,
} from '@tensorflow/tfjs-core';
import { at, cannot, checkOptions, type Features, type ImageOptions, type Lpips } from 'lpips-core';
import { DEFAULT_CELLS, layoutOf, type SummarizedTap, type SummaryLayout } from './summary-layout.js';

/** One image as a vector. Compare those of one metric, one image size and one number of cells. */
export interface Summary {
  /** Means, then as many spreads, all at least 0. */
  readonly values: Float32Array;
  /** How far the values may lie from those of the image, as a Euclidean length: 0 but for what was stored as float16. */
  readonly slack: number;
}

/** How images are summarised. */
export interface SummaryOptions extends Pick<ImageOptions, 'range'> {
  /** Cells along each axis, 1 to 16, default 2. More bound large images better, and take more numbers. */
  readonly cells?: number;
}

const SUMMARY_OPTIONS = ['range', 'cells'] as const satisfies (keyof SummaryOptions)[];

/**
 * Summarises images.
 *
 * @param images `[batch, height, width, 3]` (or 1, greyscale), as for `Lpips.distance`, or their features; not disposed
 * @returns one summary for each image. With 2x2 cells it has 8 numbers for each channel whose head is not 0: 8,016 for AlexNet,
 *   11,776 for VGG16, whatever the size of the images
 * @throws LpipsError for shapes, dtypes and options that do not fit, and for values that are not finite
 */
export async function summary(
  lpips: Lpips,
  images: Tensor4D | Features,
  options: SummaryOptions = {},
): Promise<Summary[]> {
  checkOptions('summary', options, SUMMARY_OPTIONS);
  const { cells = DEFAULT_CELLS, range } = options;
  const [, height, width] = (images as Partial<Features> | null)?.shape ?? [];
  const layout = layoutOf('summary', lpips, { height: height ?? 0, width: width ?? 0 }, cells);
  const vectors = tidy(() => {
    if ('taps' in images) return summarize(images, layout);
    const features = lpips.features(images, { ...(range && { range }) });
    try {
      return summarize(features, layout);
    } finally {
      features.dispose();
    }
  });
  const values = (await vectors.data()) as Float32Array;
  const [batch, length] = vectors.shape;
  vectors.dispose();
  if (!values.every(Number.isFinite)) {
    throw cannot('summary', 'summarise an image', 'its features are not finite', 'Are its pixels?');
  }
  return Array.from({ length: batch }, (_, image) => ({
    values: values.slice(image * length, (image + 1) * length),
    slack: 0,
  }));
}

/** `[batch, 2 · half]` */
function summarize({ taps }: Features, layout: SummaryLayout): Tensor2D {
  const [means, spreads]: [Tensor2D[], Tensor2D[]] = [[], []];
  for (const tap of layout.taps) {
    const weighted = weightedFeatures(at(taps, tap.index), tap);
    for (const { top, bottom, left, right } of tap.cells) {
      const [batch, , , channels] = weighted.shape;
      const cell = slice(weighted, [0, top, left, 0], [batch, bottom - top, right - left, channels]);
      const positions = (bottom - top) * (right - left);
      // Rows first: float32 sums of few terms lose less than one of many.
      const average: Tensor4D = mean(mean(cell, 2, true), 1, true);
      means.push(reshape(mul(average, Math.sqrt(positions)), [batch, channels]));
      // The mean is subtracted first: the mean of squares less the square of the mean would cancel.
      spreads.push(sqrt(sum(sum(square(sub(cell, average)), 2), 1)));
    }
    weighted.dispose();
  }
  return concat([...means, ...spreads], 1);
}

/** a of the channels whose heads are not 0, `[batch, height, width, kept]` */
function weightedFeatures(units: Tensor4D, { channels, weights }: SummarizedTap): Tensor4D {
  return tidy(() => {
    const isWhole = channels.length === units.shape[3];
    const kept = isWhole ? units : gather(units, tensor1d(channels, 'int32') as Tensor1D, 3);
    return mul(kept, tensor1d(weights));
  });
}
