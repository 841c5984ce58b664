/**
 * @module
 * One file from the web to the disk: into `PATH.part`, resumed where it broke off, its sha256 checked where one is
 * known, then renamed. Under its final name a file is whole and right, or absent. A lock lets one process work while others wait for it.
 */
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { invalid, LpipsError } from 'lpips-core';
import { matchesDigest, sha256OfFile } from './digest.js';
import { codeOf, translateDiskFault } from './disk-faults.js';
import { STALE_MS, withFileLock } from './file-lock.js';

/** How far a download is. `totalBytes` is undefined until the server has told it. */
export interface DownloadProgress {
  /** Name of the file, as in the catalogue. */
  file: string;
  receivedBytes: number;
  totalBytes: number | undefined;
}

/** What writes the partial file; `open` of Node, unless a test stands in for a disk. */
type OpenPart = (path: string, flags: string) => Promise<PartFile>;

interface PartFile {
  appendFile(bytes: Uint8Array): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface DownloadOptions {
  /** Name in progress reports. Default: the path. */
  file?: string;
  /** Most bytes that are accepted, against servers that never stop. Default 1 GiB. */
  maxBytes?: number;
  onProgress?: (progress: DownloadProgress) => void;
  signal?: AbortSignal;
  /** Failed attempts in a row, none of which brought a byte, before giving up. Default 5. */
  attempts?: number;
  /** Pause after the first failed attempt, doubled after each. Default 250. */
  backoffMs?: number;
  /** Pause in the data that counts as a broken connection. Default 60,000. */
  idleTimeoutMs?: number;
  /** Age at which an untouched lock counts as a dead process's. Default 10,000. */
  staleLockMs?: number;
  /** What to do where the network fails. Default: names `LPIPS_MIRROR`. */
  networkAdvice?: string;
  /** What to do where the disk fails. Default: names `LPIPS_CACHE`. */
  diskAdvice?: string;
  openPart?: OpenPart;
}

type Settings = Required<Omit<DownloadOptions, 'signal'>> & { signal: AbortSignal };

interface Target {
  url: string;
  path: string;
  part: string;
  /** Holds the ETag or date that says whether the server's file is still the one of `part`. */
  validator: string;
  /** Undefined where none is known. */
  sha256: string | undefined;
}

/** A download that failed. `reason` is the bare cause, for callers that have a sentence of their own. */
export class DownloadError extends LpipsError {
  readonly reason: string;

