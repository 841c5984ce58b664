/**
 * @module
 * How many worker threads a command takes, and how they share the machine's memory. Each thread needs room for a comparison
 * of its own and for its share of the features that pass between threads. The rest holds the features that it keeps.
 */
import { availableParallelism } from 'node:os';
import type { ImageSize, NetName } from 'lpips-core';
import type { BackendName } from '../backends/candidates.js';
import {
  comparisonBytes,
  FEATURE_BYTES_PER_PIXEL,
  featureBudget,
  MEMORY_SHARE,
  machineMemory,
} from '../images/size-limit.js';
import { ON_THEIR_WAY } from './compare-in-workers.js';

/** Memory of a thread before its first image: JavaScript, TensorFlow.js and the weights. */
const WORKER_BYTES = 500e6;
/** Memory of a pair of images that waits for its turn, in bytes for each pixel of one image. */
const IMAGES_BYTES_PER_PIXEL = 24;
/** A worker starts in about half a second, which pays for itself with this many pixels. */
const PIXELS_WORTH_A_WORKER = 1e6;

/** The work that is planned. */
export interface Work {
  readonly net: NetName;
  readonly backend: BackendName;
  /** Parts that can be done at the same time. */
  readonly tasks: number;
  /** Pixels of all images that pass the network. */
  readonly pixels: number;
  readonly largest: ImageSize;
}

/** How the work is done. */
export interface WorkerPlan {
  /** 1 = in this thread. */
  readonly workers: number;
  /** Threads on which each worker computes. With fewer workers than cores, the kernels of WASM share out the others. */
  readonly threadsPerWorker: number;
  /** 2 where memory allows it: the images of one task are then read while the other computes. */
  readonly tasksPerWorker: 1 | 2;
  /** Says why there are fewer workers than were asked for, or than there are cores: a sentence. */
  readonly note?: string;
  /** Memory for the features that one worker keeps from one task to the next, in bytes. */
  readonly keptBytes: number;
}

/** Decides how many threads do the work: as many as were asked for, unless memory or the number of tasks is too small. */
export function planWorkers(
  requested: number | undefined,
  { net, backend, tasks, pixels, largest }: Work,
  { cores = availableParallelism(), memory = machineMemory() } = {},
): WorkerPlan {
  const worth = Math.max(1, Math.floor(pixels / PIXELS_WORTH_A_WORKER));
  const wanted = takesWorkers(backend) ? Math.min(requested ?? Math.min(cores, worth), tasks) : 1;
  const usable = memory * MEMORY_SHARE;
  const area = largest.width * largest.height;
  const each = WORKER_BYTES + comparisonBytes(net, backend, largest, memory);
  const workers = Math.max(1, Math.min(wanted, Math.floor(usable / each)));
  // Images on their own are faster than several threads on one, so that workers come first.
  const threadsPerWorker = requested === undefined ? Math.max(1, Math.floor(cores / workers)) : 1;
  const left = Math.max(0, usable / workers - each);
  const onTheirWay = area * FEATURE_BYTES_PER_PIXEL[net] * ON_THEIR_WAY;
  const second = area * (IMAGES_BYTES_PER_PIXEL + 2 * FEATURE_BYTES_PER_PIXEL[net]);
  const budget = featureBudget(net, backend, largest, memory);
  return {
    workers,
    threadsPerWorker,
    tasksPerWorker: second <= Math.min(budget, left) ? 2 : 1,
    keptBytes: Math.min(budget, Math.max(0, left - onTheirWay)),
    ...(workers < wanted && { note: tooLittleMemory(wanted, workers, each, usable) }),
  };
}

/** How many images have features that fit into that many bytes; at least 1. */
export function imagesThatFit(bytes: number, net: NetName, { width, height }: ImageSize): number {
  return Math.max(1, Math.floor(bytes / (width * height * FEATURE_BYTES_PER_PIXEL[net])));
}

/** Whether worker threads make a command faster on this backend. The others use every core by themselves. */
export function takesWorkers(backend: BackendName): boolean {
  return backend === 'wasm' || backend === 'cpu';
}

function tooLittleMemory(wanted: number, workers: number, each: number, usable: number): string {
  const gigabytes = (bytes: number) => (bytes / 1e9).toFixed(1);
  const taken = workers === 1 ? '1 worker' : `${workers} workers`;
  return (
    `${taken} instead of ${wanted}: each takes up to ${gigabytes(each)} GB for images of this size, ` +
    `and there are ${gigabytes(usable)} GB for all.`
  );
}
