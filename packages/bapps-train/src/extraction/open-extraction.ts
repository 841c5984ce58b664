/**
 * @module
 * The pooled vectors of a split, read from disk as they are needed. A shard stores the vectors of an item next to each
 * other, so that a batch in random order takes one short read for each item, and memory holds one batch at a time.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { at, invalid, parseSafetensors } from 'lpips-core';
import type { Split, Task } from '../data-set/layout.js';
import { parseJson } from '../files/parse-json.js';
import { readShard } from './extract.js';
import {
  type ExtractionManifest,
  readExtractionManifest,
  type Shard,
  shardsOf,
} from './extraction-manifest.js';

/** Which items are opened. */
export interface OpenOptions {
  readonly task?: Task;
  readonly split: Split;
  /** Distortions by name. Default: all. */
  readonly distortions?: readonly string[];
}

interface OpenShard {
  /** Number of its first item among all open items. */
  readonly first: number;
  readonly file: number;
  /** Bytes before its first item. */
  readonly dataStart: number;
}

/** The items of one distortion: `count` of them, beginning with item `first`. */
export interface OpenGroup {
  readonly distortion: string;
  readonly first: number;
  readonly count: number;
}

/** Pooled vectors with judgements, as training reads them. */
export interface PooledView {
  readonly manifest: ExtractionManifest;
  readonly groups: readonly OpenGroup[];
  /** `[items]`: share of the votes for p1, or of the votes "the same". */
  readonly judgements: Float32Array;
  /** Number of channels of all taps. */
  readonly channels: number;
  /** Number of items. */
  readonly count: number;
  /**
   * Reads items.
   *
   * @param items their numbers, in any order
   * @returns `[items, pairs, 2, channels]`: for each pair the means, then their deviations under dropout
   */
  read(items: ArrayLike<number>): Float32Array;
}

/** The items of a split. Call `close` when done. */
export class PooledItems implements PooledView {
  readonly manifest: ExtractionManifest;
  readonly groups: readonly OpenGroup[];
  readonly judgements: Float32Array;
  /** Names of the items, which are those of their files. */
  readonly names: readonly string[];
  /** Digests of their references: items of the same reference have the same (`referenceOf`). */
  readonly references: readonly string[];
  readonly channels: number;
  /** Pairs of an item: 2 for a triplet, (ref, p0) and (ref, p1); 1 for a pair. */
  readonly pairs: number;
  readonly #shards: readonly OpenShard[];

  private constructor(
    manifest: ExtractionManifest,
    groups: readonly OpenGroup[],
    {
      judgements,
      names,
      references,
      pairs,
    }: Pick<PooledItems, 'judgements' | 'names' | 'references' | 'pairs'>,
    shards: readonly OpenShard[],
  ) {
    this.manifest = manifest;
    this.groups = groups;
    this.judgements = judgements;
    this.names = names;
    this.references = references;
    this.channels = manifest.channels.reduce((sum, some) => sum + some, 0);
    this.pairs = pairs;
    this.#shards = shards;
  }

