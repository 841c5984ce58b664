/**
 * @module
 * Brings official files into the cache. A file that is there and right stays, a damaged one is replaced, and a missing one
 * is downloaded.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cannot, checkOptions, invalid, kindOf } from 'lpips-core';
import { codeOf } from '../errors/foreign-error.js';
import { weightsCacheDir } from '../files/cache.js';
import { hashFile, matchesDigest } from '../files/digest.js';
import { type DownloadProgress, downloadFile } from '../files/download.js';
import {
  addressOf,
  HEADS_VERSIONS,
  OFFICIAL_NETS,
  type OfficialFile,
  type OfficialNet,
  officialFiles,
} from './catalogue.js';

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
  { cacheDir, onProgress, signal }: FetchOptions = {},
): Promise<FetchedFile[]> {
  const fetched: FetchedFile[] = [];
  for (const file of files) {
    const path = join(weightsCacheDir(cacheDir), file.path);
    const known = await digestIfThere(path, signal);
    if (known !== undefined && matchesDigest(known, file.sha256)) {
      fetched.push({ file, path, state: 'present' });
      continue;
    }
    if (known !== undefined) await rm(path);
    const state = await downloadFile(addressOf(file), path, file.sha256, {
      file: file.path,
      maxBytes: 2 * file.bytes,
      ...(onProgress && { onProgress }),
      ...(signal && { signal }),
    });
    fetched.push({ file, path, state: known === undefined ? state : 'replaced' });
  }
  return fetched;
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
