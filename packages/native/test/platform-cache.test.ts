import { chmod, mkdir, rm, stat, symlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { tempDir } from '../../../test/support/temp-dir.js';
import { NativeError } from '../src/errors.js';
import { platformCacheDir } from '../src/platform-cache.js';

vi.mock('node:os', async (original) => ({
  ...(await original<typeof import('node:os')>()),
  homedir: vi.fn<() => string>(),
}));

/** A user whose home is given, or who has none. */
function user(home: string | undefined): void {
  vi.stubEnv('XDG_CACHE_HOME', undefined);
  vi.mocked(homedir).mockImplementation(() => {
    if (home !== undefined) return home;
    throw new Error('A system error occurred: uv_os_homedir returned ENOENT (no such file or directory)');
  });
}

afterEach(() => vi.unstubAllEnvs());

describe.runIf(process.platform === 'linux')("the platform's cache folder", () => {
  it('is in the home, or in the folder that XDG_CACHE_HOME names', () => {
    user('/home/somebody');
    expect(platformCacheDir('program')).toBe('/home/somebody/.cache/program');
    vi.stubEnv('XDG_CACHE_HOME', '/caches');
    expect(platformCacheDir('program')).toBe('/caches/program');
  });

  it.each([undefined, ''])(
    'for a user whose home is %j is one of their own in the temporary folder',
    async (home) => {
      const temporary = await tempDir();
      user(home);
      vi.stubEnv('TMPDIR', temporary);
      const folder = platformCacheDir('program');
      expect(folder).toBe(join(temporary, `program-${String(process.getuid?.())}`));
      expect((await stat(folder)).mode & 0o777).toBe(0o700);
      expect(platformCacheDir('program')).toBe(folder);
    },
  );

  it('is in the root folder for a superuser alone, whose home it may be', () => {
    user('/');
    vi.spyOn(process, 'getuid').mockReturnValue(0);
    expect(platformCacheDir('program')).toBe('/.cache/program');
    vi.mocked(process.getuid ?? vi.fn()).mockRestore();
  });

  it('is refused where the folder in the temporary one may be written by others, or is a link', async () => {
    const temporary = await tempDir();
    user(undefined);
    vi.stubEnv('TMPDIR', temporary);
    const folder = platformCacheDir('program');
    const refusal = new NativeError(
      'cache',
      `cannot use ${folder}: it is not a folder of this user alone`,
      'failed',
      'Set HOME, or the variable of the cache folder.',
    );
    await chmod(folder, 0o777);
    expect(() => platformCacheDir('program')).toThrow(refusal);
    await rm(folder, { recursive: true });
    await mkdir(join(temporary, 'elsewhere'), { mode: 0o700 });
    await symlink(join(temporary, 'elsewhere'), folder);
    expect(() => platformCacheDir('program')).toThrow(refusal);
  });
});
