/**
 * @module
 * How many worker threads a command takes, and how they share the machine's memory: each needs room for a comparison
 * of its own, and for its share of the features that are on their way; what is left holds the features that each keeps.
 */
import { availableParallelism } from 'node:os';
import type { ImageSize, NetName } from 'lpips-core';
import type { BackendName } from '../backends/candidates.js';
import {
  FEATURE_BYTES_PER_PIXEL,
  featureBudget,
  MEMORY_SHARE,
  machineMemory,
  PEAK_BYTES_PER_PIXEL,
} from '../images/size-limit.js';
import { ON_THEIR_WAY } from './compare-in-workers.js';

/** What a thread takes before its first image: JavaScript, TensorFlow.js, its weights. */
const WORKER_BYTES = 300e6;
/** A pair of images as they wait for their turn, in bytes for each pixel of one. */
const IMAGES_BYTES_PER_PIXEL = 24;
/** Pixels of images from which on a worker is worth its start, which takes about half a second. */
const PIXELS_WORTH_A_WORKER = 1e6;

/** What there is to do. */
export interface Work {
  readonly net: NetName;
  readonly backend: BackendName;
  /** Parts that can be done at the same time. */
  readonly tasks: number;
  /** Pixels of all images that pass the network. */
  readonly pixels: number;
  readonly largest: ImageSize;
}

/** How it is done. */
export interface WorkerPlan {
  /** 1 = in this thread. */
  readonly workers: number;
  /** 2 where memory allows: the images of one task are read while the other computes. */
  readonly tasksPerWorker: 1 | 2;
  /** Fewer than asked for or than there are cores, and why. */
  readonly note?: string;
  /** Memory for the features that one worker keeps from one task to the next, in bytes. */
  readonly keptBytes: number;
}

/** Decides how many threads do the work. What was asked for is kept to where memory and the number of tasks allow. */
export function planWorkers(
  requested: number | undefined,
  { net, backend, tasks, pixels, largest }: Work,
  { cores = availableParallelism(), memory = machineMemory() } = {},
): WorkerPlan {
  const worth = Math.max(1, Math.floor(pixels / PIXELS_WORTH_A_WORKER));
  const wanted = isSingleThreaded(backend) ? Math.min(requested ?? Math.min(cores, worth), tasks) : 1;
  const usable = memory * MEMORY_SHARE;
  const area = largest.width * largest.height;
  const each = WORKER_BYTES + area * PEAK_BYTES_PER_PIXEL[net];
  const workers = Math.max(1, Math.min(wanted, Math.floor(usable / each)));
  const left = Math.max(0, usable / workers - each);
  const onTheirWay = area * FEATURE_BYTES_PER_PIXEL[net] * ON_THEIR_WAY;
  const second = area * (IMAGES_BYTES_PER_PIXEL + 2 * FEATURE_BYTES_PER_PIXEL[net]);
  const budget = featureBudget(net, backend, largest, memory);
  return {
    workers,
    tasksPerWorker: second <= Math.min(budget, left) ? 2 : 1,
    keptBytes: Math.min(budget, Math.max(0, left - onTheirWay)),
    ...(workers < wanted && { note: tooLittleMemory(wanted, workers, each, usable) }),
  };
}

/** Images whose features fit into that many bytes, at least one. */
export function imagesThatFit(bytes: number, net: NetName, { width, height }: ImageSize): number {
  return Math.max(1, Math.floor(bytes / (width * height * FEATURE_BYTES_PER_PIXEL[net])));
}

/** Whether a computation on it uses one core, so that several threads are worth their start. */
export function isSingleThreaded(backend: BackendName): boolean {
  return backend === 'wasm' || backend === 'cpu';
}

function tooLittleMemory(wanted: number, workers: number, each: number, usable: number): string {
  const gigabytes = (bytes: number) => (bytes / 1e9).toFixed(1);
  const taken = workers === 1 ? '1 worker' : `${workers} workers`;
  return (
    `lpips: ${taken} instead of ${wanted}: each takes up to ${gigabytes(each)} GB for images of this size, ` +
    `and there are ${gigabytes(usable)} GB for all.\n`
  );
}
