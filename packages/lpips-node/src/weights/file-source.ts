/**
 * @module
 * Random access to a file, so that of a checkpoint of half a gigabyte only the wanted tensors are read.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { invalid } from 'lpips-core';

/** An open file. Reading is bounded by the file itself. */
export class FileSource {
  readonly path: string;
  /** Bytes of the file. */
  readonly size: number;
  readonly #handle: FileHandle;

  private constructor(path: string, size: number, handle: FileHandle) {
    this.path = path;
    this.size = size;
    this.#handle = handle;
  }

  /** Opens `path` while `use` runs. */
  static async use<T>(path: string, use: (source: FileSource) => Promise<T>): Promise<T> {
    const handle = await open(path, 'r');
    try {
      const { size } = await handle.stat();
      return await use(new FileSource(path, size, handle));
    } finally {
      await handle.close();
    }
  }

  /**
   * Exactly `length` bytes from `offset`.
   *
   * @throws LpipsError if the file ends before them
   */
  async read(offset: number, length: number): Promise<Uint8Array> {
    if (offset + length > this.size) throw this.truncated(offset + length);
    const bytes = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await this.#handle.read(bytes, filled, length - filled, offset + filled);
      if (bytesRead === 0) throw this.truncated(offset + length);
      filled += bytesRead;
    }
    return bytes;
  }

  /** The error of a file that ends too early. */
  truncated(neededBytes: number): Error {
    const advice = 'The file is truncated; fetch or copy it again.';
    return invalid('readWeights', `at least ${neededBytes} bytes`, this.path, `${this.size}`, advice);
  }
}
