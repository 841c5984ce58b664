/**
 * @module
 * Undoes an install.
 */
import { readdir, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { checkDevice, checkOptions, checkText } from '../check-arguments.js';
import { backendFolder, backendsDir, nativeCacheDir } from '../native-folder.js';
import type { Device } from '../native-platform.js';
import { translateDiskFault } from './disk-faults.js';
import { downloadsFolder, sweep } from './install-folder.js';
import { withInstallLock } from './install-lock.js';

/** What `removeNative` found or did. */
export interface RemoveOutcome {
  readonly folder: string;
  readonly state: 'removed' | 'absent';
}

/**
 * Deletes an install and what an interrupted one left.
 *
 * @param options.device default `'cpu'`
 * @param options.cacheDir default: `TFJS_NATIVE_CACHE`, else `LPIPS_CACHE`, else the platform's cache folder
 * @returns the folder, and whether there was an install
 * @throws NativeError where the files cannot be deleted, and for arguments of another kind
 */
export async function removeNative(
  options: { readonly device?: Device; readonly cacheDir?: string } = {},
): Promise<RemoveOutcome> {
  checkOptions('removeNative', options, ['device', 'cacheDir']);
  const { device = 'cpu', cacheDir = nativeCacheDir() } = options;
  checkDevice('removeNative', device);
  checkText('removeNative', 'cacheDir', cacheDir);
  const folder = backendFolder(device, cacheDir);
  try {
    const names: string[] = await readdir(backendsDir(cacheDir)).catch(() => []);
    if (names.length === 0) return { folder, state: 'absent' };
    await withInstallLock(folder, undefined, async () => {
      await sweep(folder);
      await rm(downloadsFolder(folder), { recursive: true, force: true });
      await rm(folder, { recursive: true, force: true });
    });
    return { folder, state: names.includes(basename(folder)) ? 'removed' : 'absent' };
  } catch (error) {
    throw translateDiskFault('removeNative', folder, 'Delete the folder as the user who owns it.', error);
  }
}
