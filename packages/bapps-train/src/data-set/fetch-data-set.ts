/**
 * @module
 * Turns a published archive into a part of a data set. The archive is downloaded next to it (a broken download is
 * resumed) and unpacked into a hidden folder, which is renamed when it is complete. Then the archive is deleted.
 */
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { invalid } from 'lpips-core';
import {
  asOnlyWriter,
  type DownloadOptions,
  downloadFile,
  matchesDigest,
  sha256OfFile,
} from 'lpips-node/files';
import { type Archive, archiveAddress } from './archives.js';
import { growFolder } from './grow-folder.js';
import { listDistortions } from './scan-data-set.js';
import { unpackArchive } from './unpack-archive.js';

/** How an archive is fetched. */
export interface FetchDataOptions {
  /** Address of a folder that holds the archives. Default: `BAPPS_MIRROR`, else the publishers'. */
  readonly mirror?: string;
  /** Hex digits that the archive's sha256 must begin with. Default: no check, since no digests are published. */
  readonly sha256?: string;
  /** `true` = keep the archive. Default `false`. */
  readonly keep?: boolean;
  readonly onProgress?: (progress: FetchDataProgress) => void;
  readonly signal?: AbortSignal;
  /** Patience of the download, for tests. */
  readonly patience?: Pick<DownloadOptions, 'attempts' | 'backoffMs' | 'idleTimeoutMs'>;
}

/** Progress, in bytes of the archive. */
export interface FetchDataProgress {
  readonly step: 'download' | 'unpack';
  readonly bytes: number;
  readonly totalBytes: number | undefined;
}

/** The result for one archive. */
export interface FetchedData {
  readonly archive: Archive;
  readonly folder: string;
  readonly state: 'unpacked' | 'present';
  /** Digest of the archive; undefined if its content was already there. */
  readonly sha256?: string;
  /** Files of the archive that were not unpacked. */
  readonly leftOut: readonly string[];
}

const NETWORK_ADVICE = 'Check the network and the address, or name another with --mirror or BAPPS_MIRROR.';
const DISK_ADVICE = 'Free some space, or choose another folder. What was fetched so far is kept.';

/**
 * Fetches and unpacks an archive, unless its content is already there.
 *
 * @param root folder of the data set
 * @throws LpipsError if the server refuses, the connection stays broken, the archive is damaged, hostile or another
 *   one, another run fetches it, or the disk is full
 */
export async function fetchData(
  archive: Archive,
  root: string,
  options: FetchDataOptions = {},
): Promise<FetchedData> {
  const present = await findPresent(archive, root);
  if (present) return present;
  const record = join(root, `.${archive.file}.writer`); // other archives may be fetched at the same time
  const writer = { where: 'download', what: join(root, archive.target) };
  return await asOnlyWriter(record, writer, () => fetchAlone(archive, root, options));
}

async function fetchAlone(archive: Archive, root: string, options: FetchDataOptions): Promise<FetchedData> {
  const { mirror, sha256, keep = false, onProgress = () => undefined, signal, patience = {} } = options;
  const present = await findPresent(archive, root); // another run may have fetched it in the meantime
  if (present) return present;
  const folder = join(root, archive.target);
  const path = join(root, archive.file);
  const state = await downloadFile(archiveAddress(archive, mirror), path, sha256, {
    ...patience,
    file: archive.file,
    maxBytes: 4 * archive.bytes,
    networkAdvice: NETWORK_ADVICE,
    diskAdvice: DISK_ADVICE,
    onProgress: ({ receivedBytes, totalBytes }) =>
      onProgress({ step: 'download', bytes: receivedBytes, totalBytes }),
    ...(signal && { signal }),
  });
  if (state === 'present' && sha256 !== undefined) await checkDigest(path, sha256, signal);
  const { size } = await stat(path);
  const unpacked = await growFolder(
    folder,
    (part, partSignal) =>
      unpackArchive(path, part, {
        root: archive.root,
        signal: partSignal,
        onProgress: (bytes) => onProgress({ step: 'unpack', bytes, totalBytes: size }),
      }),
    { where: 'unpack', ...(signal && { signal }) },
  );
  if (!keep) await rm(path);
  return { archive, folder, state: 'unpacked', sha256: unpacked.sha256, leftOut: unpacked.leftOut };
}

async function findPresent(archive: Archive, root: string): Promise<FetchedData | undefined> {
  if ((await listDistortions(root, archive.task, archive.split)).length === 0) return undefined;
  return { archive, folder: join(root, archive.target), state: 'present', leftOut: [] };
}

/** Checks an archive that this run did not download. */
async function checkDigest(path: string, sha256: string, signal: AbortSignal | undefined): Promise<void> {
  const digest = await sha256OfFile(path, { ...(signal && { signal }) });
  if (matchesDigest(digest, sha256)) return;
  const shown = digest.slice(0, sha256.length);
  throw invalid(
    'download',
    `sha256 ${sha256}`,
    path,
    shown,
    'It is damaged or another archive: delete it, or correct --sha256.',
  );
}
