/**
 * @module
 * The official trainer, `lpips.Trainer`, on the same weights and triplets: each call is a process of Python (trainer.py).
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { weightShapes } from 'lpips-core';
import { loadLpips, type OFFICIAL_NETS, selectBackend } from 'lpips-node';
import { bytesOf } from './contest.js';
import { PYTORCH_ENVIRONMENT } from './set-up.js';

const SCRIPT = join(import.meta.dirname, '../../against-pytorch/trainer.py');

/** What the official side prints after its training. */
export interface Official {
  readonly seconds: readonly number[];
  readonly triplets: number;
  /** 2AFC of the held-out triplets, in [0, 1]. */
  readonly score: number;
}

/** What both sides train. */
export interface Contested {
  readonly net: (typeof OFFICIAL_NETS)[number];
  /** Folder of the data set. */
  readonly data: string;
  /** Folder of official weights; undefined = the cache. */
  readonly weights: string | undefined;
  readonly epochs: number;
  readonly seed: number;
}

/** Writes the convolutions of the net in state-dict order, as raw float32; returns the path. */
export async function writeBackbone(
  folder: string,
  { net, weights }: Pick<Contested, 'net' | 'weights'>,
): Promise<string> {
  await selectBackend('cpu');
  const lpips = await loadLpips({ net, ...(weights !== undefined && { weightsDir: weights }) });
  const names = [...weightShapes(net).keys()].filter((name) => name.startsWith('features.'));
  const parts = names.map((name) => {
    const weight = lpips.weights.get(name);
    if (!weight) throw new RangeError(`writeBackbone: no weight ${name}`);
    return bytesOf(weight.data);
  });
  lpips.dispose();
  const path = join(folder, `${net}.backbone.bin`);
  writeFileSync(path, Buffer.concat(parts));
  return path;
}

/** The official side, in a process of its own for each call. */
export function officialTrainer(
  python: string,
  { folder, backbone }: { readonly folder: string; readonly backbone: string },
  { net, data, epochs, seed }: Contested,
) {
  const out = join(folder, `official-${net}-${seed}`);
  mkdirSync(out);
  const ask = (args: readonly string[], errors: 'inherit' | 'ignore'): string => {
    const env = { ...process.env, ...PYTORCH_ENVIRONMENT };
    const command = [SCRIPT, net, backbone, data, out, `${epochs}`, `${seed}`, ...args];
    const printed = execFileSync(python, command, { env, stdio: ['ignore', 'pipe', errors] }).toString();
    return printed.trim().split('\n').slice(-1).join('');
  };
  return {
    /** Path of the heads that it begins with, once it has trained. */
    initialHeads: join(out, 'initial.pth'),
    train: () => JSON.parse(ask([], 'inherit')) as Official,
    /** The same heads sooner, without what only their time shows. */
    trainUntimed: () => JSON.parse(ask(['untimed'], 'inherit')) as Official,
    score: (heads: string) => JSON.parse(ask(['score', heads], 'ignore')) as Pick<Official, 'score'>,
  };
}
