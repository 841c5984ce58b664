/**
 * @module
 * Installs the native backend into the cache folder: the npm package, TensorFlow's library out of its Python wheel, and
 * the binding between them, compiled here. All is made in a folder of its own and checked before one rename puts it in
 * its place, so that what lies there works. The user's own node_modules are not touched.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { invalid, NativeError } from '../errors.js';
import { backendFolder, backendsDir, nativeCacheDir } from '../native-folder.js';
import {
  DEFAULT_TENSORFLOW,
  type Device,
  NATIVE_PACKAGES,
  nativePlatform,
  TFJS_NODE_VERSION,
  thisPlatform,
} from '../native-platform.js';
import { addPackage, pruneBundles, sizeOfFolder } from './add-package.js';
import { findBuildTools } from './build-tools.js';
import { checkNative } from './check-native.js';
import { BINDING_REVISION, compileBinding, nativeLayout, unpackLibrary } from './compile-binding.js';
import { addCudaLibraries, cudaRequests, requireNvidiaDriver } from './cuda-libraries.js';
import { translateDiskFault } from './disk-faults.js';
import { fetchWheel } from './fetch-wheel.js';
import { withInstallLock } from './install-lock.js';
import { sha256OfFile } from './sha256.js';

/** What an install is doing. `bytes` where they can be counted. */
export interface InstallProgress {
  readonly step: 'package' | 'download' | 'unpack' | 'cuda' | 'compile' | 'check';
  readonly bytes?: number;
  readonly totalBytes?: number;
}

export interface InstallOptions {
  /** `'gpu'` takes TensorFlow with CUDA. Default `'cpu'`. */
  readonly device?: Device;
  /** Version of TensorFlow. Default 2.18.1, whose digests are pinned. */
  readonly tensorflow?: string;
  /** Default: `LPIPS_CACHE`, else the platform's cache folder. */
  readonly cacheDir?: string;
  readonly onProgress?: (progress: InstallProgress) => void;
  readonly signal?: AbortSignal;
  /** Stands in for this machine in tests. */
  readonly platform?: string;
  readonly freeBytes?: (folder: string) => Promise<number>;
}

/** What was installed. Kept beside it as `install.json`. */
export interface NativeInstall {
  readonly package: string;
  readonly version: string;
  readonly tensorflow: string;
  readonly platform: string;
  /** Which build of the binding, counted by this project. */
  readonly binding: number;
  readonly wheel: string;
  readonly sha256: string;
  /** Size of all files. */
  readonly bytes: number;
  /** By how much a convolution differed from WASM's. */
  readonly difference: number;
}

/** What `installNative` found or did. */
export interface InstallOutcome extends NativeInstall {
  readonly state: 'installed' | 'present';
  readonly folder: string;
}

const RECORD = 'install.json';
/** Beside the folder: one in the making, one being replaced, and a wheel kept for another try where one failed. */
const STAGING = '.staging-';
const OLD = '.old';
const DOWNLOADS = '.wheel';
/** What an install takes at its peak: packages, wheel and library side by side; with CUDA's libraries. */
const NEEDED_BYTES: Record<Device, number> = { cpu: 1.3e9, gpu: 6e9 };
const DISK_ADVICE = 'Free some space, or set LPIPS_CACHE to a folder that can be written and has room.';

/**
 * Installs the native backend, or finds it installed and working.
 *
 * @throws NativeError naming what is missing or what failed; an earlier install is then as it was
 */
export async function installNative(options: InstallOptions = {}): Promise<InstallOutcome> {
  const { device = 'cpu', tensorflow = DEFAULT_TENSORFLOW, cacheDir = nativeCacheDir(), signal } = options;
  if (!/^\d+\.\d+\.\d+$/.test(tensorflow)) {
    throw invalid('backend install', 'a version such as 2.18.1', '--tensorflow', `"${tensorflow}"`);
  }
  const name = options.platform ?? thisPlatform();
  nativePlatform(name, device);
  const folder = backendFolder(device, cacheDir);
  try {
    await mkdir(dirname(folder), { recursive: true });
    return await withInstallLock(folder, signal, async (locked) => {
      const wanted = {
        package: NATIVE_PACKAGES[device],
        version: TFJS_NODE_VERSION,
        tensorflow,
        platform: name,
        binding: BINDING_REVISION,
      };
      const present = await findWorking(folder, wanted, locked);
      if (present !== undefined) return { ...present, state: 'present', folder };
      const made = await makeInstall(folder, name, { ...options, device, tensorflow, signal: locked });
      return { ...made, state: 'installed', folder };
    });
  } catch (error) {
    throw translateDiskFault('backend install', folder, DISK_ADVICE, error);
  }
}

/**
 * Undoes an install: its folder, and what an interrupted one left.
 *
 * @returns the folder, and whether there was anything
 */
