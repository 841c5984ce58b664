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
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { checkOptions, checkText, invalid } from 'lpips-core';
import {
  BrokenOffError,
  type RequestOptions,
  type RequestSettings,
  requestSettings,
  validatorOf,
  withAttempts,
  withResponse,
} from 'lpips-core/remote-files';
import { hashFile, matchesDigest } from './digest.js';
import { translateDiskFault } from './disk-faults.js';
import { STALE_MS, withFileLock } from './file-lock.js';
import { isThere, isWholly, sizeOf } from './own-file.js';
import { replaceFile } from './replace-file.js';

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

export interface DownloadOptions extends RequestOptions {
  /** Name in progress reports. Default: the path. */
  file?: string;
  /** Most bytes that are accepted, so that no server can send without end. Default 1 GiB. */
  maxBytes?: number;
  onProgress?: (progress: DownloadProgress) => void;
  /** Age at which a lock that nobody touches counts as that of a dead process. Default 10,000. */
  staleLockMs?: number;
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

type Settings = RequestSettings &
  Required<Pick<DownloadOptions, 'file' | 'maxBytes' | 'onProgress' | 'openPart'>>;

interface Target {
  url: string;
  path: string;
  part: string;
  /** Holds the ETag or date that says whether the server's file is still the one of `part`. */
  validator: string;
  /** Undefined where none is known. */
  sha256: string | undefined;
}

const GIBIBYTE = 2 ** 30;
export const DISK_ADVICE =
  'Free some space, or set LPIPS_CACHE to a folder that can be written and has room.';
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
    openPart: options.openPart ?? open,
    ...requestSettings(options, signal),
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
  await replaceFile(target.part, target.path);
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

/** Makes attempts until `part` is complete. */
async function fetchPart(target: Target, settings: Settings): Promise<void> {
  const received = () => sizeOf(target.part);
  await withAttempts(target.url, settings, received, () => attempt(target, settings));
}

/** One request, from where `part` ends. */
async function attempt(target: Target, settings: Settings): Promise<void> {
  const { part, url, validator } = target;
  const have = await sizeOf(part);
  const tag = have > 0 ? await readFile(validator, 'utf8').catch(() => '') : '';
  const headers = { ...(have > 0 && { range: `bytes=${have}-` }), ...(tag && { 'if-range': tag }) };
  await withResponse(url, { headers }, settings, async (response, onData) => {
    if (response.status === 416) {
      // The file has nothing beyond `part`, which is whole or belongs to another file.
      await response.body?.cancel();
      if (have > 0 && response.headers.get('content-range') === `bytes */${have}`) return;
      await discardPart(target);
      throw new BrokenOffError('the server could not resume');
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
  });
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

async function discardPart({ part, validator }: Target): Promise<void> {
  await rm(part, { force: true, recursive: true }); // a folder may stand there too
  await rm(validator, { force: true, recursive: true });
}
