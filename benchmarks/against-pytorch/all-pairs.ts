/**
 * @module
 * All pairs of 20 photographs, as whole commands: `lpips pairs` against a loop over `forward` that reads its two files
 * again for each pair, as the official all-pairs script does.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { serializeSafetensors } from 'lpips-core';
import { photographCrops } from '../src/photograph-crops.js';
import { relativeDifference } from '../src/relative-difference.js';
import { weightsOf } from '../src/weights-of.js';
import { PYTORCH, type Setting, writeFlatWeights } from './contest.js';
import { PYTORCH_ENVIRONMENT } from './set-up.js';

const { resolve } = createRequire(import.meta.url);
const CLI = join(dirname(resolve('lpips-node/package.json')), 'dist/cli.js');
const COUNT = 20;
const SIDE = 256;

/** Milliseconds of `rounds` turns by the clock, and the relative difference of the distances. */
export async function allPairs(
  { folder, python, backend, weights: official }: Setting,
  net: 'alex' | 'vgg',
  rounds = 3,
) {
  const photographs = join(folder, 'photographs');
  mkdirSync(photographs, { recursive: true });
  for (const [index, png] of (await photographCrops(COUNT, SIDE)).entries()) {
    writeFileSync(join(photographs, `${String(index).padStart(2, '0')}.png`), png);
  }
  const weights = await weightsOf(net, { version: '0.1' }, official);
  writeFileSync(join(folder, `${net}-v0.1.safetensors`), serializeSafetensors(weights));
  const flat = writeFlatWeights(folder, net, weights);
  const options = ['--net', net, '--weights', folder, '--backend', backend, '--json', '--quiet'];
  const own = () =>
    (
      JSON.parse(
        execFileSync(process.execPath, [CLI, 'pairs', photographs, ...options], { encoding: 'utf8' }),
      ) as {
        pairs: { distance: number }[];
      }
    ).pairs.map(({ distance }) => distance);
  const env = { ...process.env, ...PYTORCH_ENVIRONMENT };
  const pytorch = () =>
    (
      JSON.parse(
        execFileSync(python, [PYTORCH, photographs, net, '0.1', flat], { encoding: 'utf8', env }),
      ) as {
        distances: number[];
      }
    ).distances;
  const times: Record<'own' | 'pytorch', number[]> = { own: [], pytorch: [] };
  let difference = 0;
  for (let round = 0; round < rounds; round++) {
    const timed = (side: 'own' | 'pytorch', work: () => number[]): number[] => {
      const start = performance.now();
      const distances = work();
      times[side].push(performance.now() - start);
      return distances;
    };
    difference = relativeDifference(timed('own', own), timed('pytorch', pytorch));
  }
  return { times, difference, images: COUNT, side: SIDE };
}
