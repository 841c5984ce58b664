/**
 * @module
 * Downloads one file. Its bytes go into `PATH.part`, and a broken download goes on from where it ended. The sha256 is
 * checked where one is known, then the file is renamed, so under its final name a file is either whole and right or
 * absent. A lock lets one process work while others wait.
 *
 * In a cache that several people share, a link or a file of another user may stand at any of these names. It is never
 * written through or continued: it is deleted, or the download fails where that is forbidden.
 */
import { constants } from 'node:fs';
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cannot, checkOptions, checkText, invalid, LpipsError } from 'lpips-core';
import { codeOf } from '../errors/foreign-error.js';
import { hashFile, matchesDigest } from './digest.js';
import { translateDiskFault } from './disk-faults.js';
import { STALE_MS, withFileLock } from './file-lock.js';
import { isThere, isWholly, sizeOf } from './own-file.js';

/** How far a download is. `totalBytes` is undefined until the server has stated it. */
export interface DownloadProgress {
  /** Name of the file, as in the catalogue. */
  file: string;
  receivedBytes: number;
  totalBytes: number | undefined;
}

/** Opens the partial file: Node's `open`, unless a test stands in for the disk. */
type OpenPart = (path: string, flags: number) => Promise<PartFile>;

interface PartFile {
  appendFile(bytes: Uint8Array): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface DownloadOptions {
  /** Name in progress reports. Default: the path. */
  file?: string;
  /** Most bytes that are accepted, so that no server can send without end. Default 1 GiB. */
  maxBytes?: number;
  onProgress?: (progress: DownloadProgress) => void;
  signal?: AbortSignal;
  /** The download fails after this many attempts in a row that brought no byte. Default 5. */
  attempts?: number;
  /** Pause after the first failed attempt, doubled after each. Default 250. */
  backoffMs?: number;
  /** Pause in the data that counts as a broken connection. Default 60,000. */
  idleTimeoutMs?: number;
  /** Bytes a second, on the average over `idleTimeoutMs`, below which a connection counts as broken. Default 1000. */
  leastRate?: number;
  /** Age at which a lock that nobody touches counts as that of a dead process. Default 10,000. */
  staleLockMs?: number;
  /** What to do where the network fails. Default: names `LPIPS_MIRROR`. */
  networkAdvice?: string;
  /** What to do where the disk fails. Default: names `LPIPS_CACHE`. */
  diskAdvice?: string;
  openPart?: OpenPart;
}

/** Neither flag follows a link: the first makes a file that was not there, the second appends to one. */
const NEW_PART = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
const OLD_PART = constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW;

const DOWNLOAD_OPTIONS = [
  'file',
  'maxBytes',
  'onProgress',
  'signal',
  'attempts',
  'backoffMs',
  'idleTimeoutMs',
  'leastRate',
  'staleLockMs',
  'networkAdvice',
  'diskAdvice',
  'openPart',
] as const satisfies (keyof DownloadOptions)[];

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

/** A download that failed. `reason` is the cause alone, for callers with a sentence of their own. */
export class DownloadError extends LpipsError {
  readonly reason: string;

