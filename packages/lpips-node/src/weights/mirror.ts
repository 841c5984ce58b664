/**
 * @module
 * Where an official file is fetched from: its publisher, or a mirror that the environment names.
 */
import { invalid } from 'lpips-core';
import type { OfficialFile } from 'lpips-core/official-files';

/** What to do where a download fails. */
export const MIRROR_ADVICE = 'Check the network and the address, or set LPIPS_MIRROR to a mirror.';

/**
 * Address of a file: its publisher's, or the mirror's where the environment names one in `LPIPS_MIRROR`
 * (`$LPIPS_MIRROR/vgg16-397923af.pth`, `$LPIPS_MIRROR/v0.1/vgg.pth`).
 *
 * @throws LpipsError where the mirror is no web address
 */
export function addressOf(file: OfficialFile, mirror = process.env['LPIPS_MIRROR']): string {
  if (!mirror) return file.url;
  if (!URL.canParse(mirror) || !/^https?:$/.test(new URL(mirror).protocol)) {
    const advice = 'Name a folder with --weights DIR (weightsDir) instead.';
    throw invalid('fetchWeights', 'an http or https address', 'LPIPS_MIRROR', `"${mirror}"`, advice);
  }
  return `${mirror.replace(/\/+$/, '')}/${file.path}`;
}
