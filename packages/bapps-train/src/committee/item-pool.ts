/**
 * @module
 * The triplets of an extraction by their ids, whatever split they are of, for training on votes instead of the judgements that the
 * extraction holds.
 */
import { at, invalid } from 'lpips-core';
import { groupName, SPLITS } from '../data-set/layout.js';
import { type ExtractionManifest, readExtractionManifest } from '../extraction/extraction-manifest.js';
import { PooledItems } from '../extraction/open-extraction.js';
import type { JudgedItems } from '../training/heads-trainee.js';

/** One vote on a triplet. */
export interface PoolVote {
  /** Number of the triplet in the pool. */
  readonly row: number;
  /** Whether it says that p1 is nearer. */
  readonly yes: boolean;
}

/** Vectors of triplets. Call `close` when done. */
export class ItemPool {
  readonly manifest: ExtractionManifest;
  /** Ids in the order of their numbers: `2afc/train/blur/000004`. */
  readonly ids: readonly string[];
  readonly #rows: ReadonlyMap<string, number>;
  readonly #parts: readonly { readonly items: PooledItems; readonly first: number }[];

  private constructor(manifest: ExtractionManifest, parts: readonly PooledItems[]) {
    this.manifest = manifest;
    const ids: string[] = [];
    this.#parts = parts.map((items, index) => {
      const first = ids.length;
      const split = at(SPLITS, index);
      for (const { distortion, first: start, count } of items.groups) {
        const group = groupName({ task: '2afc', split, distortion });
        for (let item = start; item < start + count; item++) ids.push(`${group}/${at(items.names, item)}`);
      }
      return { items, first };
    });
    this.ids = ids;
    this.#rows = new Map(ids.map((id, row) => [id, row]));
  }

  /**
   * Opens the triplets of an extraction.
   *
   * @throws LpipsError if it has none, or a shard is missing or damaged
   */
  static async open(folder: string): Promise<ItemPool> {
    const manifest = await readExtractionManifest(folder);
    const has = SPLITS.filter((split) =>
      manifest.groups.some((group) => group.task === '2afc' && group.split === split),
    );
    if (has.length === 0) throw invalid('collect', 'an extraction of triplets', folder, 'one of pairs');
    const parts: PooledItems[] = [];
    try {
      for (const split of has) parts.push(await PooledItems.open(folder, { split }));
      return new ItemPool(manifest, parts);
    } catch (error) {
      for (const part of parts) part.close();
      throw error;
    }
  }

  /** Number of a triplet, undefined where the extraction does not have it. */
  rowOf(id: string): number | undefined {
    return this.#rows.get(id);
  }

  /** Vectors of triplets by their numbers, `[rows, 2, 2, channels]`, as `PooledItems.read` gives them. */
  read(rows: ArrayLike<number>): Float32Array {
    const numbers = Array.from(rows);
    const [some = 0] = numbers;
    const part = this.#partOf(some);
    if (numbers.every((row) => this.#partOf(row) === part)) {
      return part.items.read(numbers.map((row) => row - part.first));
    }
    const single = numbers.map((row) => this.read([row]));
    const size = 4 * part.items.channels;
    const all = new Float32Array(single.length * size);
    for (const [index, values] of single.entries()) all.set(values, index * size);
    return all;
  }

  #partOf(row: number) {
    const part = this.#parts.findLast(({ first }) => first <= row);
    if (!part || row >= this.ids.length) throw new RangeError(`no item ${row} of ${this.ids.length}`);
    return part;
  }

  /** Votes as triplets to learn from: each is one, with its answer as the judgement. */
  judgedBy(votes: readonly PoolVote[]): JudgedItems {
    return {
      manifest: this.manifest,
      count: votes.length,
      judgements: Float32Array.from(votes, ({ yes }) => (yes ? 1 : 0)),
      read: (items) => this.read(Array.from(items, (item) => at(votes, item).row)),
    };
  }

  /** Closes the files. */
  close(): void {
    for (const { items } of this.#parts) items.close();
  }
}