  /**
   * Opens a split and checks every shard of it.
   *
   * @throws LpipsError naming a shard that is missing, damaged or of another extraction, or if there are no items
   */
  static async open(
    folder: string,
    { task = '2afc', split, distortions }: OpenOptions,
  ): Promise<PooledItems> {
    const manifest = await readExtractionManifest(folder);
    const ofSplit = manifest.groups.filter((group) => group.task === task && group.split === split);
    for (const name of distortions ?? []) {
      if (ofSplit.some(({ distortion }) => distortion === name)) continue;
      const known = ofSplit.map(({ distortion }) => distortion).join(', ') || 'none at all';
      throw invalid(
        'extraction',
        `a distortion of ${task}/${split} in ${folder}`,
        'distortions',
        name,
        `There are: ${known}.`,
      );
    }
    const wanted = ofSplit.filter(({ distortion }) => distortions?.includes(distortion) ?? true);
    if (wanted.length === 0) {
      throw invalid(
        'extraction',
        `items of ${task}/${split}`,
        folder,
        'none',
        'Extract a data set that has them.',
      );
    }
    const judgements: number[] = []; // as many as the files hold, not as the manifest claims
    const names: string[] = [];
    const references: string[] = [];
    const groups: OpenGroup[] = [];
    const shards: OpenShard[] = [];
    try {
      for (const shard of shardsOf(manifest)) {
        if (!wanted.includes(shard.group)) continue;
        const first = names.length;
        if (shard.start === 0) {
          groups.push({ distortion: shard.group.distortion, first, count: shard.group.items });
        }
        const opened = await openShard(folder, shard, manifest);
        for (const judgement of opened.judgements) judgements.push(judgement);
        for (const name of opened.names) names.push(name);
        for (const reference of opened.references) references.push(reference);
        shards.push({ first, file: opened.file, dataStart: opened.dataStart });
      }
    } catch (error) {
      for (const { file } of shards) closeSync(file);
      throw error;
    }
    const pairs = task === 'jnd' ? 1 : 2;
    const items = { judgements: Float32Array.from(judgements), names, references, pairs };
    return new PooledItems(manifest, groups, items, shards);
  }

  get count(): number {
    return this.names.length;
  }

  read(items: ArrayLike<number>): Float32Array {
    const values = 2 * this.pairs * this.channels;
    const moments = new Float32Array(items.length * values);
    const bytes = new Uint8Array(moments.buffer);
    const rowBytes = values * moments.BYTES_PER_ELEMENT;
    for (let i = 0; i < items.length; i++) {
      const item = at(items, i);
      const shard = item < this.count ? this.#shards.findLast(({ first }) => first <= item) : undefined;
      if (!shard) throw new RangeError(`no item ${item} of ${this.count}`);
      const position = shard.dataStart + (item - shard.first) * rowBytes;
      const read = readSync(shard.file, bytes, i * rowBytes, rowBytes, position);
      if (read !== rowBytes) throw new Error(`item ${item} ended after ${read} bytes`);
    }
    return moments;
  }

  /** Closes the files. */
  close(): void {
    for (const { file } of this.#shards) closeSync(file);
  }
}

async function openShard(folder: string, shard: Shard, manifest: ExtractionManifest) {
  const path = join(folder, shard.name);
  const bytes = await readShard(folder, shard, manifest);
  const { weights, metadata } = parseSafetensors(bytes, {
    source: path,
    filter: (name) => name === 'judgement',
  });
  const judgements = weights.get('judgement')?.data;
  const names = parseJson(metadata['names'] ?? '[]');
  const references = parseJson(metadata['references'] ?? '[]');
  const requirement = `a shard of ${shard.count} items`;
  const isWhole = (list: unknown): list is unknown[] => Array.isArray(list) && list.length === shard.count;
  if (judgements?.length !== shard.count || !isWhole(names) || !isWhole(references)) {
    const got = judgements ? `one of ${judgements.length}` : 'one without judgements';
    throw invalid('extraction', requirement, path, got);
  }
  const channels = manifest.channels.reduce((sum, some) => sum + some, 0);
  const pooledBytes = shard.count * (shard.group.task === 'jnd' ? 1 : 2) * 2 * channels * 4;
  // Tensors are stored in the order of their names, so "pooled" is the last, behind the judgements.
  const headerBytes = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const heldBytes = bytes.length - 8 - headerBytes - judgements.byteLength;
  if (heldBytes !== pooledBytes) {
    throw invalid('extraction', `${requirement} with ${pooledBytes} bytes of vectors`, path, `${heldBytes}`);
  }
  return {
    judgements,
    names: names.map(String),
    references: references.map(String),
    file: openSync(path, 'r'),
    dataStart: bytes.length - pooledBytes,
  };
}
