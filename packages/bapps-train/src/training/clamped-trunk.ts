/**
 * @module
 * A network with the trunk that the published trainer leaves behind. After each step it sets the negative weights of every 1x1
 * convolution to 0, also of those in SqueezeNet's trunk (`lpips/trainer.py`, `clamp_weights`), so that heads learn on another
 * trunk than the one that they are published for.
 */
import { join } from 'node:path';
import { invalid, Lpips, type WeightMap } from 'lpips-core';
import { serializeWeights } from 'lpips-node';
import { writeAtomically } from 'lpips-node/files';
import { hasOneByOneTrunk, oneByOneAmong } from '../networks/heads.js';
import { TOOL } from '../tool.js';
import { clampAtZero } from './recipe.js';

/** Name of the file of the trunk in the folder of an extraction. */
export const TRUNK_FILE = 'trunk.safetensors';

/**
 * The same network with the negative weights of its 1x1 convolutions at 0.
 *
 * @param lpips disposed in any case
 * @returns a network that the caller disposes
 * @throws LpipsError of a net without such convolutions in its trunk
 */
export function withClampedTrunk(lpips: Lpips): Lpips {
  const { net, version, linear, weights } = lpips;
  lpips.dispose();
  if (!hasOneByOneTrunk(net)) {
    const advice = 'Only SqueezeNet has them. Leave --clamp out.';
    throw invalid('extract', '1x1 convolutions in the trunk, which are to be clamped,', 'net', net, advice);
  }
  const clamped: WeightMap = new Map(
    [...weights].map(([name, { shape, data }]) => [name, { shape, data: Float32Array.from(data) }]),
  );
  clampAtZero(oneByOneAmong(clamped));
  return Lpips.fromWeights(clamped, {
    net,
    version: version === '0.0' ? '0.0' : '0.1',
    linear,
    onWarning: null, // patches are decoded to [-1, 1], and a white one has no value below 0
  });
}

/** Writes the network beside its vectors, for `--network`. */
export async function writeTrunk(folder: string, { net, version, weights }: Lpips): Promise<void> {
  await writeAtomically(join(folder, TRUNK_FILE), serializeWeights(weights, { net, version, tool: TOOL }));
}
