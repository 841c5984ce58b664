/**
 * @module
 * Lists, verifies and converts weights files, as `lpips weights` does, and returns what it found as data.
 */
import { mkdir, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  checkOptions,
  checkText,
  invalid,
  LITE_VERSION,
  LpipsError,
  liteWeightsUrl,
  type NetName,
} from 'lpips-core';
import {
  HEADS_VERSIONS,
  OFFICIAL_FILES,
  OFFICIAL_NETS,
  type OfficialFile,
  officialFiles,
} from 'lpips-core/official-files';
import { OFFICIAL_BACKBONES, OFFICIAL_HEADS } from 'lpips-core/official-tensors';
import type { WeightsFormat } from 'lpips-core/weights-files';
import { isBackboneWeight, isHead } from 'lpips-core/weights-files';
import { hashFile, matchesDigest } from '../files/digest.js';
import { checkOutput, writeAtomically } from '../files/write-atomically.js';
import { type FindOptions, type FoundFile, findWeights } from './find-weights.js';
import { areOfficial, nameWeights } from './identify-weights.js';
import { listNames } from './list-names.js';
import { readNetwork, readWeights } from './read-weights.js';
import { serializeWeights } from './write-weights.js';

/** One row of the list: an official file, or what stands in for it. */
export interface WeightsRow {
  net: NetName;
  part: 'backbone' | 'heads' | 'both';
  /** Version of the heads; none for a backbone. */
  version: string | undefined;
  /** Official name, within the cache or a folder. */
  name: string;
  /** Where the file is; undefined where it is missing. */
  path: string | undefined;
  /** Whether it is the published file itself or its excerpt, rather than a stand-in such as a safetensors file of your own. */
  isOfficial: boolean;
  /** Its size; for a missing file, about what a download takes. */
  bytes: number;
  licence: string;
  /** `'present'` = not verified; `'ok'` = every tensor is the official one; `'custom'` = whole, but some are others. */
  state: 'missing' | 'present' | 'ok' | 'custom' | 'damaged';
  /** What is wrong with a damaged file, in one sentence. */
  fault?: string;
}

/** Where to look. */
export type ListOptions = Pick<FindOptions, 'weightsDir' | 'cacheDir' | 'files'>;

const LIST_OPTIONS = ['weightsDir', 'cacheDir', 'files'] as const satisfies (keyof ListOptions)[];

/** Lists the files of all nets in `weightsDir` and the cache. It reads none of them. */
export async function listWeights(options: ListOptions = {}): Promise<WeightsRow[]> {
  checkOptions('listWeights', options, LIST_OPTIONS);
  return (await listFiles(options)).map(({ row }) => row);
}

/** A row with the file that was found for it. */
interface ListedFile {
  row: WeightsRow;
  found?: FoundFile | undefined;
}

async function listFiles(options: ListOptions): Promise<ListedFile[]> {
  const listedFiles: ListedFile[] = [{ row: await liteRow() }];
  for (const net of OFFICIAL_NETS) {
    const listed = new Set<OfficialFile>();
    for (const version of HEADS_VERSIONS) {
      const { found: all } = await findWeights(net, { ...options, version });
      for (const file of officialFiles(net, [version], options.files ?? OFFICIAL_FILES)) {
        if (listed.has(file)) continue;
        listed.add(file);
        const found = all.find(({ part }) => part === file.part);
        listedFiles.push({ row: await rowOf(file, found), found });
      }
    }
  }
  return listedFiles;
}

/**
 * Lists the files and reads every one that is there. An official file or excerpt is checked against its sha256. Of a stand-in, such as a
 * safetensors file, every tensor is compared with the official one; its layout is checked, and the sha256 of its values where
 * `convertWeights` stored one.
 */
export async function verifyWeights(options: ListOptions = {}): Promise<WeightsRow[]> {
  checkOptions('verifyWeights', options, LIST_OPTIONS);
  const listedFiles = await listFiles(options);
  return await Promise.all(
    listedFiles.map(async ({ row, found }): Promise<WeightsRow> => {
      if (row.path === undefined) return row;
      const fault = await faultOf(row.path, found?.sha256);
      if (fault !== undefined) return { ...row, state: 'damaged', fault };
      const isOfficial = row.isOfficial || (await holdsOfficialTensors(row, row.path));
      return { ...row, state: isOfficial ? 'ok' : 'custom' };
    }),
  );
}

