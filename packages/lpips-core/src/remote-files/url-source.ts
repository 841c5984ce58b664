/**
 * @module
 * The bytes of a file on a server, by HTTP ranges: of a file of half a gigabyte, only what is read is downloaded.
 *
 * A page sees no Content-Range of another origin, unless that server exposes it (Access-Control-Expose-Headers). A range is then
 * what was asked for, by its length, and a HEAD request tells the size of the file. Whoever reads checks what was read.
 */
import { ByteSource } from '../weights-files/byte-source.js';
import {
  BrokenOffError,
  type RequestSettings,
  validatorOf,
  withAttempts,
  withResponse,
} from './patient-request.js';

/** The server sends no ranges of the file, or that of another size than expected. The whole file may still come. */
export class NoRangesError extends Error {}

/** What is read first and kept: it tells the size, and holds the directory of most files. */
const HEAD_BYTES = 1 << 16;

/** Where a file lies, and how it is read. */
export interface Remote {
  readonly url: string;
  readonly settings: RequestSettings;
  /** Told of all bytes that arrive. */
  readonly onBytes: (bytes: number) => void;
  /** Attempts in a row without a byte after which the first request fails. Default: those of `settings`. */
  readonly openAttempts?: number;
}

/** What a response says of the range that it holds. */
interface StatedRange {
  /** Place of its last byte in the file. */
  readonly last: number;
  /** Bytes of the file; undefined where they are hidden from the page. */
  readonly total: number | undefined;
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
    const { url, settings, openAttempts: attempts = settings.attempts } = remote;
    const head = new Uint8Array(HEAD_BYTES);
    let filled = 0;
    const first = await withAttempts(
      url,
      { ...settings, attempts },
      () => filled,
      async () =>
        await withResponse(url, { headers: rangeOf(0, HEAD_BYTES) }, settings, async (response, onData) => {
          const { total, last } = await rangeIn(response, 0);
          checkSize(total ?? 0, maxBytes);
          const count = (received: number) => {
            filled += received;
            remote.onBytes(received);
          };
          await fill(head, 0, last + 1, response, onData, count).catch((error: unknown) => {
            settings.signal.throwIfAborted();
            if (filled === 0) throw error; // with less, more is read where it is needed
          });
          return { total, validator: validatorOf(response) };
        }),
    );
    const size = first.total ?? (await sizeByHead(remote));
    checkSize(size, maxBytes);
    return new UrlSource(remote, size, head.slice(0, filled), first.validator);
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
        await withResponse(url, { headers }, settings, async (response, onData) => {
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
async function rangeIn(response: Response, start: number, size?: number): Promise<StatedRange> {
  const { status, headers } = response;
  const isPlain = ['', 'identity'].includes(headers.get('content-encoding') ?? '');
  const range = status === 206 && isPlain ? statedRange(response, start) : undefined;
  const isRange = range && (size === undefined || range.total === undefined || range.total === size);
  if (isRange && range.last < (range.total ?? Number.POSITIVE_INFINITY)) return range;
  await response.body?.cancel();
  throw new NoRangesError(`HTTP ${status}`);
}

/** Undefined where the response states another range, or none. */
function statedRange({ headers, type }: Response, start: number): StatedRange | undefined {
  const stated = headers.get('content-range');
  if (stated === null && type === 'cors') {
    const length = lengthIn(headers);
    return length === undefined ? undefined : { last: start + length - 1, total: undefined };
  }
  const [first, last, total] = (/^bytes (\d+)-(\d+)\/(\d+)$/.exec(stated ?? '') ?? []).slice(1).map(Number);
  return first === start && last !== undefined && total !== undefined ? { last, total } : undefined;
}

/** @throws NoRangesError where the server does not tell it */
async function sizeByHead({ url, settings }: Remote): Promise<number> {
  return await withAttempts(
    url,
    settings,
    () => 0,
    async () =>
      await withResponse(url, { method: 'HEAD' }, settings, async ({ headers }) => {
        const size = lengthIn(headers);
        if (size === undefined) throw new NoRangesError('no size');
        return size;
      }),
  );
}

function checkSize(size: number, maxBytes: number): void {
  if (size > maxBytes) throw new NoRangesError(`a file of ${size} bytes`);
}

function lengthIn(headers: Headers): number | undefined {
  const length = headers.get('content-length');
  return length !== null && /^\d+$/.test(length) ? Number(length) : undefined;
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
  const reader = response.body?.getReader(); // not every browser iterates over a body
  for (;;) {
    const { done = true, value: piece } = (await reader?.read()) ?? {};
    if (done || !piece) break;
    const wanted = piece.subarray(0, Math.max(0, Math.min(end, bytes.length) - filled));
    bytes.set(wanted, filled);
    filled += wanted.length;
    onData(piece.length);
    onBytes(wanted.length);
    if (piece.length > wanted.length) {
      await reader?.cancel(); // the server sends all that follows
      break;
    }
  }
  if (filled < Math.min(end, bytes.length)) {
    throw new BrokenOffError(`the connection broke at ${filled - start} of ${end - start} bytes`);
  }
}
