/**
 * @module
 * Index files by formula, for times. Distances are spread as those of photographs: rows are mixtures of a few of 512 prototypes, which
 * lie in 64 dimensions of falling variance, with noise of their own. One row of 50 is a near-copy of an earlier one.
 */
import { at, mulberry32 } from 'lpips-core';
import type { IndexHeader, Summary } from 'lpips-search';
import { openWriter } from 'lpips-search/node';

/** Means of a summary in 2x2 cells with the official heads 0.1. */
export const HALVES = { alex: 4008, vgg: 5888 } as const;
/** A net whose summaries are imitated. */
export type SyntheticNet = keyof typeof HALVES;

const PROTOTYPES = 512;
const DIMENSIONS = 64;
/** Noise is taken from here, from another place for each row. */
const POOL = 2 ** 16;
/** So many rows make one near-copy. */
const COPY_EVERY = 50;

/** Rows, one after the other, and queries. */
export function syntheticSummaries(net: SyntheticNet): () => Summary {
  const length = 2 * HALVES[net];
  const next = mulberry32(1);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const unit = 1 / Math.sqrt(length);
  const directions = Array.from({ length: DIMENSIONS }, (_, d) =>
    Float32Array.from({ length }, () => (1.8 * unit * normal()) / Math.sqrt(d + 1)),
  );
  const prototypes = Array.from({ length: PROTOTYPES }, () => {
    const sum = new Float32Array(length).fill(1.5 * unit);
    for (const direction of directions) addTimes(sum, 0.5 * normal(), direction, 0);
    return sum;
  });
  const pool = Float32Array.from({ length: POOL + length }, () => unit * normal());
  const kept: Float32Array[] = [];
  let made = 0;
  return () => {
    const old = made++ % COPY_EVERY === COPY_EVERY - 1 ? at(kept, made % kept.length) : undefined;
    const sum = old?.slice() ?? new Float32Array(length);
    if (!old) {
      const shares = Array.from({ length: 3 }, next);
      const whole = shares.reduce((total, share) => total + share, 0);
      for (const share of shares) {
        addTimes(sum, share / whole, at(prototypes, Math.floor(next() * PROTOTYPES)), 0);
      }
    }
    addTimes(sum, old ? 0.2 : 0.4, pool, Math.floor(next() * POOL));
    for (let i = 0; i < length; i++) sum[i] = Math.abs(at(sum, i));
    if (!old && kept.length < PROTOTYPES) kept.push(sum.slice());
    return { values: sum, slack: 0 };
  };
}

/** Writes an index of so many rows. */
export async function writeSyntheticIndex(path: string, net: SyntheticNet, images: number): Promise<void> {
  const writer = await openWriter(path, headerOf(net));
  const next = syntheticSummaries(net);
  for (let row = 0; row < images; row++) {
    const entry = { path: `synthetic/photograph-${row}.jpg`, bytes: 1_000_000 + row, time: row };
    await writer.add({ ...entry, summary: next() });
  }
  await writer.close();
}

function headerOf(net: SyntheticNet): IndexHeader {
  const image = { width: 64, height: 64, cells: 2, reading: {} };
  const metric = { net, version: '0.1', linear: true, weights: '0'.repeat(64) };
  return { format: 1, ...metric, half: HALVES[net], scale: 8192, ...image };
}

function addTimes(sum: Float32Array, times: number, vector: Float32Array, start: number): void {
  for (let i = 0; i < sum.length; i++) sum[i] = at(sum, i) + times * at(vector, start + i);
}
