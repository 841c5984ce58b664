/**
 * @module
 * A small data set with images: smooth patterns, blurred or brightened by seeded amounts, and judgements by a formula.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serializeNpy } from 'bapps-train';
import {
  convolveSeparable,
  gaussianKernel,
  mapSamples,
  paint,
  type Raster,
  roundToBytes,
  seededRandom,
  toBytes,
} from 'lpips-pictures';
import sharp from 'sharp';

/** Distortions of the data set, and how many triplets (pairs) each has. */
export interface PaintedDataSet {
  readonly triplets: Readonly<Record<string, number>>;
  readonly pairs: Readonly<Record<string, number>>;
  readonly size?: number;
  readonly split?: 'train' | 'val';
}

/** Writes the data set into `root`. */
export async function paintDataSet(
  root: string,
  { triplets, pairs, size = 24, split = 'val' }: PaintedDataSet,
): Promise<void> {
  for (const [distortion, count] of Object.entries(triplets)) {
    const folder = join(root, '2afc', split, distortion);
    for (let index = 0; index < count; index++) {
      const { reference, copies, shares } = picturesOf(distortion, index, size);
      await put(folder, 'ref', index, await png(reference));
      await put(folder, 'p0', index, await png(copies[0]));
      await put(folder, 'p1', index, await png(copies[1]));
      await put(folder, 'judge', index, npy(shares[0]));
    }
  }
  for (const [distortion, count] of Object.entries(pairs)) {
    const folder = join(root, 'jnd', 'val', distortion);
    for (let index = 0; index < count; index++) {
      const { reference, copies, shares } = picturesOf(distortion, 1000 + index, size);
      await put(folder, 'p0', index, await png(reference));
      await put(folder, 'p1', index, await png(copies[0]));
      await put(folder, 'same', index, npy(shares[1]));
    }
  }
}

/** A PNG of a raster. */
export function png({ width, height, ...raster }: Raster): Promise<Buffer> {
  return sharp(toBytes({ width, height, ...raster }), { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

function picturesOf(distortion: string, index: number, size: number) {
  const random = seededRandom(index * 7919 + distortion.length);
  const [a, b, c] = [random.uniform(), random.uniform(), random.uniform()];
  const reference = paint(size, size, (x, y) => [
    0.5 + 0.4 * Math.sin(x * (0.3 + a) + y * b),
    0.5 + 0.4 * Math.cos(y * (0.3 + c)),
    0.5 + 0.3 * Math.sin((x + y) * (0.2 + a)),
  ]);
  const copies = [0, 1].map(() => {
    const strength = random.uniform();
    return roundToBytes(
      random.uniform() < 0.5
        ? convolveSeparable(reference, gaussianKernel(0.3 + 2 * strength, 4))
        : mapSamples(reference, (value) => value + 0.3 * strength),
    );
  });
  const shares = [Math.round(5 * random.uniform()) / 5, Math.round(3 * random.uniform()) / 3] as const;
  return { reference, copies: [copies[0] ?? reference, copies[1] ?? reference] as const, shares };
}

async function put(folder: string, part: string, index: number, bytes: Uint8Array): Promise<void> {
  const extension = part === 'judge' || part === 'same' ? 'npy' : 'png';
  await mkdir(join(folder, part), { recursive: true });
  await writeFile(join(folder, part, `${String(index).padStart(6, '0')}.${extension}`), bytes);
}

function npy(value: number): Uint8Array {
  return serializeNpy({ shape: [1], data: Float32Array.of(value) });
}
