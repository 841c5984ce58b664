/**
 * @module
 * Which files the weights of a net are read from. A given folder comes first, then the cache. Both hold official files
 * or their excerpts under their own names. They may also hold safetensors under the same stems, `alexnet_features.safetensors`, or one file
 * `alex-v0.1.safetensors` with backbone and heads.
 */
import { open, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { invalid, kindOf } from 'lpips-core';
import {
  DEEPEST_WEIGHT,
  HEADS_VERSIONS,
  type HeadsVersion,
  OFFICIAL_FILES,
  OFFICIAL_NETS,
  type OfficialFile,
  type OfficialNet,
  officialFiles,
} from 'lpips-core/official-files';
import { officialName } from 'lpips-core/weights-files';
import { weightsCacheDir } from '../files/cache.js';

/** Where to look, and for what. */
export interface FindOptions {
  /** Version of the heads. Default `'0.1'`. */
  version?: HeadsVersion;
  /** `false` = no heads are needed. Default `true`. */
  linear?: boolean;
  /** A folder that comes before the cache. */
  weightsDir?: string;
  /** Default: `LPIPS_CACHE`, else the platform's cache folder. */
  cacheDir?: string;
  /** Stands in for the catalogue of official files, in tests. */
  files?: readonly OfficialFile[];
}

/** A file that holds a part of a net's weights. */
export interface FoundFile {
  part: 'backbone' | 'heads';
  path: string;
  place: 'weightsDir' | 'cache';
  /** The official file that it claims by its name to be, or to be the excerpt of. */
  official?: OfficialFile;
  /** The digest that such a file must have: hex digits that its sha256 begins with. */
  sha256?: string;
}

/** The files of a net that are at hand. The net is complete where `missing` is empty. */
export interface FoundWeights {
  found: FoundFile[];
  missing: OfficialFile[];
  /** Files that bear a name of the net but hold only a part of it. */
  incomplete: string[];
}

/** Short names of the backbones, as in `alexnet_features.safetensors`. */
const BACKBONE_NAMES: Readonly<Record<OfficialNet, string>> = {
  alex: 'alexnet',
  squeeze: 'squeezenet1_1',
  vgg: 'vgg16',
};
const FIRST_HEAD = 'lin0.model.1.weight';
const MAX_HEADER_BYTES = 1 << 24;

type Candidate = Pick<FoundFile, 'path' | 'official' | 'sha256'>;

/**
 * Finds the files that hold the weights of a net, and says which are missing. It neither hashes nor loads any.
 *
 * @throws LpipsError if `weightsDir` is no folder
 */
export async function findWeights(net: OfficialNet, options: FindOptions = {}): Promise<FoundWeights> {
  const { version = '0.1', linear = true, weightsDir, cacheDir, files = OFFICIAL_FILES } = options;
  if (weightsDir !== undefined) await checkFolder(weightsDir);
  const result: FoundWeights = { found: [], missing: [], incomplete: [] };
  for (const file of officialFiles(net, linear ? [version] : [], files)) {
    const found =
      (weightsDir !== undefined &&
        (await findIn(resolve(weightsDir), 'weightsDir', file, result.incomplete))) ||
      (await findIn(weightsCacheDir(cacheDir), 'cache', file, result.incomplete));
    if (found) result.found.push(found);
    else result.missing.push(file);
  }
  return result;
}

/**
 * The net that is used where none is named: the first of alex, vgg and squeeze whose weights are at hand, else lite.
 * Where a folder is given, only its nets count, and it must hold one.
 *
 * @throws LpipsError if `weightsDir` is no folder, or holds no complete net
 */
export async function chooseNet(options: FindOptions = {}): Promise<OfficialNet | 'lite'> {
  if (typeof options !== 'object' || options === null)
    throw invalid('chooseNet', 'an object', 'options', kindOf(options));
  const { weightsDir } = options;
  for (const net of OFFICIAL_NETS) {
    const { found, missing } = await findWeights(net, options);
    const isHere = found.some(({ place }) => weightsDir === undefined || place === 'weightsDir');
    if (missing.length === 0 && isHere) return net;
  }
  if (weightsDir === undefined) return 'lite';
  const wanted = officialFiles('alex', ['0.1'], options.files).map(({ path }) => path);
  const advice = `Put ${wanted.join(' and ')} there, for instance, or name a net.`;
  throw invalid(
    'loadLpips',
    'the weights of alex, vgg or squeeze',
    'weightsDir',
    `none in ${weightsDir}`,
    advice,
  );
}

async function findIn(
  folder: string,
  place: 'weightsDir' | 'cache',
  file: OfficialFile,
  incomplete: string[],
): Promise<FoundFile | undefined> {
  const { net, part } = file;
  const needed = part === 'backbone' ? DEEPEST_WEIGHT[net] : FIRST_HEAD;
  for (const candidate of candidates(folder, file)) {
    const { path } = candidate;
    if (!(await isFile(path))) continue;
    if (candidate.official) return { part, place, ...candidate };
    const names = await namesInSafetensors(path);
    if (!names || names.some((name) => officialName(name) === needed)) return { part, path, place };
    incomplete.push(`${path} (without ${needed})`);
  }
  return undefined;
}

/** Paths under which a file may lie in a folder, the official one first. */
function candidates(folder: string, file: OfficialFile): Candidate[] {
  const { net, path, version, sha256, excerpt } = file;
  const officialAt = (parent: string): Candidate => ({
    path: join(folder, parent, path),
    official: file,
    sha256,
  });
  const stem = path.replace(/\.pth$/, '');
  if (version === undefined) {
    const combined = [net, ...HEADS_VERSIONS.map((version) => `${net}-v${version}`)];
    const stems = [stem, `${BACKBONE_NAMES[net]}_features`, ...combined];
    return [
      officialAt('.'),
      ...(excerpt ? [{ path: join(folder, excerpt.path), official: file, sha256: excerpt.sha256 }] : []),
      ...stems.map((name) => ({ path: join(folder, `${name}.safetensors`) })),
    ];
  }
  const folders = ['.', 'lpips', 'weights'];
  const combined = version === '0.1' ? [`${net}-v${version}`, net] : [`${net}-v${version}`];
  return [
    ...folders.map(officialAt),
    ...folders.map((parent) => ({ path: join(folder, parent, `${stem}.safetensors`) })),
    ...combined.map((name) => ({ path: join(folder, `${name}.safetensors`) })),
  ];
}

/** Names of the tensors of a safetensors file, or undefined where it is damaged: loading it then says how. */
async function namesInSafetensors(path: string): Promise<string[] | undefined> {
  const handle = await open(path, 'r');
  try {
    const { buffer: length } = await handle.read(Buffer.alloc(8), 0, 8, 0);
    const headerBytes = Number(length.readBigUInt64LE());
    if (headerBytes > MAX_HEADER_BYTES) return undefined;
    const { buffer: header } = await handle.read(Buffer.alloc(headerBytes), 0, headerBytes, 8);
    const value: unknown = JSON.parse(header.toString('utf8'));
    return typeof value === 'object' && value !== null ? Object.keys(value) : undefined;
  } catch {
    return undefined;
  } finally {
    await handle.close();
  }
}

async function checkFolder(path: string): Promise<void> {
  const stats = await stat(path).catch(() => undefined);
  if (stats?.isDirectory()) return;
  const got = stats ? `a file, ${path}` : `${path}, which does not exist`;
  throw invalid('loadLpips', 'a folder', 'weightsDir', got, 'Name a folder that holds weights files.');
}

async function isFile(path: string): Promise<boolean> {
  return await stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );
}