export async function removeNative({
  device = 'cpu',
  cacheDir = nativeCacheDir(),
}: Pick<InstallOptions, 'device' | 'cacheDir'> = {}): Promise<{
  folder: string;
  state: 'removed' | 'absent';
}> {
  const folder = backendFolder(device, cacheDir);
  try {
    const names: string[] = await readdir(backendsDir(cacheDir)).catch(() => []);
    if (names.length === 0) return { folder, state: 'absent' };
    await withInstallLock(folder, undefined, async () => {
      await sweep(folder);
      await rm(folder + DOWNLOADS, { recursive: true, force: true });
      await rm(folder, { recursive: true, force: true });
    });
    return { folder, state: names.includes(basename(folder)) ? 'removed' : 'absent' };
  } catch (error) {
    throw translateDiskFault('backend install', folder, 'Its files belong to somebody else.', error);
  }
}

async function makeInstall(
  folder: string,
  platformName: string,
  options: InstallOptions & Required<Pick<InstallOptions, 'device' | 'tensorflow' | 'signal'>>,
): Promise<NativeInstall> {
  const { device, tensorflow, signal, onProgress = () => undefined, freeBytes = freeBytesOf } = options;
  const { platform, wheel } = nativePlatform(platformName, device);
  if (device === 'gpu') await requireNvidiaDriver();
  const tools = await findBuildTools();
  const parent = dirname(folder);
  await sweep(folder);
  const free = await freeBytes(parent);
  if (free < NEEDED_BYTES[device]) {
    throw invalid(
      'backend install',
      gigabytes(NEEDED_BYTES[device]),
      parent,
      `${gigabytes(free)} free`,
      DISK_ADVICE,
    );
  }
  const staging = `${folder}${STAGING}${randomBytes(6).toString('hex')}`;
  await mkdir(staging);
  try {
    const packageName = NATIVE_PACKAGES[device];
    const layout = nativeLayout(staging, packageName);
    onProgress({ step: 'package' });
    await addPackage(packageName, staging, tools, signal);
    await pruneBundles(staging);

    const isDefault = tensorflow === DEFAULT_TENSORFLOW;
    const request = {
      distribution: wheel.distribution,
      version: tensorflow,
      tags: wheel.tags,
      ...(isDefault && { sha256: wheel.sha256 }),
    };
    const fetching = { python: tools.python, scratch: join(staging, 'scratch'), signal };
    const downloads = folder + DOWNLOADS;
    const fetched = await fetchWheel(request, {
      ...fetching,
      folder: downloads,
      onBytes: (bytes) => onProgress({ step: 'download', bytes, totalBytes: Math.max(bytes, wheel.bytes) }),
    });
    const sha256 = await sha256OfFile(fetched, signal);

    await unpackLibrary(fetched, layout, platform.linking, {
      signal,
      onBytes: (bytes, totalBytes) => onProgress({ step: 'unpack', bytes, totalBytes }),
    });
    if (device === 'gpu') {
      await addCudaLibraries(await cudaRequests(fetched), layout.deps, {
        ...fetching,
        folder: join(staging, 'scratch'),
        onBytes: (bytes) => onProgress({ step: 'cuda', bytes }),
      });
    }
    onProgress({ step: 'compile' });
    await compileBinding(layout, platform.linking, tools.compiler, signal);
    onProgress({ step: 'check' });
    const check = await checkNative(staging, packageName, signal);

    await rm(join(staging, 'scratch'), { recursive: true, force: true });
    const record: NativeInstall = {
      package: packageName,
      version: TFJS_NODE_VERSION,
      tensorflow: check.tensorflow,
      platform: platformName,
      binding: BINDING_REVISION,
      wheel: basename(fetched),
      sha256,
      bytes: await sizeOfFolder(staging),
      difference: check.difference,
    };
    await writeFile(join(staging, RECORD), `${JSON.stringify(record, undefined, 2)}\n`);
    signal.throwIfAborted();
    await putInPlace(staging, folder);
    await rm(downloads, { recursive: true, force: true });
    return record;
  } finally {
    await rm(staging, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** The install in `folder` where it is what is wanted and still computes, undefined otherwise. */
async function findWorking(
  folder: string,
  wanted: Partial<NativeInstall>,
  signal: AbortSignal,
): Promise<NativeInstall | undefined> {
  const record = await readRecord(folder);
  if (record === undefined) return undefined;
  for (const key of ['package', 'version', 'tensorflow', 'platform', 'binding'] as const) {
    if (record[key] !== wanted[key]) return undefined;
  }
  try {
    return { ...record, ...(await checkNative(folder, record.package, signal)) };
  } catch (error) {
    if (error instanceof NativeError) return undefined; // made anew
    throw error;
  }
}

async function readRecord(folder: string): Promise<NativeInstall | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, RECORD), 'utf8')) as NativeInstall;
  } catch {
    return undefined;
  }
}

/** Replaces an older install. Between the two renames there is none, which the next install mends. */
async function putInPlace(staging: string, folder: string): Promise<void> {
  const old = folder + OLD;
  await rm(old, { recursive: true, force: true });
  await rename(folder, old).catch(() => undefined);
  await rename(staging, folder);
  await rm(old, { recursive: true, force: true });
}

/** Deletes what interrupted installs left. Only under the lock. */
async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(dirname(folder))) {
    const start = basename(folder);
    if (name.startsWith(start + STAGING) || name === start + OLD) {
      await rm(join(dirname(folder), name), { recursive: true, force: true, maxRetries: 3 });
    }
  }
}

async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
