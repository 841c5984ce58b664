import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { NATIVE_PACKAGES, TFJS_NODE_VERSION } from '../../src/native-platform.js';

interface Locked {
  version?: string;
  integrity?: string;
  resolved?: string;
  dependencies?: Record<string, string>;
}

const FOLDER = new URL('../../locks/', import.meta.url);

describe('the lockfiles', () => {
  it('are there for every native package', async () => {
    const names = Object.values(NATIVE_PACKAGES).map((name) => `${name.slice('@tensorflow/'.length)}.json`);
    expect((await readdir(FOLDER)).sort()).toEqual(names.sort());
  });

  it.each(Object.values(NATIVE_PACKAGES))(
    'pin every package that %s needs by its sha512, of any registry',
    async (name) => {
      const text = await readFile(new URL(`${name.slice('@tensorflow/'.length)}.json`, FOLDER), 'utf8');
      const { packages } = JSON.parse(text) as { packages: Record<string, Locked> };
      const { '': root, ...others } = packages;
      expect(root?.dependencies?.[name]).toBe(TFJS_NODE_VERSION);
      expect(others[`node_modules/${name}`]?.version).toBe(TFJS_NODE_VERSION);
      expect(Object.keys(others).length).toBeGreaterThan(50);
      for (const [path, { integrity, resolved }] of Object.entries(others)) {
        expect(integrity, path).toMatch(/^sha512-[\w+/]{86}==$/);
        expect(resolved, path).toBeUndefined();
      }
      expect(text).not.toMatch(/https?:/);
    },
  );
});
