/**
 * @module
 * Where things lie at the beginning of the kernels' own memory, as `assembly/threads/jobs.ts` has them.
 */

/** Byte at which the state of the pool begins. */
const CONTROL = 64;
/** The number of the current job, on which idle threads sleep. */
export const JOB = CONTROL + 4;
/** Not 0 when the threads are to end. */
export const STOP = CONTROL + 28;
/** Where the arguments of a job are written. */
export const ARGUMENTS = 128;
/** First byte that is free for data. */
export const FIRST_FREE = 1024;
