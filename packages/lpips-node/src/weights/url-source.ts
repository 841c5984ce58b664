/**
 * @module
 * The bytes of a file on a server, by HTTP ranges: of a file of half a gigabyte, only what is read is downloaded.
 */
import {
  BrokenOffError,
  type RequestSettings,
  validatorOf,
  withAttempts,
  withResponse,
} from '../files/patient-request.js';
import { ByteSource } from './byte-source.js';

/** The server sends no ranges of the file, or that of another size than expected. The whole file may still come. */
export class NoRangesError extends Error {}

/** What is read first and kept: it tells the size, and holds the directory of most files. */
const HEAD_BYTES = 1 << 16;

/** Where a file lies, and how it is read. */
interface Remote {
  readonly url: string;
  readonly settings: RequestSettings;
  /** Told of all bytes that arrive. */
  readonly onBytes: (bytes: number) => void;
}

/** A file on a server. A connection that breaks off is taken up where it broke. */
export class UrlSource extends ByteSource {
  readonly #remote: Remote;
  readonly #head: Uint8Array<ArrayBuffer>;
  /** Makes sure that all ranges are of one file: where it has changed meanwhile, the server sends no range. */
  readonly #validator: string;

  private constructor(remote: Remote, size: number, head: Uint8Array<ArrayBuffer>, validator: string) {
    super(remote.url, size);
    this.#remote = remote;
    this.#head = head;
    this.#validator = validator;
  }

  /**
   * Reads the first bytes of a file.
   *
   * @param maxBytes size of the file, at most
   * @throws NoRangesError where the server sends no ranges, DownloadError where it refuses or cannot be reached
   */
  static async open(remote: Remote, maxBytes: number): Promise<UrlSource> {
    const head = new Uint8Array(HEAD_BYTES);
    let filled = 0;
    const first = await withAttempts(
      remote.url,
      remote.settings,
      () => filled,
      async () =>
        await withResponse(remote.url, rangeOf(0, HEAD_BYTES), remote.settings, async (response, onData) => {
          const { total, last } = await rangeIn(response, 0);
          if (total > maxBytes) throw new NoRangesError(`a file of ${total} bytes`);
          const count = (received: number) => {
            filled += received;
            remote.onBytes(received);
          };
          await fill(head, 0, last + 1, response, onData, count).catch((error: unknown) => {
            remote.settings.signal.throwIfAborted();
            if (filled === 0) throw error; // with less, more is read where it is needed
          });
          return { total, validator: validatorOf(response) };
        }),
    );
    return new UrlSource(remote, first.total, head.slice(0, filled), first.validator);
  }

  override async read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    if (offset + length > this.size) throw this.truncated(offset + length);
    const { url, settings, onBytes } = this.#remote;
    const bytes = new Uint8Array(length);
    const known = this.#head.subarray(offset, offset + length);
    bytes.set(known);
    let filled = known.length;
    if (filled === length) return bytes;
    const condition = this.#validator === '' ? {} : { 'if-range': this.#validator };
    await withAttempts(
      url,
      settings,
      () => filled,
      async () => {
        const headers = { ...rangeOf(offset + filled, offset + length), ...condition };
        await withResponse(url, headers, settings, async (response, onData) => {
          await rangeIn(response, offset + filled, this.size);
          const count = (received: number) => {
            filled += received;
            onBytes(received);
          };
          await fill(bytes, filled, length, response, onData, count);
        });
      },
    );
    return bytes;
  }
}

function rangeOf(start: number, end: number): Record<string, string> {
  return { range: `bytes=${start}-${end - 1}` };
}

/** @throws NoRangesError unless the response is a range of the file from `start`, as it lies there */
async function rangeIn(
  response: Response,
  start: number,
  size?: number,
): Promise<{ last: number; total: number }> {
  const { status, headers } = response;
  const stated = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers.get('content-range') ?? '') ?? [];
  const [first, last, total] = stated.slice(1).map(Number);
  const isPlain = ['', 'identity'].includes(headers.get('content-encoding') ?? '');
  const isRange = status === 206 && isPlain && first === start && (size === undefined || total === size);
  if (isRange && last !== undefined && total !== undefined && last < total) return { last, total };
  await response.body?.cancel();
  throw new NoRangesError(`HTTP ${status}`);
}

/**
 * Puts the body of a response into `bytes` from `start`.
 *
 * @throws BrokenOffError where the body ends before `end`
 */
async function fill(
  bytes: Uint8Array,
  start: number,
  end: number,
  response: Response,
  onData: (bytes: number) => void,
  onBytes: (bytes: number) => void,
): Promise<void> {
  let filled = start;
  for await (const piece of response.body ?? []) {
    const wanted = piece.subarray(0, Math.max(0, Math.min(end, bytes.length) - filled));
    bytes.set(wanted, filled);
    filled += wanted.length;
    onData(piece.length);
    onBytes(wanted.length);
    if (piece.length > wanted.length) break; // the server sends all that follows
  }
  if (filled < Math.min(end, bytes.length)) {
    throw new BrokenOffError(`the connection broke at ${filled - start} of ${end - start} bytes`);
  }
}
