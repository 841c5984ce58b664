/**
 * @module
 * The scores that Zhang et al. published (CVPR 2018), as their poster states them
 * (richzhang.github.io/PerceptualSimilarity/index_files/poster_cvpr.pdf): 2AFC in percent, in two groups of distortions. They
 * are those of the first release of the metric. The JND scores stand there as a picture without numbers.
 */
import type { NetName } from 'lpips-core';

/** Groups of distortions, each scored by the mean over its distortions. */
export const PAPER_GROUPS = [
  { name: 'traditional + cnn', distortions: ['traditional', 'cnn'] },
  { name: 'real algorithms', distortions: ['superres', 'deblur', 'color', 'frameinterp'] },
] as const;

/** 2AFC in percent of each group; undefined where none is stated. */
export type PaperScores = readonly (number | undefined)[];

/** Where the numbers stand. */
export const PAPER = 'Zhang et al., CVPR 2018 (poster)';

/** Heads trained on a fixed backbone, and every head 1. */
export const PAPER_NETS: Readonly<
  Record<Exclude<NetName, 'lite'>, { readonly linear: PaperScores; readonly withoutHeads: PaperScores }>
> = {
  alex: { linear: [78.7, 65.3], withoutHeads: [76.8, 65.0] },
  squeeze: { linear: [79.8, 65.1], withoutHeads: [78.0, 64.0] },
  vgg: { linear: [79.4, 64.1], withoutHeads: [75.7, 62.6] },
};

export const PAPER_BASELINES: Readonly<Record<'L2' | 'SSIM', PaperScores>> = {
  L2: [68.9, undefined],
  SSIM: [69.7, undefined],
};

/** How often people agree, each of them counted against himself too. */
export const PAPER_HUMAN: PaperScores = [82.6, 69.5];
