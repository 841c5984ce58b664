/**
 * @module
 * Some of the items of an extraction, from several splits, as if they were a split of their own.
 */
import { at } from 'lpips-core';
import type { OpenGroup, PooledItems, PooledView } from './open-extraction.js';

/** A split, and which of its items are wanted. */
export interface Selection {
  readonly items: PooledItems;
  readonly isWanted: (item: number, distortion: string) => boolean;
}

/** Where an item lies. */
interface Place {
  readonly source: number;
  readonly item: number;
}

/** Items of several splits, by distortion. Their files are those of the splits, which the caller closes. */
export class SelectedItems implements PooledView {
  readonly manifest: PooledView['manifest'];
  readonly groups: readonly OpenGroup[];
  readonly judgements: Float32Array;
  readonly channels: number;
  readonly #sources: readonly PooledItems[];
  readonly #places: readonly Place[];

  constructor(selections: readonly Selection[]) {
    this.#sources = selections.map(({ items }) => items);
    const first = at(this.#sources, 0);
    this.manifest = first.manifest;
    this.channels = first.channels;
    const names = selections.flatMap(({ items }) => items.groups.map(({ distortion }) => distortion));
    const groups: OpenGroup[] = [];
    const places: Place[] = [];
    for (const distortion of [...new Set(names)].sort()) {
      const before = places.length;
      for (const [source, { items, isWanted }] of selections.entries()) {
        const group = items.groups.find((one) => one.distortion === distortion);
        for (let i = 0; group !== undefined && i < group.count; i++) {
          if (isWanted(group.first + i, distortion)) places.push({ source, item: group.first + i });
        }
      }
      if (places.length > before) groups.push({ distortion, first: before, count: places.length - before });
    }
    this.groups = groups;
    this.#places = places;
    this.judgements = Float32Array.from(places, ({ source, item }) =>
      at(at(this.#sources, source).judgements, item),
    );
  }

  get count(): number {
    return this.#places.length;
  }

  read(items: ArrayLike<number>): Float32Array {
    const places = Array.from(items, (item) => at(this.#places, item));
    const rows: Float32Array[] = [];
    for (const [source, split] of this.#sources.entries()) {
      const wanted = places.flatMap((place, row) =>
        place.source === source ? [{ row, item: place.item }] : [],
      );
      const values = split.read(wanted.map(({ item }) => item));
      const each = values.length / wanted.length;
      for (const [index, { row }] of wanted.entries())
        rows[row] = values.subarray(index * each, (index + 1) * each);
    }
    const each = rows[0]?.length ?? 0;
    const read = new Float32Array(rows.length * each);
    for (const [row, values] of rows.entries()) read.set(values, row * each);
    return read;
  }
}
