/**
 * @module
 * What the threads can do, by the numbers of `assembly/threads/jobs.ts`.
 */

/** Kinds of jobs. */
export const JOB_KIND = {
  packDirect: 0,
  packWinograd: 1,
  convolveDirect: 2,
  convolveWinograd: 3,
  filterGradient: 4,
  convolveDepthwise: 5,
  depthwiseInputGradient: 6,
  depthwiseFilterGradient: 7,
  transformTiles: 8,
  multiplyTiles: 9,
  finishTiles: 10,
} as const;

/** Number of a kind of job. */
export type JobKind = (typeof JOB_KIND)[keyof typeof JOB_KIND];
