/**
 * @module
 * What is installed, and whether it works.
 */
import { checkOptions, checkText } from '../check-arguments.js';
import { backendFolder, nativeCacheDir } from '../native-folder.js';
import { type Device, NATIVE_PACKAGES, TFJS_NODE_VERSION } from '../native-platform.js';
import { checkNative } from './check-native.js';
import { BINDING_REVISION } from './compile-binding.js';
import { type NativeInstall, readRecord } from './install-record.js';

/** One kind of device, and what is installed for it. */
export type NativeStatus = { readonly device: Device; readonly folder: string } & (
  | { readonly state: 'absent' }
  | { readonly state: 'works'; readonly install: NativeInstall }
  /** It works, but this version of the package would compile another binding. */
  | { readonly state: 'outdated'; readonly install: NativeInstall }
  | { readonly state: 'broken'; readonly install: NativeInstall; readonly fault: string }
);

/**
 * Looks for an install for each kind of device, and computes a convolution on each that there is.
 *
 * @param options.cacheDir default: `TFJS_NATIVE_CACHE`, else `LPIPS_CACHE`, else the platform's cache folder
 * @throws NativeError for arguments of another kind
 */
export async function nativeStatus(
  options: { readonly cacheDir?: string; readonly signal?: AbortSignal } = {},
): Promise<readonly NativeStatus[]> {
  checkOptions('nativeStatus', options, ['cacheDir', 'signal']);
  const { cacheDir = nativeCacheDir(), signal } = options;
  checkText('nativeStatus', 'cacheDir', cacheDir);
  const found: NativeStatus[] = [];
  for (const device of ['cpu', 'gpu'] as const) {
    const folder = backendFolder(device, cacheDir);
    const install = await readRecord(folder);
    found.push({ device, folder, ...(await stateOf(folder, device, install, signal)) });
  }
  return found;
}

async function stateOf(
  folder: string,
  device: Device,
  install: NativeInstall | undefined,
  signal: AbortSignal | undefined,
) {
  if (install === undefined) return { state: 'absent' } as const;
  const checked = await checkNative(folder, NATIVE_PACKAGES[device], signal);
  if ('fault' in checked) return { state: 'broken', install, fault: checked.fault } as const;
  const isCurrent = install.binding === BINDING_REVISION && install.version === TFJS_NODE_VERSION;
  return { state: isCurrent ? 'works' : 'outdated', install: { ...install, ...checked.check } } as const;
}
