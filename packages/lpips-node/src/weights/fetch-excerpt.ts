/**
 * @module
 * Downloads the excerpt of an official file: by HTTP ranges what says where the tensors lie, then the tensors that are needed.
 * Each is checked against its own sha256 before it is written, so what an earlier run left is taken up tensor by tensor.
 */
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { digestOf, LpipsError } from 'lpips-core';
import { DownloadError, NoRangesError, requestSettings, UrlSource } from 'lpips-core/remote-files';
import { streamWeights } from 'lpips-core/weights-files';
import { translateDiskFault } from '../files/disk-faults.js';
import { DISK_ADVICE, type DownloadProgress } from '../files/download.js';
import { withFileLock } from '../files/file-lock.js';
import { isThere, isWholly, sizeOf } from '../files/own-file.js';
import { replaceFile } from '../files/replace-file.js';
import { ExcerptBytes, type ExcerptedFile } from './excerpt.js';
import { addressOf, MIRROR_ADVICE } from './mirror.js';

/** How it is fetched. */
export interface FetchExcerptOptions {
  onProgress?: (progress: DownloadProgress) => void;
  signal?: AbortSignal;
}

/** Neither flag follows a link. */
const NEW_PART = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
const OLD_PART = constants.O_WRONLY | constants.O_NOFOLLOW;

/**
 * Brings the excerpt of `file` to `path`, unless it is there.
 *
 * @returns `'impossible'` where the whole file must be fetched: the server sends no ranges, or what lies there is not the
 *   official file
 * @throws LpipsError if the server refuses or the connection stays broken, or the disk is full
 */
export async function fetchExcerpt(
  file: ExcerptedFile,
  path: string,
  options: FetchExcerptOptions = {},
): Promise<'fetched' | 'present' | 'impossible'> {
  try {
    await mkdir(dirname(path), { recursive: true });
    const lockOptions = options.signal ? { signal: options.signal } : {};
    return await withFileLock(
      path,
      async (signal) => {
        if (await isThere(path)) return 'present';
        return (await fetchInto(`${path}.part`, path, file, { ...options, signal }))
          ? 'fetched'
          : 'impossible';
      },
      lockOptions,
    );
  } catch (error) {
    throw translateDiskFault('download', path, DISK_ADVICE, error);
  }
}

async function fetchInto(
  part: string,
  path: string,
  file: ExcerptedFile,
  options: FetchExcerptOptions & { signal: AbortSignal },
): Promise<boolean> {
  const excerpt = new ExcerptBytes(file);
  const output = await openPart(part, excerpt);
  let isOfficial = false;
  try {
    isOfficial = excerpt.isWhole || (await takeTensors(file, excerpt, output, options));
    if (isOfficial) {
      await output.write(excerpt.bytes, 0, excerpt.bytes.length, 0); // the header, and what a fault of the disk has changed
      await output.sync();
    }
  } finally {
    await output.close();
  }
  options.signal.throwIfAborted();
  if (isOfficial && (await digestOf(excerpt.bytes)) === file.excerpt.sha256) {
    await replaceFile(part, path);
    return true;
  }
  await rm(part, { force: true });
  return false;
}

/** Opens what an earlier run left and takes its tensors, or makes a new file of the same size. */
async function openPart(part: string, excerpt: ExcerptBytes): Promise<FileHandle> {
  const isOurs = (await isWholly(part)) && (await sizeOf(part)) === excerpt.bytes.length;
  if (isOurs) {
    await excerpt.takeFrom(await readFile(part));
    return await open(part, OLD_PART);
  }
  await rm(part, { force: true, recursive: true });
  const output = await open(part, NEW_PART);
  await output.truncate(excerpt.bytes.length);
  return output;
}

/** @returns whether all tensors came, and each is the official one */
async function takeTensors(
  file: ExcerptedFile,
  excerpt: ExcerptBytes,
  output: FileHandle,
  { onProgress = () => undefined, signal }: FetchExcerptOptions & { signal: AbortSignal },
): Promise<boolean> {
  const totalBytes = excerpt.bytes.length;
  let receivedBytes = excerpt.filledBytes;
  const report = (bytes: number) => {
    receivedBytes = Math.min(totalBytes, receivedBytes + bytes); // the directory of the file comes on top
    onProgress({ file: file.excerpt.path, receivedBytes, totalBytes });
  };
  report(0);
  const remote = {
    url: addressOf(file),
    settings: requestSettings({ networkAdvice: MIRROR_ADVICE }, signal),
    onBytes: report,
  };
  try {
    const source = await UrlSource.open(remote, 2 * file.bytes);
    for await (const [name, weight] of streamWeights(source, (name) => excerpt.isMissing(name))) {
      signal.throwIfAborted();
      const place = await excerpt.put(name, weight);
      if (!place) return false;
      await output.write(excerpt.bytes, place.start, place.end - place.start, place.start);
    }
  } catch (error) {
    const isOfFile = error instanceof LpipsError && !(error instanceof DownloadError); // it cannot be read
    if (isOfFile || error instanceof NoRangesError) return false;
    throw error;
  }
  report(totalBytes);
  return excerpt.isWhole;
}
