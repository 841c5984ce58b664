/**
 * @module
 * Brings official files into the cache. A file that is there and right stays, a damaged one is replaced, and a missing one
 * is downloaded: its excerpt where it has one and the server sends parts of files, else the whole file.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cannot, checkOptions, invalid, kindOf } from 'lpips-core';
import {
  HEADS_VERSIONS,
  OFFICIAL_NETS,
  type OfficialFile,
  type OfficialNet,
  officialFiles,
} from 'lpips-core/official-files';
import { codeOf } from '../errors/foreign-error.js';
import { weightsCacheDir } from '../files/cache.js';
import { hashFile, matchesDigest } from '../files/digest.js';
import { type DownloadProgress, downloadFile } from '../files/download.js';
import { fetchExcerpt } from './fetch-excerpt.js';
import { addressOf, MIRROR_ADVICE } from './mirror.js';

/** How files are fetched. */
export interface FetchOptions {
  /** Default: `LPIPS_CACHE`, else the platform's cache folder. */
  cacheDir?: string;
  onProgress?: (progress: DownloadProgress) => void;
  signal?: AbortSignal;
  /** Stands in for the catalogue of official files, in tests. */
  files?: readonly OfficialFile[];
}

/** What became of a file. */
export interface FetchedFile {
  file: OfficialFile;
  /** Path within the cache, with `/`: that of the official file, or of its excerpt. */
  name: string;
  path: string;
  state: 'present' | 'fetched' | 'replaced';
}

/**
 * Brings the backbone of a net and its heads of both versions into the cache.
 *
 * @throws LpipsError if the net has no official weights, or a download fails
 */
export async function fetchWeights(net: OfficialNet, options: FetchOptions = {}): Promise<FetchedFile[]> {
  if (!OFFICIAL_NETS.includes(net)) {
    const advice = 'The weights of lite are part of lpips-core.';
    throw invalid('fetchWeights', 'alex, vgg or squeeze', 'net', kindOf(net), advice);
  }
  checkOptions('fetchWeights', options, ['cacheDir', 'onProgress', 'signal', 'files']);
  return await fetchFiles(officialFiles(net, HEADS_VERSIONS, options.files), options);
}

/** Brings official files into the cache. */
export async function fetchFiles(
  files: readonly OfficialFile[],
  options: FetchOptions = {},
): Promise<FetchedFile[]> {
  const fetched: FetchedFile[] = [];
  for (const file of files) fetched.push(await fetchFile(file, options));
  return fetched;
}

async function fetchFile(
  file: OfficialFile,
  { cacheDir, onProgress, signal }: FetchOptions,
): Promise<FetchedFile> {
  const { excerpt, path: name, sha256 } = file;
  const pathOf = (name: string) => join(weightsCacheDir(cacheDir), name);
  const listeners = { ...(onProgress && { onProgress }), ...(signal && { signal }) };
  let wasDamaged = false;
  for (const known of excerpt ? [file, excerpt] : [file]) {
    const path = pathOf(known.path);
    const digest = await digestIfThere(path, signal);
    if (digest === undefined) continue;
    if (matchesDigest(digest, known.sha256)) return { file, name: known.path, path, state: 'present' };
    await rm(path);
    wasDamaged = true;
  }
  const stateOf = (state: 'fetched' | 'present') => (wasDamaged ? 'replaced' : state);
  if (excerpt) {
    const path = pathOf(excerpt.path);
    const state = await fetchExcerpt({ ...file, excerpt }, path, listeners);
    if (state !== 'impossible') return { file, name: excerpt.path, path, state: stateOf(state) };
  }
  const path = pathOf(name);
  const limits = { file: name, maxBytes: 2 * file.bytes, networkAdvice: MIRROR_ADVICE };
  const state = await downloadFile(addressOf(file), path, sha256, { ...limits, ...listeners });
  return { file, name, path, state: stateOf(state) };
}

async function digestIfThere(path: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  try {
    return await hashFile(path, signal);
  } catch (error) {
    signal?.throwIfAborted();
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    const advice = 'Change its permissions, or set LPIPS_CACHE to another folder.';
    throw cannot('fetchWeights', `read ${path}`, `the system reports ${code ?? 'a fault'}`, advice);
  }
}