/** What `convertWeights` did. */
export interface ConvertedWeights {
  from: WeightsFormat;
  /** Names of the tensors that were written: convolutions and heads. */
  kept: string[];
  /** Names of the tensors that the metric does not need, such as those of a classifier. */
  dropped: string[];
  bytes: number;
  /** Whose weights these are: `alex 0.1`, `alex backbone`, `alex 0.1 heads`, or `custom 1a2b3c4d`. */
  weights: string;
}

/**
 * Writes the convolutions and heads of a PyTorch or safetensors file, in whatever layout it has them, as float32
 * safetensors under the names that `Lpips.fromWeights` takes, with the sha256 of their values and
 * what they are called in its metadata. `output` is written whole or not at all.
 *
 * @throws LpipsError where the input cannot be read or holds neither, or `output` is the input or cannot be written
 */
export async function convertWeights(input: string, output: string): Promise<ConvertedWeights> {
  checkText('convertWeights', 'input', input);
  checkText('convertWeights', 'output', output);
  const { weights, metadata, format, leftOut } = await readNetwork(input);
  if (weights.size === 0) {
    const advice = 'Is it a state dict of another kind of network?';
    const requirement = 'weights named features.*, net.slice*.* or lin*';
    const got = leftOut.length === 0 ? 'none' : listNames(leftOut);
    throw invalid('convertWeights', requirement, input, got, advice);
  }
  const about = {
    ...metadata,
    source: basename(input),
    source_sha256: await hashFile(input),
    weights: await nameWeights(weights),
  };
  const bytes = serializeWeights(weights, about);
  await mkdir(dirname(output), { recursive: true }).catch(() => undefined); // the check says what is wrong
  await checkOutput(output, [input]);
  await writeAtomically(output, bytes);
  return {
    from: format,
    kept: [...weights.keys()],
    dropped: leftOut,
    bytes: bytes.length,
    weights: about.weights,
  };
}

async function liteRow(): Promise<WeightsRow> {
  const path = fileURLToPath(liteWeightsUrl);
  const { size } = await stat(path);
  return {
    net: 'lite',
    part: 'both',
    version: LITE_VERSION,
    name: basename(path),
    path,
    isOfficial: false,
    bytes: size,
    licence: 'MIT (part of lpips-core)',
    state: 'present',
  };
}

async function rowOf(file: OfficialFile, found: FoundFile | undefined): Promise<WeightsRow> {
  const { net, part, version, path: name, licence, excerpt } = file;
  const { bytes } = excerpt ?? file;
  const row = { net, part, version, name, licence };
  if (!found) return { ...row, path: undefined, isOfficial: false, bytes, state: 'missing' };
  const { size } = await stat(found.path);
  return {
    ...row,
    path: found.path,
    isOfficial: found.official !== undefined,
    bytes: size,
    state: 'present',
  };
}

/** Whether the part that a row stands for has the official tensors. */
async function holdsOfficialTensors(
  { net, part, version = LITE_VERSION }: WeightsRow,
  path: string,
): Promise<boolean> {
  const known = {
    ...(part !== 'heads' && OFFICIAL_BACKBONES[net]),
    ...(part !== 'backbone' && OFFICIAL_HEADS[net][version]),
  };
  const isOfPart = { backbone: isBackboneWeight, heads: isHead, both: () => true }[part];
  const { weights } = await readNetwork(path);
  return await areOfficial(new Map([...weights].filter(([name]) => isOfPart(name))), known);
}

/** What is wrong with a file, in one sentence, or undefined. */
async function faultOf(path: string, sha256: string | undefined): Promise<string | undefined> {
  try {
    if (sha256 === undefined) {
      await readWeights(path);
      return undefined;
    }
    const digest = await hashFile(path);
    if (matchesDigest(digest, sha256)) return undefined;
    return `verifyWeights: expected sha256 ${sha256} for ${path}, got ${digest.slice(0, sha256.length)}.`;
  } catch (error) {
    if (error instanceof LpipsError) return error.message;
    throw error;
  }
}
