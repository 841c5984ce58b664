/**
 * @module
 * Installs the native backend into the cache folder: the npm package, TensorFlow's library from its Python wheel, and
 * the binding between them, which is compiled here. Everything is made in a folder of its own and checked; then one
 * rename puts it in its place, so that an install that is there works. The user's node_modules are not touched.
 */
import { mkdir, rm, statfs } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { checkDevice, checkOptions, checkText } from '../check-arguments.js';
import { cannot, invalid } from '../errors.js';
import { backendFolder, nativeCacheDir } from '../native-folder.js';
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
import { DISK_ADVICE, translateDiskFault } from './disk-faults.js';
import { fetchWheel } from './fetch-wheel.js';
import { downloadsFolder, putInPlace, stagingFolder, sweep } from './install-folder.js';
import { withInstallLock } from './install-lock.js';
import { type NativeInstall, readRecord, writeRecord } from './install-record.js';
import { parseDigests, type StatedDigests, tensorflowDigest } from './wheel-digests.js';

/** What an install is doing. `bytes` where they can be counted. */
export interface InstallProgress {
  readonly step: 'package' | 'download' | 'unpack' | 'cuda' | 'compile' | 'check';
  readonly bytes?: number;
  readonly totalBytes?: number;
}

export interface InstallOptions {
  /** `'gpu'` takes TensorFlow with CUDA. Default `'cpu'`. */
  readonly device?: Device;
  /** Version of TensorFlow. Default 2.18.1. */
  readonly tensorflow?: string;
  /**
   * The sha256 of TensorFlow's wheel, in hex digits, for a version whose digest is not pinned. With `'gpu'`, those of CUDA's
   * wheels that are not pinned stand behind it: `DIGEST,NAME==VERSION:DIGEST`.
   */
  readonly sha256?: string;
  /** Default: `TFJS_NATIVE_CACHE`, else `LPIPS_CACHE`, else the platform's cache folder. */
  readonly cacheDir?: string;
  readonly onProgress?: (progress: InstallProgress) => void;
  /** Stops the install, which then leaves nothing but a wheel that was downloaded whole. */
  readonly signal?: AbortSignal;
  /** Stands in for this machine in tests. */
  readonly platform?: string;
  readonly freeBytes?: (folder: string) => Promise<number>;
}

const INSTALL_OPTIONS = [
  'device',
  'tensorflow',
  'sha256',
  'cacheDir',
  'onProgress',
  'signal',
  'platform',
  'freeBytes',
] as const satisfies (keyof InstallOptions)[];

/** What `installNative` found or did. */
export interface InstallOutcome extends NativeInstall {
  readonly state: 'installed' | 'present';
  readonly folder: string;
}

/** What an install takes at its peak: packages, wheel and library side by side; with CUDA's libraries. */
const NEEDED_BYTES: Record<Device, number> = { cpu: 1.3e9, gpu: 6e9 };

/**
 * Installs the native backend, unless it is installed already and works.
 *
 * @throws NativeError naming what is missing or what failed; an earlier install is then as it was
 */
export async function installNative(options: InstallOptions = {}): Promise<InstallOutcome> {
  checkOptions('installNative', options, INSTALL_OPTIONS);
  const { device = 'cpu', tensorflow = DEFAULT_TENSORFLOW, cacheDir = nativeCacheDir(), signal } = options;
  checkDevice('installNative', device);
  checkText('installNative', 'tensorflow', tensorflow);
  checkText('installNative', 'cacheDir', cacheDir);
  if (!/^\d+\.\d+\.\d+$/.test(tensorflow)) {
    throw invalid('installNative', 'a version such as 2.18.1', 'tensorflow', `"${tensorflow}"`);
  }
  const name = options.platform ?? thisPlatform();
  const { wheel } = nativePlatform(name, device);
  const stated = parseDigests(options.sha256);
  const sha256 = tensorflowDigest(wheel, tensorflow, stated);
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
      const made = await makeInstall(folder, name, {
        ...options,
        device,
        tensorflow,
        sha256,
        cuda: stated?.cuda,
        signal: locked,
      });
      return { ...made, state: 'installed', folder };
    });
  } catch (error) {
    throw translateDiskFault('installNative', folder, DISK_ADVICE, error);
  }
}

