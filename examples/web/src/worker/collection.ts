/**
 * @module
 * The pictures among which the nearest are searched: a small index in memory, which is made anew where the net changes.
 */
import { type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import { at, type Lpips } from 'lpips-core';
import { imageFrom } from 'lpips-core/browser';
import {
  encodeIndex,
  findNearest,
  type IndexHeader,
  indexHeader,
  openIndex,
  type SearchIndex,
  type Summary,
  summary,
} from 'lpips-search';

/** Height and width at which pictures are compared, as `lpips index` does. */
const SIDE = 64;
const SHAPE: [number, number, number, number] = [1, SIDE, SIDE, 3];

/** Another picture, and its distance to the one that was asked for. */
interface Neighbour {
  readonly id: number;
  readonly distance: number;
}

/** The nearest of a picture. */
export interface Neighbours {
  /** The nearest first. */
  readonly hits: readonly Neighbour[];
  /** Whether the bounds of the others exclude that one of them is nearer. */
  readonly proven: boolean;
  /** Pictures whose distance was computed, and all others. */
  readonly examined: number;
  readonly others: number;
  readonly milliseconds: number;
}

/** What one net says of the pictures. */
interface Summarized {
  readonly lpips: Lpips;
  readonly header: IndexHeader;
  readonly summaries: Summary[];
  index: SearchIndex | undefined;
}

/** Pictures that are searched. */
export class Collection {
  /** `[64, 64, 3]` each, in [-1, 1], by the number of the picture. */
  readonly #pixels: Float32Array[] = [];
  #summarized: Summarized | undefined;

  /**
   * Adds a picture.
   *
   * @returns its number
   * @throws LpipsError where it cannot be read
   */
  async add(picture: Blob): Promise<number> {
    const image = await imageFrom(picture, { size: { width: SIDE, height: SIDE } });
    this.#pixels.push(await image.data<'float32'>());
    image.dispose();
    return this.#pixels.length - 1;
  }

  /** The `count` pictures that are nearest to one of them. */
  async nearest(lpips: Lpips, id: number, count: number): Promise<Neighbours> {
    const started = performance.now();
    const { index, summaries } = await this.#indexed(lpips);
    const features = this.#withImage(id, (image) => lpips.features(image));
    try {
      const measure = async (rows: readonly number[]) => {
        const distances: number[] = [];
        for (const row of rows) {
          const distance = this.#withImage(row, (image) => lpips.distance(image, features));
          distances.push(at(await distance.data(), 0));
          distance.dispose();
        }
        return distances;
      };
      // One more, since the nearest of all is the picture itself.
      const found = await findNearest(index, at(summaries, id), measure, { k: count + 1, exact: true });
      const hits = found.hits.filter(({ row }) => row !== id).slice(0, count);
      return {
        hits: hits.map(({ row, distance }) => ({ id: row, distance })),
        proven: found.proven,
        examined: found.examined - 1,
        others: this.#pixels.length - 1,
        milliseconds: performance.now() - started,
      };
    } finally {
      features.dispose();
    }
  }

  async #indexed(lpips: Lpips): Promise<{ index: SearchIndex; summaries: readonly Summary[] }> {
    if (this.#summarized?.lpips !== lpips) {
      const header = await indexHeader(lpips, { size: { width: SIDE, height: SIDE } });
      this.#summarized = { lpips, header, summaries: [], index: undefined };
    }
    const state = this.#summarized;
    const { header, summaries } = state;
    while (summaries.length < this.#pixels.length) {
      const image = tensor4d(at(this.#pixels, summaries.length), SHAPE);
      summaries.push(at(await summary(lpips, image), 0));
      image.dispose();
      state.index = undefined;
    }
    const images = summaries.map((own, id) => ({ path: `${id}`, bytes: 0, time: 0, summary: own }));
    state.index ??= await openIndex(await encodeIndex(header, images));
    return { index: state.index, summaries };
  }

  #withImage<Result>(id: number, use: (image: Tensor4D) => Result): Result {
    const image = tensor4d(at(this.#pixels, id), SHAPE);
    try {
      return use(image);
    } finally {
      image.dispose();
    }
  }
}