  constructor(url: string, reason: string, advice: string) {
    super(cannot('download', `fetch ${url}`, reason, advice).message);
    this.reason = reason;
  }
}

/** A fault that is worth another attempt: the connection broke, or the server is busy. */
class BrokenOffError extends Error {}

/** The server sends, but so slowly that the download would hardly end. What it sent does not count as progress. */
class TooSlowError extends BrokenOffError {}

const GIBIBYTE = 2 ** 30;
const NETWORK_ADVICE = 'Check the network and the address, or set LPIPS_MIRROR to a mirror.';
const DISK_ADVICE = 'Free some space, or set LPIPS_CACHE to a folder that can be written and has room.';
/** Network faults that another attempt does not mend. */
const HOPELESS = new Set(['ENOTFOUND', 'ERR_INVALID_URL']);

/**
 * Downloads `url` to `path`, unless that file is there.
 *
 * @param sha256 hex digits that the file's digest begins with; undefined where none is known, and then only the size that
 *   the server states is checked
 * @returns `'fetched'`, or `'present'` where the file was there or another process fetched it first
 * @throws LpipsError if the server refuses, the connection stays broken, the digest is wrong or the disk is full
 */
export async function downloadFile(
  url: string,
  path: string,
  sha256: string | undefined,
  options: DownloadOptions = {},
): Promise<'fetched' | 'present'> {
  checkText('downloadFile', 'url', url);
  checkText('downloadFile', 'path', path);
  if (sha256 !== undefined) checkText('downloadFile', 'sha256', sha256);
  checkOptions('downloadFile', options, DOWNLOAD_OPTIONS);
  const target: Target = { url, path, part: `${path}.part`, validator: `${path}.part.etag`, sha256 };
  const { staleLockMs = STALE_MS } = options;
  try {
    await mkdir(dirname(path), { recursive: true });
    const lockOptions = { staleMs: staleLockMs, ...(options.signal && { signal: options.signal }) };
    return await withFileLock(
      path,
      async (signal) => {
        if (await isThere(path)) return 'present';
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
    leastRate: options.leastRate ?? 1000,
    staleLockMs: options.staleLockMs ?? STALE_MS,
    networkAdvice: options.networkAdvice ?? NETWORK_ADVICE,
    diskAdvice: options.diskAdvice ?? DISK_ADVICE,
    openPart: options.openPart ?? open,
    signal,
  };
}

async function fetchWhole(target: Target, settings: Settings): Promise<void> {
  const { signal } = settings;
  const isOurs = (await isWholly(target.part)) && (await isWholly(target.validator));
  if (!isOurs) await discardPart(target);
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
  let digest = await hashFile(target.part, signal);
  if (resumed && !matchesDigest(digest, sha256)) {
    // What an earlier run left may belong to another file, so the download begins again.
    await discardPart(target);
    await fetchPart(target, settings);
    digest = await hashFile(target.part, signal);
  }
  if (matchesDigest(digest, sha256)) return;
  await discardPart(target);
  const shown = digest.slice(0, sha256.length);
  const advice = 'It was deleted. Try again, or on another network: something on the way changes the file.';
  throw invalid('download', `sha256 ${sha256}`, target.url, shown, advice);
}

/** Makes attempts until `part` is complete. The pause grows after each attempt that brought nothing. */
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
      const progressed = !(error instanceof TooSlowError) && (await sizeOf(target.part)) > before;
      failures = progressed ? 1 : failures + 1;
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
  const { idleTimeoutMs, leastRate } = settings;
  const leastBytes = (leastRate * idleTimeoutMs) / 1000;
  let recentBytes = 0;
  const timer = setTimeout(() => stall.abort(), idleTimeoutMs);
  const onData = (bytes: number) => {
    recentBytes += bytes;
    if (recentBytes < leastBytes) return;
    recentBytes = 0;
    timer.refresh();
  };
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
      // The file has nothing beyond `part`, which is whole or belongs to another file.
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
    if (start === 0) {
      await discardPart(target);
      await writeFile(validator, validatorOf(response), { flag: 'wx' });
    }
    await receive(response, start, target, settings, onData);
  } catch (error) {
    if (stall.signal.aborted && recentBytes > 0) {
      throw new TooSlowError(`the server sent less than ${leastRate} bytes a second`);
    }
    throw describeFault(error, stall.signal, url, settings.networkAdvice);
  } finally {
    clearTimeout(timer);
  }
}

/** Appends the body to `part`, or replaces it where `start` is 0. */
async function receive(
  response: Response,
  start: number,
  target: Target,
  { file, maxBytes, onProgress, openPart, signal }: Settings,
  onData: (bytes: number) => void,
): Promise<void> {
  const length = Number(response.headers.get('content-length') ?? Number.NaN);
  const isEncoded = !['', 'identity'].includes(response.headers.get('content-encoding') ?? '');
  const totalBytes = Number.isFinite(length) && !isEncoded ? start + length : undefined;
  let receivedBytes = start;
  const report = () => onProgress({ file, receivedBytes, totalBytes });
  const output = await openPart(target.part, start === 0 ? NEW_PART : OLD_PART);
  try {
    report();
    for await (const bytes of response.body ?? []) {
      signal.throwIfAborted();
      onData(bytes.byteLength);
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

/** Where the body begins within the file, or undefined where that is not the end of `part`. */
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

/** The message, or for TLS the bare reason, since OpenSSL's message is a dump of several lines. */
function reasonOf(cause: Error): string {
  return 'reason' in cause && typeof cause.reason === 'string' ? cause.reason : cause.message;
}

async function discardPart({ part, validator }: Target): Promise<void> {
  await rm(part, { force: true, recursive: true }); // a folder may stand there too
  await rm(validator, { force: true, recursive: true });
}
