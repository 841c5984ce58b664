/**
 * @module
 * A worker thread that makes triplets. The pool loads this file and calls what it exports.
 */
import { workerData } from 'node:worker_threads';
import { type RgbPixels, SIDE } from 'lpips-pictures';
import sharp from 'sharp';
import { type Mixture, makeTriplet, tripletBytes } from './triplets.js';

/** What every thread begins with. */
export interface WorkerStart {
  /** Their bytes are shared between the threads. */
  readonly photographs: readonly RgbPixels[];
  readonly seed: number;
  readonly mixture: Mixture;
  /** Height and width of the pictures. Default 64. */
  readonly side?: number;
}

/** Triplets `first` … `first + count - 1`. */
export interface TripletTask {
  readonly first: number;
  readonly count: number;
}

/** The triplets of a task, one after the other. */
export async function makeTriplets(
  { photographs, seed, mixture, side = SIDE }: WorkerStart,
  task: TripletTask,
): Promise<Uint8Array> {
  const size = tripletBytes(side);
  const bytes = new Uint8Array(task.count * size);
  for (let index = 0; index < task.count; index++) {
    bytes.set(await makeTriplet(photographs, seed, mixture, task.first + index, side), index * size);
  }
  return bytes;
}

sharp.concurrency(1); // the threads are parallel enough

export default (task: TripletTask): Promise<Uint8Array> => makeTriplets(workerData as WorkerStart, task);
