/**
 * @module
 * A file from an address, with progress.
 */
import { cannot } from '../errors.js';

/** How far a download is. */
export interface FetchProgress {
  readonly receivedBytes: number;
  /** Undefined where the server does not state it, or compresses the file on the way. */
  readonly totalBytes: number | undefined;
}

/** How it is fetched, and what to do where it cannot be. */
export interface FetchBytesOptions {
  readonly advice: string;
  readonly onProgress?: ((progress: FetchProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Fetches a file whole.
 *
 * @param where names the caller in errors
 * @throws LpipsError where it cannot be fetched; what aborted `signal`
 */
export async function fetchBytes(
  where: string,
  url: string,
  { advice, onProgress, signal }: FetchBytesOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const response = await fetch(url, signal ? { signal } : {});
    if (response.ok) return await readBody(response, onProgress);
    throw cannot(where, `fetch ${url}`, `the server answered with status ${response.status}`, advice);
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof TypeError)) throw error; // fetch throws a TypeError for every fault of the network
    throw cannot(where, `fetch ${url}`, error.message, advice);
  }
}

async function readBody(
  response: Response,
  onProgress: ((progress: FetchProgress) => void) | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  if (!onProgress || !response.body) return new Uint8Array(await response.arrayBuffer());
  const { headers } = response;
  const length = Number(headers.get('content-length') ?? Number.NaN);
  const isStated = Number.isFinite(length) && headers.get('content-encoding') === null;
  const totalBytes = isStated ? length : undefined;
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let receivedBytes = 0;
  onProgress({ receivedBytes, totalBytes });
  const reader = response.body.getReader(); // not every browser iterates over a body
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    pieces.push(value);
    receivedBytes += value.length;
    onProgress({ receivedBytes, totalBytes });
  }
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}
