/**
 * @module
 * An extraction without images: pooled vectors drawn at random, judged by observers who see by heads of their own.
 */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { preference } from 'bapps-train';
import { at, type Weight } from 'lpips-core';
import { sealShard } from 'lpips-node/shards';
import { seededRandom } from 'lpips-pictures';
import { headOfPlan, manifestOf, shardsOf } from '../../src/extraction/extraction-manifest.js';

/** Channels of the taps. */
export const CHANNELS = [6, 10] as const;
const TOTAL = 16;
const ITEMS_PER_SHARD = 100;

/** Heads of the observers: a few channels matter, most do not. */
export const TEACHER: ReadonlyMap<string, Weight> = new Map([
  ['lin0.model.1.weight', { shape: [1, 6, 1, 1], data: Float32Array.of(0.9, 0, 0, 0.2, 0, 0) }],
  ['lin1.model.1.weight', { shape: [1, 10, 1, 1], data: Float32Array.of(0, 0, 0.6, 0, 0, 0, 0, 0.3, 0, 0) }],
]);

/** Writes a manifest and its shards. So many items one after the other show the same reference. */
export async function drawExtraction(
  folder: string,
  {
    train,
    val,
    votes = 2,
    noise = 0.3,
    distortion = 'drawn',
    copies = 1,
    test = 0,
  }: {
    train: number;
    val: number;
    votes?: number;
    noise?: number;
    distortion?: string;
    copies?: number;
    test?: number;
  },
): Promise<void> {
  const contents = (items: number) =>
    Array.from({ length: Math.ceil(items / ITEMS_PER_SHARD) }, (_, index) =>
      createHash('sha256').update(`${train} ${val} ${index}`).digest('hex'),
    );
  const manifest = manifestOf({
    tool: 'a test',
    net: 'lite',
    version: 'none',
    calibration: 'custom 01234567',
    weights: '',
    simulated: true,
    backend: 'none',
    size: 64,
    channels: CHANNELS,
    itemsPerShard: ITEMS_PER_SHARD,
    groups: [
      { task: '2afc', split: 'train', distortion, items: train, contents: contents(train) },
      { task: '2afc', split: 'val', distortion, items: val, contents: contents(val) },
      ...(test > 0
        ? [
            {
              task: '2afc' as const,
              split: 'test' as const,
              distortion,
              items: test,
              contents: contents(test),
            },
          ]
        : []),
    ],
  });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'extraction.json'), JSON.stringify(manifest));
  const weights = [...TEACHER.values()].flatMap(({ data }) => [...data]);
  for (const shard of shardsOf(manifest)) {
    const random = seededRandom(
      shard.start + (shard.group.split === 'train' ? 0 : shard.group.split === 'val' ? 5_000_000 : 7_000_000),
    );
    const pooled = new Float32Array(shard.count * 2 * 2 * TOTAL);
    const judgement = new Float32Array(shard.count);
    for (let item = 0; item < shard.count; item++) {
      const distances = [0, 1].map((pair) => {
        const start = (item * 2 + pair) * 2 * TOTAL;
        const strength = random.uniform();
        let distance = 0;
        for (let c = 0; c < TOTAL; c++) {
          const mean = 0.4 * strength * random.uniform() ** 2;
          pooled[start + c] = mean;
          pooled[start + TOTAL + c] = mean / 3; // as on a map of nine positions alike
          distance += mean * at(weights, c);
        }
        return distance;
      });
      const p = preference(at(distances, 0), at(distances, 1), noise);
      for (let vote = 0; vote < votes; vote++) {
        if (random.uniform() < p) judgement[item] = at(judgement, item) + 1 / votes;
      }
    }
    const tensors = new Map<string, Weight>([
      ['judgement', { shape: [shard.count], data: judgement }],
      ['pooled', { shape: [shard.count, 2, 2, TOTAL], data: pooled }],
    ]);
    const names = JSON.stringify(Array.from({ length: shard.count }, (_, i) => `${shard.start + i}`));
    const { split } = shard.group;
    const references = JSON.stringify(
      Array.from({ length: shard.count }, (_, i) => `${split} ${Math.floor((shard.start + i) / copies)}`),
    );
    await writeFile(
      join(folder, shard.name),
      sealShard(headOfPlan(manifest), shard, { tensors, metadata: { names, references } }),
    );
  }
}
