import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { packagesLoadedBy } from '../../../test/support/loaded-packages.js';

const SRC = fileURLToPath(new URL('../src', import.meta.url));

/** What each folder may import beside itself. The files at the root of `src` may import every folder. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  files: ['errors'],
  weights: ['errors', 'files'],
  backends: ['errors', 'files'],
  images: ['errors', 'files', 'backends'],
  comparing: ['errors', 'files', 'weights', 'backends', 'images'],
  workers: ['errors', 'files', 'weights', 'backends', 'images', 'comparing'],
  'command-line': ['errors'],
  commands: ['errors', 'files', 'weights', 'backends', 'images', 'comparing', 'workers', 'command-line'],
};

/** What only a command needs. */
const OF_COMMANDS = ['yargs', 'cli-progress', 'piscina'];

/** The files of the package with the files that each imports, types included. */
async function readImports(): Promise<Map<string, string[]>> {
  const names = (await readdir(SRC, { recursive: true })).filter((name) => name.endsWith('.ts'));
  const entries = names.map(async (name): Promise<[string, string[]]> => {
    const text = await readFile(join(SRC, name), 'utf8');
    const specifiers = Array.from(
      text.matchAll(/(?:from|import)[ (]'(\.[^']+)\.js'/g),
      ([, path = '']) => path,
    );
    return [name, specifiers.map((path) => `${relative(SRC, join(SRC, dirname(name), path))}.ts`)];
  });
  return new Map(await Promise.all(entries));
}

describe('the files of lpips-node', () => {
  it('import only from the folders below their own', async () => {
    const imports = await readImports();
    const folderOf = (file: string) => (file.includes('/') ? dirname(file) : '');
    const wrong = [...imports].flatMap(([file, imported]) => {
      const folder = folderOf(file);
      if (folder === '') return [];
      const allowed = [folder, ...(MAY_IMPORT[folder] ?? [])];
      return imported
        .filter((other) => !allowed.includes(folderOf(other)))
        .map((other) => `${file} imports ${other}`);
    });
    expect(wrong).toEqual([]);
    expect(new Set([...imports.keys()].map(folderOf))).toEqual(new Set(['', ...Object.keys(MAY_IMPORT)]));
  });

  it('import each other in no circle', async () => {
    const imports = await readImports();
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
      if (path.includes(file) || done.has(file)) return;
      for (const other of imports.get(file) ?? []) visit(other, [...path, file]);
      done.add(file);
    };
    for (const file of imports.keys()) visit(file, []);
    expect(circles).toEqual([]);
    expect([...imports.values()].flat().filter((file) => !imports.has(file))).toEqual([]);
  });
});

describe('a library entry loads nothing that only a command needs', () => {
  it.each([
    ['lpips-node', 'sharp'],
    ['lpips-node/files', 'proper-lockfile'],
    ['lpips-node/weights', '@zip.js/zip.js'],
  ])('%s', async (entry, needed) => {
    const loaded = await packagesLoadedBy(entry, dirname(SRC));
    expect(loaded).toContain(needed);
    expect(loaded.filter((name) => OF_COMMANDS.includes(name))).toEqual([]);
  });

  it('and the test would see it: lpips-node/command-line loads yargs and the progress bar', async () => {
    const loaded = await packagesLoadedBy('lpips-node/command-line', dirname(SRC));
    expect(loaded).toEqual(expect.arrayContaining(['yargs', 'cli-progress']));
  });
});
