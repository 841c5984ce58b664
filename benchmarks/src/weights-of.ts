/**
 * @module
 * Weights for a comparison: the official ones of a folder, else seeded ones, which need no download.
 */

import { text } from 'example-harness/flags';
import type { NetName, WeightMap } from 'lpips-core';
import { loadLpips } from 'lpips-node';
import { seededWeights } from './seeded.js';

/** The flag that names the folder. */
export const weightsFlag = text('FOLDER', 'official weights (default: seeded ones)');

/** Which heads. */
interface Heads {
  readonly version: '0.1' | '0.0';
}

/**
 * Weights of a net with its heads.
 *
 * @param folder of official weights; undefined = seeded weights
 */
export async function weightsOf(
  net: Exclude<NetName, 'lite'>,
  { version }: Heads,
  folder: string | undefined,
): Promise<WeightMap> {
  if (folder === undefined) return seededWeights(net);
  const lpips = await loadLpips({ net, version, weightsDir: folder });
  lpips.dispose();
  return lpips.weights;
}

/** What they are, in words. */
export function describeWeights(folder: string | undefined): string {
  return folder === undefined ? 'seeded weights' : 'official weights';
}
