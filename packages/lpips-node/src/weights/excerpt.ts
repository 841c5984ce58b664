/**
 * @module
 * An excerpt is the part of a published file that a net needs, as a safetensors file: torchvision's files are mostly classifiers.
 * It holds the official tensors and nothing else, so its bytes are known beforehand, and so is their sha256.
 */
import {
  digestOf,
  encodeFloats,
  serializeSafetensors,
  type Weight,
  type WeightMap,
  weightShapes,
} from 'lpips-core';
import type { Excerpt, OfficialFile } from 'lpips-core/official-files';
import { startOfValues } from 'lpips-core/weights-files';

/** An official file of which an excerpt can be taken. */
export type ExcerptedFile = OfficialFile & { readonly excerpt: Excerpt };

/** A tensor in its place. */
interface Place {
  readonly name: string;
  readonly shape: readonly number[];
  readonly sha256: string;
  /** Within the bytes of the excerpt. */
  readonly start: number;
  readonly end: number;
}

/** An excerpt that fills with tensors, in whatever order they come. */
export class ExcerptBytes {
  /** The file; zeros where a tensor is missing. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #missing: Map<string, Place>;

  constructor(file: ExcerptedFile) {
    const names = Object.keys(file.excerpt.tensors);
    const empty = new Map(
      names.map((name): [string, Weight] => {
        const shape = weightShapes(file.net).get(name) ?? [];
        return [name, { shape, data: new Float32Array(sizeOf(shape)) }];
      }),
    );
    this.bytes = serializeExcerpt(empty, file);
    this.#missing = new Map(placesOf(empty, this.bytes, file.excerpt).map((place) => [place.name, place]));
  }

  isMissing(name: string): boolean {
    return this.#missing.has(name);
  }

  get isWhole(): boolean {
    return this.#missing.size === 0;
  }

  /** Bytes of the tensors that are there, header included. */
  get filledBytes(): number {
    const missing = [...this.#missing.values()].reduce((sum, { start, end }) => sum + end - start, 0);
    return this.bytes.length - missing;
  }

  /** Takes the tensors that an earlier, unfinished excerpt has right. */
  async takeFrom(part: Uint8Array): Promise<void> {
    if (part.length !== this.bytes.length) return;
    for (const place of this.#missing.values()) await this.#take(place, part.slice(place.start, place.end));
  }

  /**
   * Puts a tensor in its place, unless it is another than the official one.
   *
   * @returns where it begins and ends, or undefined where it is another
   */
  async put(name: string, { shape, data }: Weight): Promise<Pick<Place, 'start' | 'end'> | undefined> {
    const place = this.#missing.get(name);
    if (!place || shape.join() !== place.shape.join()) return undefined;
    return (await this.#take(place, new Uint8Array(encodeFloats(data, 'F32')))) ? place : undefined;
  }

  async #take(place: Place, values: Uint8Array<ArrayBuffer>): Promise<boolean> {
    if ((await digestOf(values)) !== place.sha256) return false;
    this.bytes.set(values, place.start);
    this.#missing.delete(place.name);
    return true;
  }
}

/** The excerpt of a file with these tensors. */
export function serializeExcerpt(
  tensors: WeightMap,
  { path, licence }: Pick<OfficialFile, 'path' | 'licence'>,
): Uint8Array<ArrayBuffer> {
  const bytes = serializeSafetensors(tensors, { source: path, licence });
  return new Uint8Array(bytes);
}

/** In the order in which `serializeSafetensors` writes them. */
function placesOf(tensors: WeightMap, bytes: Uint8Array, { tensors: digests }: Excerpt): Place[] {
  let end = startOfValues(bytes);
  return [...tensors]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { shape, data }]) => {
      const start = end;
      end += data.byteLength;
      return { name, shape, sha256: digests[name] ?? '', start, end };
    });
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}
