/**
 * @module
 * Heads as this project writes them for Python: the official package loads the file by its `model_path` and gives the
 * distances that are computed here.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tensor4d } from '@tensorflow/tfjs-core';
import { Lpips } from 'lpips-core';
import { selectBackend, serializePytorch } from 'lpips-node';
import { seededValues, seededWeights } from '../src/seeded.js';
import { relativeDifference, writeFlatWeights } from './contest.js';
import type { Case } from './protocol.js';

const SCRIPT = fileURLToPath(new URL('../../against-pytorch/heads_file.py', import.meta.url));
const SHAPE: Case['shape'] = [2, 64, 64, 3];

/** Relative difference of the distances with heads from a `.pth` file, here and there. */
export async function headsFileDifference(
  { folder, python }: { folder: string; python: string },
  net: Case['net'],
): Promise<number> {
  const weights = seededWeights(net);
  const heads = join(folder, `${net}.heads.pth`);
  writeFileSync(heads, serializePytorch(new Map([...weights].filter(([name]) => name.startsWith('lin')))));
  const size = SHAPE.reduce((product, side) => product * side, 1);
  const images = [21, 22].map((seed) => seededValues(size, seed, -1, 1));
  const paths = images.map((values, index) => {
    const path = join(folder, `heads-file-${index}.bin`);
    writeFileSync(path, new Uint8Array(Float32Array.from(values).buffer));
    return path;
  });
  const [batch, height, width] = SHAPE.map(String);
  const args = [
    SCRIPT,
    net,
    writeFlatWeights(folder, net),
    heads,
    ...paths,
    `${batch}`,
    `${height}`,
    `${width}`,
  ];
  const theirs = JSON.parse(execFileSync(python, args).toString()) as number[];
  await selectBackend('wasm');
  const lpips = Lpips.fromWeights(weights, { net });
  const [image, reference] = images.map((values) => tensor4d(values, SHAPE));
  if (!image || !reference) throw new Error('no images');
  const distances = lpips.distance(image, reference);
  const ours = await distances.data();
  for (const tensor of [image, reference, distances]) tensor.dispose();
  lpips.dispose();
  return relativeDifference(ours, theirs);
}