  constructor(url: string, reason: string, advice: string) {
    super(invalid('download', 'a file', url, reason, advice).message);
    this.reason = reason;
  }
}

/** Worth another attempt: the connection broke, or the server is busy. */
class BrokenOffError extends Error {}

const GIBIBYTE = 2 ** 30;
const NETWORK_ADVICE = 'Check the network and the address, or set LPIPS_MIRROR to a mirror.';
const DISK_ADVICE = 'Free some space, or set LPIPS_CACHE to a folder that can be written and has room.';
/** Network faults that waiting does not mend. */
const HOPELESS = new Set(['ENOTFOUND', 'ERR_INVALID_URL']);

/**
 * Brings `url` to `path`, unless it is there.
 *
 * @param sha256 hex digits that the file's digest begins with; undefined where none is known, so that only the size that
 *   the server tells is held to
 * @returns whether it was fetched, or `'present'` because another process was faster
 * @throws LpipsError if the server refuses, the connection stays broken, the digest is wrong or the disk is full
 */
export async function downloadFile(
  url: string,
  path: string,
  sha256: string | undefined,
  options: DownloadOptions = {},
): Promise<'fetched' | 'present'> {
  const target: Target = { url, path, part: `${path}.part`, validator: `${path}.part.etag`, sha256 };
  const { staleLockMs = STALE_MS } = options;
  try {
    await mkdir(dirname(path), { recursive: true });
    const lockOptions = { staleMs: staleLockMs, ...(options.signal && { signal: options.signal }) };
    return await withFileLock(
      path,
      async (signal) => {
        if (await exists(path)) return 'present';
        await fetchWhole(target, settingsOf(path, signal, options));
        return 'fetched';
      },
      lockOptions,
    );
  } catch (error) {
    throw translateDiskFault('download', path, options.diskAdvice ?? DISK_ADVICE, error);
  }
}

function settingsOf(path: string, signal: AbortSignal, options: DownloadOptions): Settings {
  return {
    file: options.file ?? path,
    maxBytes: options.maxBytes ?? GIBIBYTE,
    onProgress: options.onProgress ?? (() => undefined),
    attempts: options.attempts ?? 5,
    backoffMs: options.backoffMs ?? 250,
    idleTimeoutMs: options.idleTimeoutMs ?? 60_000,
    staleLockMs: options.staleLockMs ?? STALE_MS,
    networkAdvice: options.networkAdvice ?? NETWORK_ADVICE,
    diskAdvice: options.diskAdvice ?? DISK_ADVICE,
    openPart: options.openPart ?? open,
    signal,
  };
}

async function fetchWhole(target: Target, settings: Settings): Promise<void> {
  const { signal } = settings;
  const resumed = (await sizeOf(target.part)) > 0;
  await fetchPart(target, settings);
  if (target.sha256 !== undefined) await checkPart(target, target.sha256, resumed, settings);
  signal.throwIfAborted();
  await rename(target.part, target.path);
  await rm(target.validator, { force: true });
}

async function checkPart(
  target: Target,
  sha256: string,
  resumed: boolean,
  settings: Settings,
): Promise<void> {
  const { signal } = settings;
  let digest = await sha256OfFile(target.part, { signal });
  if (resumed && !matchesDigest(digest, sha256)) {
    // What an earlier run left may be of another file: once more, from the beginning.
    await discardPart(target);
    await fetchPart(target, settings);
    digest = await sha256OfFile(target.part, { signal });
  }
  if (matchesDigest(digest, sha256)) return;
  await discardPart(target);
  const shown = digest.slice(0, sha256.length);
  const advice = 'It was deleted. Try again, or on another network: something on the way changes the file.';
  throw invalid('download', `sha256 ${sha256}`, target.url, shown, advice);
}

/** Attempts until `part` is complete, waiting longer after each that brought nothing. */
async function fetchPart(target: Target, settings: Settings): Promise<void> {
  const { attempts, backoffMs, networkAdvice, signal } = settings;
  let failures = 0;
  for (;;) {
    const before = await sizeOf(target.part);
    try {
      await attempt(target, settings);
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof BrokenOffError)) throw error;
      failures = (await sizeOf(target.part)) > before ? 1 : failures + 1;
      if (failures >= attempts) throw new DownloadError(target.url, error.message, networkAdvice);
    }
    await sleep(backoffMs * 2 ** (failures - 1), undefined, { signal });
  }
}

/** One request, from where `part` ends. */
async function attempt(target: Target, settings: Settings): Promise<void> {
  const { part, url, validator } = target;
  const stall = new AbortController();
  const signal = AbortSignal.any([settings.signal, stall.signal]);
  const timer = setTimeout(() => stall.abort(new Error('no data came')), settings.idleTimeoutMs);
  try {
    const have = await sizeOf(part);
    const tag = have > 0 ? await readFile(validator, 'utf8').catch(() => '') : '';
    const headers = {
      'accept-encoding': 'identity', // Range counts the bytes as they are sent
      ...(have > 0 && { range: `bytes=${have}-` }),
      ...(tag && { 'if-range': tag }),
    };
    const response = await fetch(url, { headers, signal });
    timer.refresh();
    if (response.status === 416) {
      // There is nothing beyond `part`: it is whole, or of another file.
      await response.body?.cancel();
      if (have > 0 && response.headers.get('content-range') === `bytes */${have}`) return;
      await discardPart(target);
      throw new BrokenOffError('the server could not resume');
    }
    if (!response.ok) {
      await response.body?.cancel();
      const answer = `HTTP ${response.status} ${response.statusText}`.trimEnd();
      if (isPassing(response.status)) throw new BrokenOffError(answer);
      throw new DownloadError(url, answer, settings.networkAdvice);
    }
    const start = startOf(response, have);
    if (start === undefined) {
      await response.body?.cancel();
      await discardPart(target);
      throw new BrokenOffError('the server resumed at another place');
    }
    if (start === 0) await writeFile(validator, validatorOf(response));
    await receive(response, start, target, settings, () => timer.refresh());
  } catch (error) {
    throw describeFault(error, stall.signal, url, settings.networkAdvice);
  } finally {
    clearTimeout(timer);
  }
}