async function makeInstall(
  folder: string,
  platformName: string,
  options: InstallOptions &
    Required<Pick<InstallOptions, 'device' | 'tensorflow' | 'sha256' | 'signal'>> & {
      readonly cuda: StatedDigests['cuda'] | undefined;
    },
): Promise<NativeInstall> {
  const {
    device,
    tensorflow,
    sha256,
    cuda,
    signal,
    onProgress = () => undefined,
    freeBytes = freeBytesOf,
  } = options;
  const { platform, wheel } = nativePlatform(platformName, device);
  if (device === 'gpu') await requireNvidiaDriver();
  const tools = await findBuildTools();
  const parent = dirname(folder);
  await sweep(folder);
  const free = await freeBytes(parent);
  if (free < NEEDED_BYTES[device]) {
    const why = `it takes ${gigabytes(NEEDED_BYTES[device])} and ${gigabytes(free)} are free`;
    throw cannot('installNative', `write ${folder}`, why, DISK_ADVICE);
  }
  const staging = stagingFolder(folder);
  await mkdir(staging);
  try {
    const packageName = NATIVE_PACKAGES[device];
    const layout = nativeLayout(staging, packageName);
    onProgress({ step: 'package' });
    await addPackage(packageName, staging, tools, signal);
    await pruneBundles(staging);

    const request = {
      distribution: wheel.distribution,
      version: tensorflow,
      tags: wheel.tags,
      sha256,
    };
    const scratch = join(staging, 'scratch');
    const fetching = { python: tools.python, scratch, signal };
    const downloads = downloadsFolder(folder);
    const fetched = await fetchWheel(request, {
      ...fetching,
      folder: downloads,
      onBytes: (bytes) => onProgress({ step: 'download', bytes, totalBytes: Math.max(bytes, wheel.bytes) }),
    });

    await unpackLibrary(fetched, layout, platform.linking, {
      signal,
      onBytes: (bytes, totalBytes) => onProgress({ step: 'unpack', bytes, totalBytes }),
    });
    if (device === 'gpu') {
      await addCudaLibraries(await cudaRequests(fetched, cuda), layout.deps, {
        ...fetching,
        folder: scratch,
        onBytes: (bytes) => onProgress({ step: 'cuda', bytes }),
      });
    }
    onProgress({ step: 'compile' });
    await compileBinding(layout, platform.linking, tools.compiler, signal);
    onProgress({ step: 'check' });
    const checked = await checkNative(staging, packageName, signal);
    if ('fault' in checked) {
      throw cannot('installNative', `compute with ${packageName}`, checked.fault, 'Nothing was installed.');
    }

    await rm(scratch, { recursive: true, force: true });
    const record: NativeInstall = {
      package: packageName,
      version: TFJS_NODE_VERSION,
      tensorflow: checked.check.tensorflow,
      platform: platformName,
      binding: BINDING_REVISION,
      wheel: basename(fetched),
      sha256,
      bytes: await sizeOfFolder(staging),
      difference: checked.check.difference,
    };
    await writeRecord(staging, record);
    signal.throwIfAborted();
    await putInPlace(staging, folder);
    await rm(downloads, { recursive: true, force: true });
    return record;
  } finally {
    await rm(staging, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** The install in `folder` if it is the one that is wanted and still computes, undefined otherwise. */
async function findWorking(
  folder: string,
  wanted: Pick<NativeInstall, 'package' | 'version' | 'tensorflow' | 'platform' | 'binding'>,
  signal: AbortSignal,
): Promise<NativeInstall | undefined> {
  const record = await readRecord(folder);
  if (record === undefined) return undefined;
  for (const key of ['package', 'version', 'tensorflow', 'platform', 'binding'] as const) {
    if (record[key] !== wanted[key]) return undefined;
  }
  const checked = await checkNative(folder, record.package, signal);
  return 'check' in checked ? { ...record, ...checked.check } : undefined;
}

async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
