/**
 * @module
 * Random access to the bytes of a file, wherever they lie. A checkpoint may have half a gigabyte, and only the wanted
 * tensors are read.
 */
import { invalid } from '../errors.js';

/** The bytes of a file. Nothing beyond its end can be read. */
export abstract class ByteSource {
  /** @param path the file's name in error messages */
  constructor(
    readonly path: string,
    /** Bytes of the file. */
    readonly size: number,
  ) {}

  /**
   * Exactly `length` bytes from `offset`.
   *
   * @throws LpipsError if the file ends before them
   */
  abstract read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;

  /** The error of a file that ends too early. */
  truncated(neededBytes: number): Error {
    const advice = 'The file is truncated; fetch or copy it again.';
    return invalid('readWeights', `at least ${neededBytes} bytes`, this.path, `${this.size}`, advice);
  }
}

/** The bytes of a blob, such as a file that a page was given. */
export class BlobSource extends ByteSource {
  readonly #blob: Blob;

  constructor(path: string, blob: Blob) {
    super(path, blob.size);
    this.#blob = blob;
  }

  override async read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    if (offset + length > this.size) throw this.truncated(offset + length);
    return new Uint8Array(await this.#blob.slice(offset, offset + length).arrayBuffer());
  }
}
