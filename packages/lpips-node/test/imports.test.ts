/**
 * The order of this package's folders, and what its entries load. That no files import each other in a circle is a test of
 * the whole repository (test/house.test.ts).
 */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { packagesLoadedBy } from '../../../test/support/loaded-packages.js';
import { readSources } from '../../../test/support/source-imports.js';

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
  searching: ['errors', 'files', 'weights', 'backends', 'images', 'comparing'],
  'command-line': ['errors'],
  shards: ['errors', 'files', 'command-line'],
  queue: ['errors', 'files', 'shards'],
  'plan-commands': ['errors', 'files', 'shards', 'queue', 'command-line'],
  commands: [
    'errors',
    'files',
    'weights',
    'backends',
    'images',
    'comparing',
    'workers',
    'searching',
    'command-line',
    'shards',
    'plan-commands',
  ],
};

/** What only a command needs. */
const OF_COMMANDS = ['yargs', 'cli-progress', 'piscina', 'bullmq', 'ioredis'];

it('the files of lpips-node import only from the folders below their own', () => {
  const sources = readSources(SRC);
  const folderOf = (file: string) => (file.includes('/') ? dirname(file) : '');
  const wrong = sources.flatMap(({ file, files }) => {
    const folder = folderOf(file);
    if (folder === '') return [];
    const allowed = [folder, ...(MAY_IMPORT[folder] ?? [])];
    return files
      .filter((other) => !allowed.includes(folderOf(other)))
      .map((other) => `${file} imports ${other}`);
  });
  expect(wrong).toEqual([]);
  expect(new Set(sources.map(({ file }) => folderOf(file)))).toEqual(
    new Set(['', ...Object.keys(MAY_IMPORT)]),
  );
});

describe('a library entry loads nothing that only a command needs', () => {
  it.each([
    ['lpips-node', 'sharp'],
    ['lpips-node/files', 'proper-lockfile'],
    ['lpips-node/shards', '@tensorflow/tfjs-core'],
    ['lpips-node/weights', '@tensorflow/tfjs-core'],
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
