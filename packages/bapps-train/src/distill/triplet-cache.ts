/**
 * @module
 * Triplets and the teacher's distances on disk. Shards are written whole or not at all, so that a run that was killed
 * goes on where it stopped:
 *
 *     <folder>/triplets.json            what they were made from; a run with other inputs is refused
 *     <folder>/<kind>-00012.pictures    uint8 [triplets, 3, side, side, 3]
 *     <folder>/<kind>-00012.targets     float32 [triplets, 2], little-endian: the teacher's distances of the two copies
 */
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { invalid } from 'lpips-core';
import { writeAtomically } from 'lpips-node/files';
import { SIDE } from 'lpips-pictures';
import { findFileOf, readFileOf } from '../files/read-file.js';
import { tripletBytes } from './triplets.js';

const MANIFEST = 'triplets.json';
const MOST_MANIFEST_BYTES = 2 ** 20;
const TARGET_BYTES = 8;

/** Everything that the triplets of a cache depend on. */
export type CacheManifest = Readonly<Record<string, string | number>>;

/** One shard: `kind` and `index` name it. */
export interface Shard {
  readonly kind: string;
  readonly index: number;
  readonly triplets: number;
  /** Height and width of its pictures. Default 64. */
  readonly side?: number;
}

/** A folder of shards. */
export class TripletCache {
  private constructor(readonly folder: string) {}

  /**
   * Opens a cache, or begins one.
   *
   * @param folder that exists
   * @throws LpipsError if the folder holds triplets that were made from something else
   */
  static async open(folder: string, manifest: CacheManifest): Promise<TripletCache> {
    const path = join(folder, MANIFEST);
    const wanted = JSON.stringify(manifest);
    const about = { where: 'distill', what: 'triplets of this run', mostBytes: MOST_MANIFEST_BYTES };
    const found = await findFileOf(path, about);
    if (found !== undefined && found.toString() !== wanted) {
      throw invalid(
        'distill',
        'triplets of this run',
        path,
        'those of another',
        'Name another folder with --cache.',
      );
    }
    await writeAtomically(path, wanted);
    return new TripletCache(folder);
  }

  /** Whether the file of a shard with this ending exists and is whole. */
  async has(shard: Shard, ending: 'pictures' | 'targets'): Promise<boolean> {
    const found = await stat(this.#path(shard, ending)).catch(() => undefined);
    return (
      found?.size ===
      shard.triplets * (ending === 'pictures' ? tripletBytes(shard.side ?? SIDE) : TARGET_BYTES)
    );
  }

  async writePictures(shard: Shard, pictures: Uint8Array): Promise<void> {
    await writeAtomically(this.#path(shard, 'pictures'), pictures);
  }

  /** @param targets two for each triplet */
  async writeTargets(shard: Shard, targets: Float32Array): Promise<void> {
    await writeAtomically(this.#path(shard, 'targets'), new Uint8Array(targets.buffer));
  }

  /** The pictures of `count` triplets of a shard, beginning with triplet `first`. */
  async readPictures(shard: Shard, first = 0, count = shard.triplets): Promise<Uint8Array> {
    const path = this.#path(shard, 'pictures');
    const size = tripletBytes(shard.side ?? SIDE);
    const file = await open(path);
    try {
      const bytes = new Uint8Array(count * size);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, first * size);
      if (bytesRead === bytes.length) return bytes;
      throw invalid(
        'distill',
        `${bytes.length} bytes`,
        path,
        `${bytesRead}`,
        'Delete the file, and it is made again.',
      );
    } finally {
      await file.close();
    }
  }

  async readTargets(shard: Shard): Promise<Float32Array> {
    const path = this.#path(shard, 'targets');
    const bytes = await readFileOf(path, { where: 'distill', what: "the teacher's distances" });
    const size = shard.triplets * TARGET_BYTES;
    if (bytes.length !== size) {
      throw invalid(
        'distill',
        `${size} bytes`,
        path,
        `${bytes.length}`,
        'Delete the file, and it is made again.',
      );
    }
    return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + size));
  }

  #path({ kind, index }: Shard, ending: string): string {
    return join(this.folder, `${kind}-${String(index).padStart(5, '0')}.${ending}`);
  }
}
