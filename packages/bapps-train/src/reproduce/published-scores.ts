/**
 * @module
 * The scores that Zhang et al. published (CVPR 2018; arXiv 1801.03924v2, table 5): 2AFC in percent. They are those of the first
 * release of the metric. The paper shows JND scores as a figure without numbers.
 */
import type { NetName } from 'lpips-core';

/** Where the numbers stand. */
export const PAPER = 'Zhang et al., CVPR 2018, table 5';

/** Columns of the table, each the mean over some distortions. */
export const PAPER_GROUPS = [
  { name: 'traditional', distortions: ['traditional'] },
  { name: 'cnn', distortions: ['cnn'] },
  { name: 'both', distortions: ['traditional', 'cnn'] },
  { name: 'superres', distortions: ['superres'] },
  { name: 'deblur', distortions: ['deblur'] },
  { name: 'color', distortions: ['color'] },
  { name: 'frameinterp', distortions: ['frameinterp'] },
  { name: 'all four', distortions: ['superres', 'deblur', 'color', 'frameinterp'] },
  {
    name: 'all six',
    distortions: ['traditional', 'cnn', 'superres', 'deblur', 'color', 'frameinterp'],
  },
] as const;

/** 2AFC in percent of each column. */
export type PaperScores = readonly number[];

/** Heads trained on a fixed backbone, and every head 1. */
export const PAPER_NETS: Readonly<
  Record<Exclude<NetName, 'lite'>, { readonly linear: PaperScores; readonly withoutHeads: PaperScores }>
> = {
  alex: {
    linear: [73.9, 83.4, 78.7, 71.5, 61.2, 65.3, 63.2, 65.3, 69.8],
    withoutHeads: [70.6, 83.1, 76.8, 71.7, 60.7, 65.0, 62.7, 65.0, 68.9],
  },
  squeeze: {
    linear: [76.1, 83.5, 79.8, 71.1, 60.8, 65.3, 63.2, 65.1, 70.0],
    withoutHeads: [73.3, 82.6, 78.0, 70.1, 60.1, 63.6, 62.0, 64.0, 68.6],
  },
  vgg: {
    linear: [76.0, 82.8, 79.4, 70.5, 60.5, 62.5, 63.0, 64.1, 69.2],
    withoutHeads: [70.1, 81.3, 75.7, 69.0, 59.0, 60.2, 62.1, 62.6, 67.0],
  },
};

export const PAPER_BASELINES: Readonly<Record<'L2' | 'SSIM', PaperScores>> = {
  L2: [59.9, 77.8, 68.9, 64.7, 58.2, 63.5, 55.0, 60.3, 63.2],
  SSIM: [60.3, 79.1, 69.7, 65.1, 58.6, 58.1, 57.7, 59.8, 63.1],
};

/** How often people agree, each of them counted against himself too. */
export const PAPER_HUMAN: PaperScores = [80.8, 84.4, 82.6, 73.4, 67.1, 68.8, 68.6, 69.5, 73.9];
