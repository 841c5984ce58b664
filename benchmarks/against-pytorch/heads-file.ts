/**
 * @module
 * Heads as this project writes them for Python: the official package loads the file by its `model_path` and computes the
 * same distances.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tensor4d } from '@tensorflow/tfjs-core';
import { Lpips } from 'lpips-core';
import { selectBackend, serializePytorch } from 'lpips-node';
import { relativeDifference } from '../src/relative-difference.js';
import { seededValues, seededWeights } from '../src/seeded.js';
import { bytesOf, type Setting, writeFlatWeights } from './contest.js';
import type { Case } from './protocol.js';

const SCRIPT = fileURLToPath(new URL('../../against-pytorch/heads_file.py', import.meta.url));
const SHAPE: Case['shape'] = [2, 64, 64, 3];

/** Relative difference between the distances of both sides with heads from a `.pth` file. */
export async function headsFileDifference(
  { folder, python }: Pick<Setting, 'folder' | 'python'>,
  net: Case['net'],
): Promise<number> {
  const weights = seededWeights(net);
  const heads = join(folder, `${net}.heads.pth`);
  writeFileSync(heads, serializePytorch(new Map([...weights].filter(([name]) => name.startsWith('lin')))));
  const [batch, height, width] = SHAPE;
  const [image, reference] = [imageOf(21), imageOf(22)];
  const fileOf = (name: string, values: Float32Array) => {
    const path = join(folder, `heads-file-${name}.bin`);
    writeFileSync(path, bytesOf(values));
    return path;
  };
  const files = [fileOf('image', image), fileOf('reference', reference)];
  const args = [SCRIPT, net, writeFlatWeights(folder, net, weights), heads, ...files];
  const theirs = JSON.parse(
    execFileSync(python, [...args, `${batch}`, `${height}`, `${width}`]).toString(),
  ) as number[];
  await selectBackend('wasm');
  const lpips = Lpips.fromWeights(weights, { net });
  const [x, y] = [tensor4d(image, SHAPE), tensor4d(reference, SHAPE)];
  const distances = lpips.distance(x, y);
  const ours = await distances.data();
  for (const tensor of [x, y, distances]) tensor.dispose();
  lpips.dispose();
  return relativeDifference(ours, theirs);
}

function imageOf(seed: number): Float32Array {
  return seededValues(
    SHAPE.reduce((product, side) => product * side, 1),
    seed,
    -1,
    1,
  );
}