/** Appends the body to `part`, or writes it anew from `start` 0. */
async function receive(
  response: Response,
  start: number,
  target: Target,
  { file, maxBytes, onProgress, openPart, signal }: Settings,
  onData: () => void,
): Promise<void> {
  const length = Number(response.headers.get('content-length') ?? Number.NaN);
  const isEncoded = !['', 'identity'].includes(response.headers.get('content-encoding') ?? '');
  const totalBytes = Number.isFinite(length) && !isEncoded ? start + length : undefined;
  let receivedBytes = start;
  const report = () => onProgress({ file, receivedBytes, totalBytes });
  const output = await openPart(target.part, start === 0 ? 'w' : 'a');
  try {
    report();
    for await (const bytes of response.body ?? []) {
      signal.throwIfAborted();
      onData();
      receivedBytes += bytes.byteLength;
      if (receivedBytes > maxBytes) break;
      await output.appendFile(bytes);
      report();
    }
    await output.sync();
  } finally {
    await output.close();
  }
  if (receivedBytes > maxBytes) {
    await discardPart(target);
    throw invalid('download', `at most ${maxBytes} bytes`, target.url, 'more', 'Is it the right file?');
  }
  if (totalBytes !== undefined && receivedBytes < totalBytes) {
    throw new BrokenOffError(`the connection broke at ${receivedBytes} of ${totalBytes} bytes`);
  }
}

/** Where the body begins within the file, or undefined if that is not where `part` ends. */
function startOf(response: Response, have: number): number | undefined {
  if (response.status !== 206) return 0;
  const [, start] = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '') ?? [];
  return start !== undefined && Number(start) === have ? have : undefined;
}

/** What If-Range accepts: a strong ETag, else a date. */
function validatorOf({ headers }: Response): string {
  const tag = headers.get('etag');
  return tag && !tag.startsWith('W/') ? tag : (headers.get('last-modified') ?? '');
}

/** Answers that may differ next time: timeouts, too many requests, faults of the server. */
function isPassing(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/** What went wrong, as an error that says whether another attempt is worth it. */
function describeFault(error: unknown, stall: AbortSignal, url: string, advice: string): unknown {
  if (stall.aborted) return new BrokenOffError('no data came any more');
  if (!(error instanceof TypeError)) return error; // fetch throws TypeErrors for everything that the network does
  const cause = error.cause instanceof Error ? error.cause : error;
  const code = codeOf(cause);
  const reason = reasonOf(cause) || code || error.message;
  return code !== undefined && HOPELESS.has(code)
    ? new DownloadError(url, reason, advice)
    : new BrokenOffError(reason);
}

/** The message, but of TLS the bare reason: OpenSSL's message is a dump of several lines. */
function reasonOf(cause: Error): string {
  return 'reason' in cause && typeof cause.reason === 'string' ? cause.reason : cause.message;
}

async function discardPart({ part, validator }: Target): Promise<void> {
  await rm(part, { force: true });
  await rm(validator, { force: true });
}

async function sizeOf(path: string): Promise<number> {
  return await stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
