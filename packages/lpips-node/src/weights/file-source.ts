/**
 * @module
 * The bytes of a file on disk.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { ByteSource } from 'lpips-core/weights-files';

/** An open file. */
export class FileSource extends ByteSource {
  readonly #handle: FileHandle;

  private constructor(path: string, size: number, handle: FileHandle) {
    super(path, size);
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

  override async read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
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
}
