/**
 * @module
 * The metric of the matchers. Each process (each worker of the runner) loads it once for each net and keeps it.
 */
import { getBackend } from '@tensorflow/tfjs-core';
import type { Lpips } from 'lpips-core';
import { loadLpips, selectBackend } from 'lpips-node';
import type { CheckedOptions } from './look-options.js';

const metrics = new Map<string, Promise<Lpips>>();
let selecting: Promise<unknown> | undefined;

/** Selects the best backend, unless the test has chosen one. */
export async function ensureBackend(): Promise<void> {
  if (getBackend() !== undefined) return;
  selecting ??= selectBackend('auto').finally(() => {
    selecting = undefined;
  });
  await selecting;
}

/**
 * The metric that options name, on the current backend. It is shared, so nobody disposes it.
 *
 * @throws LpipsError where its weights are not at hand
 */
export async function metricOf({ net, version, weightsDir, download }: CheckedOptions): Promise<Lpips> {
  await ensureBackend();
  const key = JSON.stringify([getBackend(), net, version, weightsDir]);
  const known = metrics.get(key);
  if (known) return await known;
  const loading = loadLpips({
    net,
    ...(net !== 'lite' && { version }),
    ...(weightsDir !== undefined && { weightsDir }),
    offline: !download,
    onWarning: null, // readImage gives [-1, 1], and a white page has no value below 0
  });
  metrics.set(key, loading);
  try {
    return await loading;
  } catch (error) {
    metrics.delete(key);
    throw error;
  }
}
