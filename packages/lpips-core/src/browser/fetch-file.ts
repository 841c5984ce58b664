/**
 * @module
 * Files of servers in a page: by HTTP ranges, or whole.
 */
import { cannot } from '../errors.js';
import {
  DownloadError,
  type RequestSettings,
  requestSettings,
  withAttempts,
  withResponse,
} from '../remote-files/patient-request.js';
import { NoRangesError, UrlSource } from '../remote-files/url-source.js';

/** How far a download is. */
export interface FetchProgress {
  readonly receivedBytes: number;
  /** Undefined where the server does not state it, or compresses the file on the way. */
  readonly totalBytes: number | undefined;
}

const ADVICE =
  'Is it served, and may this page read it? A server of another origin has to send Access-Control-Allow-Origin (CORS).';
/** Largest file of which ranges are read. */
const MAX_BYTES = 2 ** 32;
/** A page is not told why a server cannot be reached. It often refuses the page, and then does so again. */
const OPEN_ATTEMPTS = 2;
/** How patient a page is. */
export function pageSettings(signal: AbortSignal | undefined): RequestSettings {
  return requestSettings({ networkAdvice: ADVICE }, signal ?? new AbortController().signal);
}

/** Undefined where the server sends no ranges, or lets this page ask for none. */
export async function openRanges(
  url: string,
  settings: RequestSettings,
  onBytes: (bytes: number) => void,
): Promise<UrlSource | undefined> {
  try {
    return await UrlSource.open({ url, settings, onBytes, openAttempts: OPEN_ATTEMPTS }, MAX_BYTES);
  } catch (error) {
    settings.signal.throwIfAborted();
    // Some browsers ask a server of another origin for leave before they send a range, and not before they send none.
    const isRefused = error instanceof DownloadError && error.status === undefined;
    if (isRefused || error instanceof NoRangesError) return undefined;
    throw error;
  }
}

/** A whole file. It may be large, so the browser holds it, on disk where it likes. */
export async function fetchBlob(
  url: string,
  settings: RequestSettings,
  onProgress: (progress: FetchProgress) => void,
): Promise<Blob> {
  return await withAttempts(
    url,
    { ...settings, attempts: OPEN_ATTEMPTS },
    () => 0,
    async () =>
      await withResponse(url, {}, settings, async (response, onData) => {
        const { body, headers } = response;
        const length = Number(headers.get('content-length') ?? Number.NaN);
        const isStated = Number.isFinite(length) && headers.get('content-encoding') === null;
        let receivedBytes = 0;
        const count = (bytes: number) => {
          receivedBytes += bytes;
          onData(bytes);
          onProgress({ receivedBytes, totalBytes: isStated ? length : undefined });
        };
        count(0);
        const counting = new TransformStream<Uint8Array, Uint8Array>({
          transform(piece, controller) {
            count(piece.length);
            controller.enqueue(piece);
          },
        });
        return await new Response(body?.pipeThrough(counting) ?? null).blob();
      }),
  );
}

/** Says of a failed download what a page can do about it. */
export async function translateFailure(
  url: string,
  { signal }: RequestSettings,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof DownloadError)) throw error;
    throw cannot('loadLpips', `fetch ${url}`, error.reason, ADVICE);
  }
}
