/**
 * @module
 * Simulated observers who look at edges alone. Their distance of a copy is the mean absolute difference of the strengths of its
 * edges from those of the reference: the length of the gradient of the luma, by Sobel's kernels.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawVotes, preference, type Split, serializeNpy, type Triplet, VOTES } from 'bapps-train';
import { seededRandom, seedOf } from 'lpips-pictures';
import sharp from 'sharp';

/** Scale of the logistic by which they vote, as that of `bapps synthesize`. */
const NOISE = 0.4;

/** Judges a triplet anew, in its file. */
export async function judgeByEdges(triplet: Triplet, split: Extract<Split, 'train' | 'val'>): Promise<void> {
  const { folder, name } = triplet;
  const [ref, p0, p1] = await Promise.all([triplet.ref, triplet.p0, triplet.p1].map(edgesOf));
  if (ref === undefined || p0 === undefined || p1 === undefined) return;
  const probability = preference(meanDifference(ref, p0), meanDifference(ref, p1), NOISE);
  const random = seededRandom(seedOf(1, 'edges', split, name));
  const share = drawVotes(probability, VOTES[split], random);
  writeFileSync(
    join(folder, 'judge', `${name}.npy`),
    serializeNpy({ shape: [1], data: Float32Array.of(share) }),
  );
}

/** Strength of the edges of an image at each pixel but those at its rim. */
async function edgesOf(path: string): Promise<Float32Array> {
  const { data, info } = await sharp(path).greyscale().raw().toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  const edges = new Float32Array((width - 2) * (height - 2));
  const at = (x: number, y: number) => data[y * width + x] ?? 0;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const across = (row: number) => at(x + 1, row) - at(x - 1, row);
      const along = (column: number) => at(column, y + 1) - at(column, y - 1);
      const horizontal = across(y - 1) + 2 * across(y) + across(y + 1);
      const vertical = along(x - 1) + 2 * along(x) + along(x + 1);
      edges[(y - 1) * (width - 2) + x - 1] = Math.hypot(horizontal, vertical);
    }
  }
  return edges;
}

function meanDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, index) => sum + Math.abs(value - (b[index] ?? 0)), 0) / a.length;
}
