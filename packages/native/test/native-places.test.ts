import { existsSync } from 'node:fs';
import { mkdir, realpath, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempDir, writeInto } from '../../../test/support/temp-dir.js';
import { findNative } from '../src/index.js';
import { checkNative } from '../src/install/check-native.js';
import { besideUs, installedIn, keepInside } from '../src/native-places.js';

const NAME = '@tensorflow/tfjs-node';

/** Writes a package into `folder`/node_modules, with a binding, and returns its own folder. */
async function plant(folder: string, name = NAME, code = ''): Promise<string> {
  const path = join(folder, 'node_modules', name);
  await writeFiles(path, {
    'package.json': JSON.stringify({ name, version: '4.22.0', main: 'main.js' }),
    'main.js': code,
    'lib/napi-v8/tfjs_binding.node': '',
  });
  return path;
}

async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeInto(dirname(path), path.slice(dirname(path).length + 1), new TextEncoder().encode(text));
  }
}

const root = async () => await realpath(await tempDir());

describe('a native package', () => {
  it('is found in the folder of an install', async () => {
    const cacheDir = join(await root(), 'cache');
    const path = await plant(join(cacheDir, 'backends', 'tfjs-node'));
    expect(findNative('cpu', cacheDir)).toMatchObject([{ path, version: '4.22.0', hasBinding: true }]);
  });

  it('is not found above it, nor at the end of a link', async () => {
    const folder = await root();
    const cacheDir = join(folder, 'user', 'cache');
    const install = join(cacheDir, 'backends', 'tfjs-node');
    const elsewhere = await plant(folder);
    await plant(cacheDir);
    expect(findNative('cpu', cacheDir)).toEqual([]);
    await mkdir(join(install, 'node_modules', '@tensorflow'), { recursive: true });
    expect(findNative('cpu', cacheDir)).toEqual([]);
    await symlink(elsewhere, join(install, 'node_modules', NAME));
    expect(installedIn(install, NAME)).toBeUndefined();
    expect(findNative('cpu', cacheDir)).toEqual([]);
  });

  it('loads nothing from above while an install is checked, be it optional and missing', async () => {
    const folder = await root();
    const ran = join(folder, 'ran');
    await plant(folder, 'optional', `require('fs').writeFileSync(${JSON.stringify(ran)}, '')`);
    const install = join(folder, 'cache', 'backends', 'tfjs-node');
    await plant(install, NAME, "try { require('optional'); } catch (error) { throw new Error(error.code); }");
    expect(await checkNative(install, NAME)).toEqual({ fault: 'its check failed with "MODULE_NOT_FOUND"' });
    expect(existsSync(ran)).toBe(false);
  });

  it('is not loaded from above to see whether an install works', async () => {
    const folder = await root();
    const planted = `require('fs').writeFileSync(${JSON.stringify(join(folder, 'ran'))}, '')`;
    await plant(folder, NAME, planted);
    const install = join(folder, 'cache', 'backends', 'tfjs-node');
    expect(await checkNative(install, NAME)).toEqual({ fault: `there is no ${NAME} in ${install}` });
    expect(existsSync(join(folder, 'ran'))).toBe(false);
  });

  it("is found in the project's node_modules, and not in one above the project", async () => {
    const folder = await root();
    await plant(folder);
    const project = join(folder, 'project');
    const own = join(await plant(project, 'tfjs-native'), 'main.js');
    expect(besideUs(NAME, own)).toBeUndefined();
    const theirs = await plant(project);
    expect(besideUs(NAME, own)).toBe(theirs);
    await rm(theirs, { recursive: true });
    const linked = await plant(join(folder, 'fork'));
    await symlink(linked, theirs);
    expect(besideUs(NAME, own)).toBe(linked); // "npm link" is the project's own choice
  });

  it('gets nothing from above its node_modules, whatever it requires', async () => {
    const folder = await root();
    await plant(folder, 'optional-module', 'module.exports = "planted"');
    const install = join(folder, 'cache', 'backends', 'tfjs-node');
    const optional =
      'try { module.exports = require("optional-module") } catch { module.exports = "missing" }';
    const [path, other] = [
      await plant(install, NAME, optional),
      await plant(join(folder, 'x'), NAME, optional),
    ];
    await plant(install, 'dependency', 'module.exports = "own"');
    keepInside(path);
    const require = createRequire(join(path, 'package.json'));
    expect(require(path)).toBe('missing');
    const dependency: string = 'dependency';
    expect(require(dependency)).toBe('own');
    expect(createRequire(join(other, 'package.json'))(other)).toBe('planted'); // others as before
  });
});
