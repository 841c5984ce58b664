import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { backendFolder, backendsDir, nativeCacheDir } from '../src/native-folder.js';

afterEach(() => vi.unstubAllEnvs());

/** The two variables; an empty one counts as unset. */
function variables(own: string, lpips: string): void {
  vi.stubEnv('TFJS_NATIVE_CACHE', own);
  vi.stubEnv('LPIPS_CACHE', lpips);
}

describe('the cache folder', () => {
  it.each([
    ['/own', '/lpips', '/own'],
    ['/own', '', '/own'],
    ['', '/lpips', '/lpips'],
    ['here', '', resolve('here')],
  ])('with TFJS_NATIVE_CACHE=%s and LPIPS_CACHE=%s is %s', (own, lpips, expected) => {
    variables(own, lpips);
    expect(nativeCacheDir()).toBe(expected);
    expect(backendsDir()).toBe(join(expected, 'backends'));
    expect(backendFolder('cpu')).toBe(join(expected, 'backends', 'tfjs-node'));
    expect(backendFolder('gpu')).toBe(join(expected, 'backends', 'tfjs-node-gpu'));
  });

  it("without either is the platform's own, named after the package", () => {
    variables('', '');
    const folder = nativeCacheDir();
    expect(isAbsolute(folder)).toBe(true);
    expect(folder).toContain('tfjs-native');
    if (process.platform === 'linux') {
      vi.stubEnv('XDG_CACHE_HOME', undefined);
      expect(nativeCacheDir()).toBe(join(homedir(), '.cache', 'tfjs-native'));
    }
  });

  it('that a caller names comes before all variables', () => {
    variables('/own', '/lpips');
    expect(backendFolder('cpu', '/given')).toBe('/given/backends/tfjs-node');
  });
});
