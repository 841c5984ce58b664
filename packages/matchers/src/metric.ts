/**
 * @module
 * The metric of the matchers. Each process (each worker of the runner) loads it once for each net and keeps it.
 */
import { getBackend } from '@tensorflow/tfjs-core';
import type { Lpips } from 'lpips-core';
import { calibrationName, identifyWeights, loadLpips, selectBackend } from 'lpips-node';
import type { CheckedOptions } from './look-options.js';

/** A metric, and what it is called. */
export interface NamedMetric {
  readonly lpips: Lpips;
  /** Version of official weights, else `custom 1a2b3c4d`. */
  readonly version: string;
  /** Whether every tensor is the published one. */
  readonly isOfficial: boolean;
}

const metrics = new Map<string, Promise<NamedMetric>>();
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
export async function metricOf(options: CheckedOptions): Promise<NamedMetric> {
  const { net, version, weightsDir } = options;
  await ensureBackend();
  const key = JSON.stringify([getBackend(), net, version, weightsDir]);
  const known = metrics.get(key);
  if (known) return await known;
  const loading = load(options);
  metrics.set(key, loading);
  try {
    return await loading;
  } catch (error) {
    metrics.delete(key);
    throw error;
  }
}

async function load({ net, version, weightsDir, download }: CheckedOptions): Promise<NamedMetric> {
  const lpips = await loadLpips({
    net,
    ...(net !== 'lite' && { version }),
    ...(weightsDir !== undefined && { weightsDir }),
    offline: !download,
    onWarning: null, // readImage gives [-1, 1], and a white page has no value below 0
  });
  const identity = await identifyWeights(lpips);
  return { lpips, version: calibrationName(lpips, identity), isOfficial: identity.official };
}
