/**
 * @module
 * HTTP requests that put up with a bad network: an attempt that breaks off is repeated after a pause that grows, and a server
 * that hardly sends anything counts as broken. By `fetch`, in Node and in pages.
 */
import { cannot, LpipsError } from '../errors.js';

/** How patient the requests are. */
export interface RequestOptions {
  signal?: AbortSignal;
  /** The download fails after this many attempts in a row that brought no byte. Default 5. */
  attempts?: number;
  /** Pause after the first failed attempt, doubled after each. Default 250. */
  backoffMs?: number;
  /** Pause in the data that counts as a broken connection. Default 60,000. */
  idleTimeoutMs?: number;
  /** Bytes a second, on the average over `idleTimeoutMs`, below which a connection counts as broken. Default 1000. */
  leastRate?: number;
  /** What to do where the network fails: whole sentences. Default `'Check the network and the address.'`. */
  networkAdvice?: string;
}

export type RequestSettings = Required<RequestOptions>;

/** A download that failed. `reason` is the cause alone, for callers with a sentence of their own. */
export class DownloadError extends LpipsError {
  readonly reason: string;
  /** Of HTTP, where the server refuses. */
  readonly status: number | undefined;

  constructor(url: string, reason: string, advice: string, status?: number) {
    super(cannot('download', `fetch ${url}`, reason, advice).message);
    this.reason = reason;
    this.status = status;
  }
}

/** A fault that is worth another attempt: the connection broke, or the server is busy. */
export class BrokenOffError extends Error {
  /** Of HTTP, where the server is busy. */
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}

/** The server sends, but so slowly that the download would hardly end. What it sent does not count as progress. */
class TooSlowError extends BrokenOffError {}

/** One request, beside its address. */
export interface RequestParts {
  readonly headers?: Readonly<Record<string, string>>;
  /** `'HEAD'` = what the server says of the file, without the file. Default `'GET'`. */
  readonly method?: 'GET' | 'HEAD';
}

const NETWORK_ADVICE = 'Check the network and the address.';
/** Network faults that another attempt does not mend. */
const HOPELESS = new Set(['ENOTFOUND', 'ERR_INVALID_URL']);

export function requestSettings(options: RequestOptions, signal: AbortSignal): RequestSettings {
  return {
    attempts: options.attempts ?? 5,
    backoffMs: options.backoffMs ?? 250,
    idleTimeoutMs: options.idleTimeoutMs ?? 60_000,
    leastRate: options.leastRate ?? 1000,
    networkAdvice: options.networkAdvice ?? NETWORK_ADVICE,
    signal,
  };
}

/**
 * Makes attempts until one succeeds. The pause grows after each attempt that brought nothing.
 *
 * @param received the bytes that all attempts so far have brought
 * @throws DownloadError where so many attempts in a row brought nothing
 */
export async function withAttempts<Result>(
  url: string,
  { attempts, backoffMs, networkAdvice, signal }: RequestSettings,
  received: () => number | Promise<number>,
  attempt: () => Promise<Result>,
): Promise<Result> {
  let failures = 0;
  for (;;) {
    const before = await received();
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof BrokenOffError)) throw error;
      const progressed = !(error instanceof TooSlowError) && (await received()) > before;
      failures = progressed ? 1 : failures + 1;
      if (failures >= attempts) throw new DownloadError(url, error.message, networkAdvice, error.status);
    }
    await pause(backoffMs * 2 ** (failures - 1), signal);
  }
}

/** Rejects with what aborts `signal`. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

/**
 * One request.
 *
 * @param work gets the response, unless its status says that the server refuses, and says of each piece of the body how many
 *   bytes it has. It takes 416 as well, the answer to a range beyond the end
 * @throws BrokenOffError where another attempt is worth it, DownloadError where none is
 */
export async function withResponse<Result>(
  url: string,
  { headers = {}, method = 'GET' }: RequestParts,
  { idleTimeoutMs, leastRate, networkAdvice, signal }: RequestSettings,
  work: (response: Response, onData: (bytes: number) => void) => Promise<Result>,
): Promise<Result> {
  const stall = new AbortController();
  const leastBytes = (leastRate * idleTimeoutMs) / 1000;
  let recentBytes = 0;
  const startTimer = () => setTimeout(() => stall.abort(), idleTimeoutMs);
  let timer = startTimer();
  const restartTimer = () => {
    clearTimeout(timer);
    timer = startTimer();
  };
  const onData = (bytes: number) => {
    recentBytes += bytes;
    if (recentBytes < leastBytes) return;
    recentBytes = 0;
    restartTimer();
  };
  try {
    const response = await fetch(url, {
      method,
      headers: { 'accept-encoding': 'identity', ...headers }, // Range counts the bytes as they are sent; browsers see to it
      signal: AbortSignal.any([signal, stall.signal]),
    });
    restartTimer();
    if (!response.ok && response.status !== 416) {
      await response.body?.cancel();
      const answer = `HTTP ${response.status} ${response.statusText}`.trimEnd();
      if (isPassing(response.status)) throw new BrokenOffError(answer, response.status);
      throw new DownloadError(url, answer, networkAdvice, response.status);
    }
    return await work(response, onData);
  } catch (error) {
    if (stall.signal.aborted && recentBytes > 0) {
      throw new TooSlowError(`the server sent less than ${leastRate} bytes a second`);
    }
    throw describeFault(error, stall.signal, url, networkAdvice);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * What If-Range accepts: a strong ETag, else a date. Nothing in a page with a file of another origin, since a browser asks that
 * server for leave before it sends the header, and many servers refuse.
 */
export function validatorOf({ headers, type }: Response): string {
  if (type === 'cors') return '';
  const tag = headers.get('etag');
  return tag && !tag.startsWith('W/') ? tag : (headers.get('last-modified') ?? '');
}

/** Whether another attempt may be answered otherwise: timeouts, too many requests, faults of the server. */
function isPassing(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/** The error of what went wrong; a BrokenOffError where another attempt is worth it. */
function describeFault(error: unknown, stall: AbortSignal, url: string, advice: string): unknown {
  if (stall.aborted) return new BrokenOffError('the server stopped sending data');
  if (!(error instanceof TypeError)) return error; // fetch throws a TypeError for every fault of the network
  const cause = error.cause instanceof Error ? error.cause : error;
  const code = codeOf(cause);
  const reason = reasonOf(cause) || code || error.message;
  return code !== undefined && HOPELESS.has(code)
    ? new DownloadError(url, reason, advice)
    : new BrokenOffError(reason);
}

/** The code of Node's system errors, such as `'ENOTFOUND'`. */
function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** The message, or for TLS the bare reason, since OpenSSL's message is a dump of several lines. */
function reasonOf(cause: Error): string {
  return 'reason' in cause && typeof cause.reason === 'string' ? cause.reason : cause.message;
}
